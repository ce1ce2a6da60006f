/** Cookies of our own, beside the one that express-session sets. RFC 6265. */
import type { IncomingMessage, ServerResponse } from 'node:http'

export interface CookieSettings {
  /** Follows `baseUrl` alone. */
  readonly secure: boolean
}

/** Adds a cookie to the answer. Without a lifetime it is the browser session's; zero clears it. */
export function addCookie(
  res: ServerResponse,
  settings: CookieSettings,
  name: string,
  value: string,
  maxAgeSeconds: number,
): void {
  const expires = maxAgeSeconds === 0 ? '; Expires=Thu, 01 Jan 1970 00:00:00 GMT' : ''
  const secure = settings.secure ? '; Secure' : ''
  res.appendHeader(
    'Set-Cookie',
    `${name}=${value}; Max-Age=${String(maxAgeSeconds)}; Path=/${expires}; HttpOnly${secure}; SameSite=Lax`,
  )
}

/** Cookies of the request whose name begins so. Of two with one name the first counts, as in express-session. */
export function cookiesWithPrefix(req: IncomingMessage, prefix: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const pair of (req.headers.cookie ?? '').split(';')) {
    const text = pair.trim()
    if (!text.startsWith(prefix)) continue
    const equals = text.indexOf('=')
    const name = text.slice(0, equals)
    if (equals > 0 && !found.has(name)) found.set(name, text.slice(equals + 1))
  }
  return found
}
