/** The name under which a browser reaches the application, where it is not that of `baseUrl`. */
import type { Request, Response } from 'express'

import type { Cis2Config } from '../options/cis2-config.js'
import { isLoopback } from '../primitives/is-loopback.js'
import { publicAddress } from '../primitives/public-address.js'
import { leaveOrigin } from './respond.js'

/** Query parameter of our own redirects to `baseUrl`; with it there is no second one. */
const MARK = 'onBaseUrl'

/**
 * Whether the browser seems to be at another host than `baseUrl`'s, whose cookies it does not send to this one: a
 * sign-in that begins here would fail when CIS2 sends the browser back there. Ports make no difference to cookies.
 *
 * Seems, because a proxy may put a name of its own into `Host`. Therefore nothing is decided by it but one redirect to
 * an address that is built from `baseUrl` alone; and a loopback name in front of a public application is such a proxy's.
 */
export function seemsElsewhere(req: Request, { baseUrl }: Cis2Config): boolean {
  // With Express's types it is always there; a request of HTTP/1.0 has none.
  const asked = (req.hostname as string | undefined)?.toLowerCase()
  const own = new URL(baseUrl.origin).hostname
  if (asked === undefined || asked === '' || asked === own) return false
  if (isLoopback(asked) && !isLoopback(own)) return false
  // RFC 7239: Express does not read it, and `Host` may then be a proxy's.
  if (req.get('forwarded') !== undefined) return false
  return forwardedHostname(req) !== own
}

/** Whom nobody vouches for, and who can but keep a redirect from being sent. */
function forwardedHostname(req: Request): string | undefined {
  const host = req.get('x-forwarded-host')?.split(',', 1)[0]?.trim()
  return host !== undefined && URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : undefined
}

/** How our own redirects mark an address: `route` where a sign-in is to begin, `page` where a guard sent the browser. */
export function markOf(query: URLSearchParams): 'route' | 'page' | undefined {
  const mark = query.get(MARK)
  return mark === 'route' || mark === 'page' ? mark : undefined
}

/** The same address on `baseUrl`, marked. */
export function onBaseUrl(
  path: string,
  query: URLSearchParams,
  mark: 'route' | 'page',
  { baseUrl }: Cis2Config,
): string {
  const marked = new URLSearchParams(query)
  marked.set(MARK, mark)
  return `${publicAddress(baseUrl, path)}?${marked.toString()}`
}

export function leaveForBaseUrl(req: Request, res: Response, address: string): void {
  leaveOrigin(req, res, 302, address, { title: 'Taking you to the sign-in' })
}
