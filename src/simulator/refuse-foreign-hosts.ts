/**
 * Refuses what reaches the simulator under a name that is not its own. Any name of a stranger's can resolve to this
 * machine (DNS rebinding): a web page under it would be of one origin with the simulator, could read its log of requests
 * and sign in as anyone.
 */
import { isIP } from 'node:net'

import type { RequestHandler } from 'express'

import type { World } from './world.js'

/** A name or an address, and a port at most; no name and password, no path. */
const HOST = /^(?:[\w.-]{1,253}|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i

/** Answers 421 (RFC 9110, section 15.5.20) with what to do about it, and notes the reason in the log of requests. */
export function refuseForeignHosts({ addresses, log }: Pick<World, 'addresses' | 'log'>): RequestHandler {
  const own = [addresses.url, addresses.issuer].map((address) => new URL(address).hostname)
  return (req, res, next) => {
    const { host = '' } = req.headers
    if (isKnown(host, own)) {
      next()
      return
    }
    const refusal = `Host ${JSON.stringify(host.slice(0, 253))} is no name of this machine`
    const entry = log.open({ method: req.method, path: req.path, from: 'browser', to: 'cis2' })
    Object.assign(entry, { status: 421, refusal })
    log.changed()
    res.status(421).set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' }).type('text')
    res.send(
      `${refusal}. Use ${addresses.url}, or give the simulator this name: --issuer on the command line, issuer in startSimulator().\n`,
    )
  }
}

/**
 * Whether nobody else can own a host: an address (there is no name to resolve), `localhost` and names below it (RFC
 * 6761, section 6.3), a name without dots (a container, a machine of the local network), or what the simulator was given.
 */
export function isKnown(host: string, own: readonly string[]): boolean {
  if (!HOST.test(host) || !URL.canParse(`http://${host}`)) return false
  const name = new URL(`http://${host}`).hostname.replace(/\.$/, '')
  if (isIP(name.replace(/^\[|\]$/g, '')) > 0) return true
  return own.includes(name) || !name.includes('.') || name.endsWith('.localhost')
}
