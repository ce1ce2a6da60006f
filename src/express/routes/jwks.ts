/** Our public keys, for CIS2 to verify our client assertions with. RFC 7517, section 5. */
import { MethodNotAllowedError } from '../../errors.js'
import type { Parts, RouteHandler } from '../parts.js'
import { sendJson } from '../respond.js'

/** A key is published 24 hours before use, so that a quarter of an hour in a cache costs nothing. */
const MAX_AGE_SECONDS = 900

export function createJwks({ provider }: Parts): RouteHandler {
  return function jwks(req, res) {
    if (req.method !== 'GET' && req.method !== 'HEAD') throw new MethodNotAllowedError('GET')
    const keys = provider.publicJwks()
    if (keys === undefined) {
      sendJson(res, 404, { error: 'not_found' })
      return
    }
    res.setHeader('Cache-Control', `public, max-age=${String(MAX_AGE_SECONDS)}`)
    sendJson(res, 200, keys)
  }
}
