/** Refuses to sign anybody in over plain http when the public address is https. */
import type { Application, Request } from 'express'

import { InsecureTransportError } from '../errors.js'
import type { Cis2Config } from '../options/cis2-config.js'

/**
 * Throws when Express can see that the browser used http.
 *
 * It can see it only when the application trusts the proxy that says so. Without a trusted
 * `X-Forwarded-Proto` a plain connection may just as well come from a proxy that ended TLS.
 */
export function assertSecureTransport(req: Request, config: Cis2Config): void {
  if (!config.baseUrl.secure || req.get('x-forwarded-proto') === undefined) return
  if (isFromTrustedProxy(req) && req.protocol === 'http') {
    throw new InsecureTransportError(
      'The browser used http, but baseUrl is https. Redirect http to https before this app.',
    )
  }
}

function isFromTrustedProxy(req: Request): boolean {
  const trust = (req.app as Application).get('trust proxy fn') as (address: string | undefined, hop: number) => boolean
  return trust(req.socket.remoteAddress, 0)
}
