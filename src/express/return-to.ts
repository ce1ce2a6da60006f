/** Where a user lands after signing in: a path of our own origin, or the default page. RFC 9700, section 4.11. */
import type { Cis2Config } from '../options/cis2-config.js'

const LONGEST = 2048
// Backslashes become slashes, and control characters and white space vanish, when browsers parse a URL.
// Format characters (bidirectional overrides, zero-width) make an address read as another one.
const UNSAFE = /[\\\s\p{Cc}\p{Cf}]/u

/** The page that a sign-in leads to when nothing better is known. */
export function defaultReturnTo(config: Cis2Config): string {
  return config.baseUrl.path + config.defaultReturnPath
}

/**
 * A public path on our own origin, from text that anybody may have written into a link.
 *
 * Returns undefined for everything that a browser could take off the origin, and for our own sign-in
 * routes, which would loop or sign out.
 */
export function safeReturnTo(text: unknown, config: Cis2Config): string | undefined {
  if (typeof text !== 'string' || Buffer.byteLength(text) > LONGEST || !staysOnOrigin(text)) return undefined
  // What begins with a slash is a path, and there is no path that cannot be parsed.
  const url = new URL(text, config.baseUrl.origin)
  if (url.origin !== config.baseUrl.origin) return undefined
  const path = url.pathname + url.search + url.hash
  // What was resolved is another text: `/.//evil` and `/a/../%2fevil` have lost the segments that hid what they are.
  if (!staysOnOrigin(path)) return undefined
  return isOwnRoute(url.pathname, config) ? undefined : path
}

function staysOnOrigin(path: string): boolean {
  return path.startsWith('/') && !UNSAFE.test(path) && !hidesUnsafeCharacters(path)
}

/**
 * Looks through one percent-encoding of the first two segments, for proxies that decode before they redirect. A second
 * slash at the beginning makes the rest a host, encoded or as it is.
 */
function hidesUnsafeCharacters(text: string): boolean {
  const start = text
    .replace(/[?#].*/, '')
    .split('/')
    .slice(0, 3)
    .join('/')
  try {
    const decoded = decodeURIComponent(start)
    return UNSAFE.test(decoded) || decoded.startsWith('//')
  } catch {
    // Not UTF-8 once decoded, such as an overlong `%c0%af`: no page of ours has such a path.
    return true
  }
}

function isOwnRoute(pathname: string, config: Cis2Config): boolean {
  const { login, callback, logout, changeRole, backChannelLogout } = config.routes
  return [login, callback, logout, changeRole, backChannelLogout].some(
    (route) => route !== false && (pathname === route || pathname === config.baseUrl.path + route),
  )
}

/**
 * The public path of a request: what the browser's address bar shows after the origin.
 * A proxy in front may have stripped the path of `baseUrl`.
 */
export function publicPath(originalUrl: string, config: Cis2Config): string {
  const { path } = config.baseUrl
  if (originalUrl === path || originalUrl.startsWith(`${path}/`) || originalUrl.startsWith(`${path}?`)) {
    return originalUrl
  }
  return path + originalUrl
}

/** The page that a form was sent from, when it is one of ours: the place to come back to after signing in. */
export function returnToReferrer(referrer: string | undefined, config: Cis2Config): string | undefined {
  if (referrer === undefined || !URL.canParse(referrer)) return undefined
  const url = new URL(referrer)
  return url.origin === config.baseUrl.origin ? safeReturnTo(url.pathname + url.search, config) : undefined
}
