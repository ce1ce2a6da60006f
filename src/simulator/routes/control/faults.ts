/** `/simulator/faults`: the faults, and the switches. */
import type { Request, RequestHandler, Response } from 'express'
import { z } from 'zod'

import { isFaultName, problemWithFault } from '../../faults/check-fault.js'
import { describeFaults } from '../../faults/index.js'
import { faultsPage } from '../../pages/faults-page.js'
import type { World } from '../../world.js'
import { isForm, queryText, readCommand, sendJson, sendPage, sendSeeOther, wantsPage } from './command.js'

const schema = z
  .strictObject({
    action: z.enum(['set', 'remove', 'clear']).default('set'),
    name: z.string().optional(),
    value: z.union([z.literal(true), z.string().min(1), z.number()]).default(true),
    /** What the page was showing; it stays so. */
    search: z.string().default(''),
  })
  .refine(({ action, name }) => action === 'clear' || name !== undefined, { path: ['name'], error: 'is missing' })

type Command = z.infer<typeof schema>

/** Shows the faults, or hands them over as JSON. */
export function showFaults({ faults }: World): RequestHandler {
  return (req, res) => {
    if (!wantsPage(req)) {
      sendJson(res, 200, { active: faults.active(), faults: describeFaults() })
      return
    }
    const [search, open] = [queryText(req, 'search'), queryText(req, 'open')]
    sendPage(res, 200, faultsPage({ active: faults.active(), shown: faults.shown(), search, open }), true)
  }
}

/** Takes `{ "name": "…", "value"?: … }`, `{ "action": "remove", "name": "…" }` or `{ "action": "clear" }`. */
export function changeFaults(world: World): RequestHandler {
  return (req, res) => {
    const read = readCommand(req, schema)
    const problems = 'problems' in read ? read.problems : change(world, read.command)
    if (problems.length > 0) refuse(world, req, res, problems)
    else if (isForm(req)) sendSeeOther(res, pageAfter('problems' in read ? undefined : read.command))
    else sendJson(res, 200, { active: world.faults.active() })
  }
}

/** Does it; or says why not. */
function change({ faults }: World, { action, name = '', value }: Command): string[] {
  if (action === 'clear') {
    faults.clear()
    return []
  }
  const problem = problemWithFault(name, action === 'set' ? value : true)
  if (problem !== undefined || !isFaultName(name)) return [problem ?? '']
  if (action === 'set') faults.set(name, value)
  else faults.remove(name)
  return []
}

/** The page as it was: same search, at the fault that was switched. */
function pageAfter(command: Command | undefined): string {
  const { search = '', name } = command ?? {}
  const query = new URLSearchParams({ ...(search ? { search } : {}), ...(name ? { open: name } : {}) }).toString()
  return `/simulator/faults${query ? `?${query}` : ''}${name ? `#fault-${name}` : ''}`
}

function refuse({ faults }: World, req: Request, res: Response, problems: readonly string[]): void {
  if (!isForm(req)) {
    sendJson(res, 400, { problems })
    return
  }
  const view = { active: faults.active(), shown: faults.shown(), search: '', problem: problems.join('; ') }
  sendPage(res, 400, faultsPage(view), true)
}
