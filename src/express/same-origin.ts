/** The same-origin rule for requests that change something: Fetch Metadata, then `Origin`. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'

/**
 * Whether a request that changes something comes from a page of this origin, or from no browser at all.
 *
 * `Sec-Fetch-Site` decides when present, because a page cannot forge it. Else `Origin` must be ours;
 * `null` is not. A request with neither was not sent by a browser, and a program has no ambient cookies to abuse.
 *
 * @see [Fetch Metadata Request Headers](https://www.w3.org/TR/fetch-metadata/)
 */
export function isSameOrigin(headers: IncomingHttpHeaders, ownOrigin: string): boolean {
  const site = headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  const origin = headers.origin
  return origin === undefined || origin === ownOrigin
}

/**
 * Puts the policy `same-origin` in the place of `no-referrer`, which helmet sends by default, for browsers without
 * `Sec-Fetch-Site` (Safari before 16.4). From a page with `no-referrer` they send `Origin: null` to its own origin too,
 * by which nobody can tell whose form it was. Other origins learn as little from the one policy as from the other.
 *
 * @see [Fetch Standard, append a request `Origin` header](https://fetch.spec.whatwg.org/#append-a-request-origin-header)
 */
export function letBrowserNameItsOrigin({ headers }: IncomingMessage, res: ServerResponse): void {
  if (headers['sec-fetch-site'] === undefined && res.getHeader('Referrer-Policy') === 'no-referrer')
    res.setHeader('Referrer-Policy', 'same-origin')
}
