/** The same-origin rule for requests that change something: Fetch Metadata, then `Origin`. */
import type { IncomingHttpHeaders } from 'node:http'

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
