/** Where an address leads, as four programs read it that do not know each other. */
import fastUri from 'fast-uri'
import { parseURL, serializeURLOrigin, type URLRecord } from 'whatwg-url'

export interface Site {
  readonly origin: string
  /** Of the page that the redirect comes from. */
  readonly page: string
  /** The same, as whatwg-url has read it. */
  readonly pageRecord: URLRecord
  /** Public paths that sign in or out. */
  readonly routes: ReadonlySet<string>
}

export function siteOf(origin: string, routes: readonly string[]): Site {
  const page = `${origin}/callback?code=1`
  const pageRecord = parseURL(page)
  if (pageRecord === null) throw new Error(`not an origin: ${origin}`)
  return { origin, page, pageRecord, routes: new Set(routes) }
}

type Judge = (path: string, site: Site) => boolean

/** Each returns whether the user stays where she is, and is not led to a route that signs in or out. */
export const JUDGES: Readonly<Record<string, Judge>> = {
  'URL of Node (ada, C++)'(path, { origin, page, routes }) {
    const url = readByNode(path, page)
    return url !== undefined && url.href.startsWith(`${origin}/`) && !routes.has(url.pathname)
  },
  'fast-uri (RFC 3986)'(path) {
    const { scheme, host, userinfo } = fastUri.parse(path)
    return scheme === undefined && host === undefined && userinfo === undefined
  },
  'a browser, by hand': staysAsBrowsersRead,
  'a browser, by hand, behind a proxy that decodes'(path) {
    if (!path.includes('%')) return true
    const decoded = decodedPath(path)
    return decoded === undefined || staysAsBrowsersRead(decoded)
  },
}

/** Twenty times slower than the others: shown a share of what was let through. */
export const SLOW_JUDGES: typeof JUDGES = {
  'whatwg-url (JavaScript, of jsdom)'(path, { origin, pageRecord }) {
    const url = parseURL(path, { baseURL: pageRecord })
    return url !== null && serializeURLOrigin(url) === origin
  },
}

function readByNode(path: string, page: string): URL | undefined {
  try {
    return new URL(path, page)
  } catch {
    // No browser goes anywhere either; but a validator that lets it through has not understood it.
    return undefined
  }
}

/** Blanks around are dropped, tabs and line ends are dropped anywhere, a backslash is a slash: then two slashes, or a scheme, lead away. */
function staysAsBrowsersRead(text: string): boolean {
  let slashes = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const isDropped = code === 0x09 || code === 0x0a || code === 0x0d || (slashes === 0 && code <= 0x20)
    if (isDropped) continue
    const isSlash = code === 0x2f || code === 0x5c
    if (slashes === 1) return !isSlash
    // Whatever begins otherwise may be a scheme, or is no path of ours.
    if (!isSlash) return false
    slashes = 1
  }
  return slashes === 1
}

function decodedPath(path: string): string | undefined {
  const end = path.search(/[?#]/)
  try {
    return decodeURIComponent(end === -1 ? path : path.slice(0, end))
  } catch {
    // No proxy decodes what is no text.
    return undefined
  }
}
