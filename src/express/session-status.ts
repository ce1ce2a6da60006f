/** `/session`: how long the sign-in lasts, for a time-out warning in the page. GET does not extend it, POST does. */
import { CrossOriginError, MethodNotAllowedError } from '../errors.js'
import type { SessionStatus } from '../session/sessions.js'
import { sessionOf, type Parts, type RouteHandler } from './parts.js'
import { sendJson } from './respond.js'
import { isSameOrigin } from './same-origin.js'

export function createSessionStatus({ config, sessions }: Parts): RouteHandler {
  return async function sessionStatus(req, res) {
    if (req.method === 'GET' || req.method === 'HEAD') {
      sendJson(res, 200, await sessions.status(req))
      return
    }
    if (req.method !== 'POST') throw new MethodNotAllowedError('GET, POST')
    if (!isSameOrigin(req.headers, config.baseUrl.origin)) throw new CrossOriginError()
    const session = sessionOf(await sessions.load(req, res, false))
    const status: SessionStatus =
      session === undefined
        ? await sessions.status(req)
        : {
            signedIn: true,
            idleExpiresAt: session.idleExpiresAt,
            absoluteExpiresAt: session.absoluteExpiresAt,
          }
    sendJson(res, 200, status)
  }
}
