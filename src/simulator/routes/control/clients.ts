/** `/simulator/clients`: registering applications while the simulator runs, by page and by program. */
import type { Request, RequestHandler, Response } from 'express'

import { fieldsOf, readClientForm } from '../../client-form.js'
import { inOurWords } from '../../client-metadata.js'
import { clientSchema, type SimulatorClient } from '../../clients.js'
import { clientsPage } from '../../pages/clients-page.js'
import { parseJson } from '../../parse-json.js'
import { describeIssues, sayProblem } from '../../problems.js'
import { registerClient } from '../../register-client.js'
import type { World } from '../../world.js'
import { isForm, sendJson, sendPage, sendSeeOther, wantsPage } from './command.js'

const PAGE = '/simulator/clients'

/** Shows the registrations, or hands them over as JSON without their secrets. */
export function showClients({ clients, faults }: World): RequestHandler {
  return (req, res) => {
    if (wantsPage(req)) sendPage(res, 200, clientsPage({ clients: [...clients.values()], faults: faults.shown() }))
    else sendJson(res, 200, { clients: [...clients.values()].map(withoutSecrets) })
  }
}

/**
 * Takes a client in our words or in OpenID Connect's, or `{ "action": "remove", "clientId": "…" }`. One of the same
 * `clientId` is replaced.
 */
export function changeClients(world: World): RequestHandler {
  return (req, res) => {
    const body = typeof req.body === 'string' ? req.body : ''
    const sent = isForm(req) ? readForm(world, body) : parseJson(body)
    if (isRemoval(sent)) {
      remove(world, req, res, sent.clientId)
      return
    }
    const parsed = clientSchema.safeParse(inOurWords(sent), { error: sayProblem })
    if (!parsed.success) {
      refuse(world, req, res, describeIssues(parsed.error))
      return
    }
    registerClient(world, parsed.data)
    if (isForm(req)) sendSeeOther(res, PAGE)
    else sendJson(res, 201, { client: withoutSecrets(parsed.data) })
  }
}

function readForm({ clients }: World, body: string): unknown {
  const form = new URLSearchParams(body)
  return readClientForm(form, clients.get(form.get('clientId') ?? ''))
}

function isRemoval(sent: unknown): sent is { action: 'remove'; clientId: string } {
  return typeof sent === 'object' && sent !== null && 'action' in sent && sent.action === 'remove'
}

function remove(world: World, req: Request, res: Response, clientId: unknown): void {
  if (!world.clients.delete(String(clientId))) {
    refuse(world, req, res, [`clientId: no client "${String(clientId)}" is registered`])
    return
  }
  if (isForm(req)) sendSeeOther(res, PAGE)
  else sendJson(res, 200, { clients: [...world.clients.values()].map(withoutSecrets) })
}

function refuse({ clients, faults }: World, req: Request, res: Response, problems: readonly string[]): void {
  if (!isForm(req)) {
    sendJson(res, 400, { problems })
    return
  }
  const typed = fieldsOf(new URLSearchParams(String(req.body)))
  sendPage(res, 400, clientsPage({ clients: [...clients.values()], faults: faults.shown(), problems, typed }))
}

function withoutSecrets({ clientSecret, apiPlatform, ...client }: SimulatorClient): object {
  const { apiSecret, ...app } = apiPlatform ?? {}
  return {
    ...client,
    ...(clientSecret === undefined ? {} : { clientSecret: 'masked' }),
    ...(apiPlatform ? { apiPlatform: { ...app, ...(apiSecret === undefined ? {} : { apiSecret: 'masked' }) } } : {}),
  }
}
