/** What is for development answers this machine alone, whatever `NODE_ENV` says and wherever the server listens. */
import type { Request } from 'express'

import { ConfigError } from '../errors.js'
import type { Cis2Config } from '../options/cis2-config.js'

/** Throws `ConfigError` for a request from another machine while sessions are in memory, as they are under `fakeCis2Auth`. */
export function assertLocal(req: Request, { session }: Pick<Cis2Config, 'session'>): void {
  if (session.redis !== 'memory') return
  // A test's own stand-in for a request may have no socket.
  const { socket } = req as { socket?: Request['socket'] }
  if (isLocal(socket?.remoteAddress)) return
  throw new ConfigError([
    "sessions in memory (session.redis: 'memory', fakeCis2Auth) are for development: requests come from this machine only",
  ])
}

/** A socket without an address is of this machine (a Unix socket), or closed. */
export function isLocal(address: string | undefined): boolean {
  return address === undefined || address === '::1' || /^(?:::ffff:)?127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(address)
}
