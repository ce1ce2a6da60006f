/** `/session`: how long the sign-in lasts, for a time-out warning in the page. GET does not extend it, POST does. */
import { CrossOriginError, MethodNotAllowedError } from '../../errors.js'
import type { Parts, RouteHandler } from '../parts.js'
import { sendJson } from '../respond.js'
import { isSameOrigin } from '../same-origin.js'

export function createSessionStatus({ config, sessions }: Parts): RouteHandler {
  return async function sessionStatus(req, res) {
    const reads = req.method === 'GET' || req.method === 'HEAD'
    if (!reads && req.method !== 'POST') throw new MethodNotAllowedError('GET, POST')
    if (!reads && !isSameOrigin(req.headers, config.baseUrl.origin)) throw new CrossOriginError()
    sendJson(res, 200, await sessions.status(req, res, !reads))
  }
}
