/** `/simulator/next-sign-in`: who comes straight back at the next sign-in, without a page. */
import type { Request, RequestHandler, Response } from 'express'
import { z } from 'zod'

import { type NextSignIn, readNextSignIn } from '../../automatic-sign-ins.js'
import { startAddressOf } from '../../clients.js'
import { usersPage } from '../../pages/users-page.js'
import type { World } from '../../world.js'
import { isForm, readCommand, sendJson, sendPage, sendSeeOther } from './command.js'

const text = z.string().min(1)
const schema = z
  .strictObject({
    action: z.enum(['set', 'clear']).default('set'),
    user: text.optional(),
    authenticator: text.optional(),
    role: text.optional(),
    clientId: text.optional(),
    /** The page's buttons: a user, a role perhaps; and then on to the application. */
    as: text.optional(),
  })
  .refine(({ action, user, as }) => action === 'clear' || user !== undefined || as !== undefined, {
    path: ['user'],
    error: 'is missing',
  })

/** Says who it will be. */
export function showNextSignIn({ automatic }: World): RequestHandler {
  return (_req, res) => {
    sendJson(res, 200, { nextSignIn: describe(automatic.next) })
  }
}

/** Takes `{ "user": "…", "authenticator"?, "role"?, "clientId"? }` or `{ "action": "clear" }`. */
export function setNextSignIn(world: World): RequestHandler {
  return (req, res) => {
    const read = readCommand(req, schema)
    if ('problems' in read) {
      refuse(world, req, res, read.problems)
      return
    }
    const { action, as, clientId, authenticator } = read.command
    if (action === 'clear') {
      world.automatic.next = undefined
      done(world, req, res, '/simulator/users')
      return
    }
    const [user = '', role] = as === undefined ? [read.command.user, read.command.role] : as.split(' ')
    const client = clientId === undefined ? undefined : world.clients.get(clientId)
    if (clientId !== undefined && !client) {
      refuse(world, req, res, [`no client "${clientId}" is registered`])
      return
    }
    const next = readNextSignIn({ user, role, authenticator, clientId }, world.users)
    if ('problem' in next) {
      refuse(world, req, res, [next.problem])
      return
    }
    world.automatic.next = next
    done(world, req, res, client && as !== undefined ? startAddressOf(client) : '/simulator/users')
  }
}

function done({ automatic }: World, req: Request, res: Response, page: string): void {
  if (isForm(req)) sendSeeOther(res, page)
  else sendJson(res, 200, { nextSignIn: describe(automatic.next) })
}

function refuse(world: World, req: Request, res: Response, problems: readonly string[]): void {
  if (isForm(req)) sendPage(res, 400, usersPage(world, '', problems.join('; ')))
  else sendJson(res, 400, { problems })
}

function describe(next: NextSignIn | undefined) {
  if (!next) return null
  const { user, authenticator, roleId, clientId } = next
  return { user: user.sub, name: user.name, authenticator, role: roleId, clientId }
}
