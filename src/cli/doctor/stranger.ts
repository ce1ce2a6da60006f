/** Something that answers in another's place (a firewall, a proxy, a login page), told by its answer. */

export interface Stranger {
  /** `answers 403 with a page titled "Web Page Blocked"`. */
  readonly seen: string
  readonly cause: string
  readonly cure: string
}

export interface StrangeAnswer {
  readonly status: number
  readonly headers: Headers
  /** The beginning of the body is enough. */
  readonly text: string
}

/** Where the stranger stands: before the application, or between this machine and CIS2. */
type Place = 'application' | 'cis2'

type Kind = 'login' | 'proxy-login' | 'forbidden' | 'elsewhere' | 'no-path' | 'no-server' | 'page' | 'other'

const CAUSES: Readonly<Record<Place, Readonly<Record<Kind, string>>>> = {
  application: {
    login: 'A proxy in front of the application asks for a name and a password (basic authentication, single sign-on).',
    'proxy-login': 'A proxy between this machine and the application asks for a password.',
    forbidden: 'A firewall, or a list of allowed addresses, refuses this request before it reaches the application.',
    elsewhere:
      'Something in front of the application sends the request elsewhere: to a login, to https, to another host.',
    'no-path':
      'The path is not passed on to the application, or the application has other routes than this configuration.',
    'no-server': 'A proxy in front of the application does not reach it.',
    page: 'A firewall or a proxy answers with a page of its own, or another application answers at this address.',
    other: 'Something else answers in its place, or the path is not passed on.',
  },
  cis2: {
    login: 'A proxy between this machine and CIS2 asks for a name and a password.',
    'proxy-login': 'The way out is through a proxy that asks for a name and a password.',
    forbidden: 'A firewall on the way out refuses the request: CIS2 itself says why it refuses, in JSON.',
    elsewhere: 'A captive proxy is in between: CIS2 never redirects here.',
    'no-path': 'Something else answers in place of CIS2, or the discovery document names a wrong address.',
    'no-server': 'CIS2, or a proxy on the way to it, cannot serve just now.',
    page: 'A firewall or a proxy on the way out answers with a page of its own.',
    other: 'Something else answers in place of CIS2.',
  },
}

const PASS_ON = 'the proxy must pass this path on unchanged, without a login.'

const CURES: Readonly<Record<Place, Readonly<Record<Kind, string>>>> = {
  application: {
    login: `Exempt the path from it: CIS2 and browsers coming back have no such password; ${PASS_ON}`,
    'proxy-login': 'Run this command where no proxy is in between, or let that proxy pass.',
    forbidden: `Allow the path in the firewall, for browsers from everywhere and for the addresses of CIS2; ${PASS_ON}`,
    elsewhere: `Exempt the path from the redirect; ${PASS_ON}`,
    'no-path': `Compare baseUrl and routes with what the proxy passes on, method and path; ${PASS_ON}`,
    'no-server': 'Start the application; look at the log of the proxy for the address that it tried.',
    page: `Look at what stands before the application (proxy, firewall): ${PASS_ON}`,
    other: `Look at what stands before the application (proxy, firewall, basic auth): ${PASS_ON}`,
  },
  cis2: {
    login: 'Hand in a fetch that signs in to the proxy, or have the hosts of CIS2 exempted from it.',
    'proxy-login': 'Hand in a fetch that signs in to the proxy, or have the hosts of CIS2 exempted from it.',
    forbidden: 'Have the hosts of CIS2 allowed in the firewall, for POST too.',
    elsewhere: 'Hand in a fetch that uses the proper proxy, or have the hosts of CIS2 exempted from this one.',
    'no-path': 'Check the issuer, and what answers at its address.',
    'no-server': 'Run this command again in some minutes; look at the status page of CIS2.',
    page: 'Have the hosts of CIS2 exempted from the proxy, for POST too.',
    other: 'Check the issuer, and what is between this machine and CIS2.',
  },
}

export function describeStranger(answer: StrangeAnswer, place: Place): Stranger {
  const kind = kindOf(answer)
  return { seen: seenOf(answer), cause: CAUSES[place][kind], cure: CURES[place][kind] }
}

function kindOf({ status, headers, text }: StrangeAnswer): Kind {
  if (status === 407) return 'proxy-login'
  if (status === 401) return headers.has('www-authenticate') ? 'login' : 'other'
  if (status === 403) return 'forbidden'
  if (status >= 300 && status < 400 && headers.has('location')) return 'elsewhere'
  if (status === 404 || status === 405) return 'no-path'
  if (status >= 500 || status === 429) return 'no-server'
  return isPage(headers, text) ? 'page' : 'other'
}

function isPage(headers: Headers, text: string): boolean {
  return /\bhtml\b/i.test(headers.get('content-type') ?? '') || /<html/i.test(text)
}

function seenOf(answer: StrangeAnswer): string {
  const { status, headers, text } = answer
  const login = headers.get('www-authenticate') ?? headers.get('proxy-authenticate')
  const scheme = /^[A-Za-z]+/.exec(login ?? '')?.[0]
  if (scheme !== undefined) return `answers ${status} and asks for a login (${scheme})`
  const location = headers.get('location')
  if (location !== null && status >= 300 && status < 400) return `answers ${status}, a redirect to ${placeOf(location)}`
  const title = titleOf(text)
  return `answers ${status}${title === undefined ? '' : ` with a page titled ${JSON.stringify(title)}`}`
}

/** Without the query, which may hold what was sent. */
function placeOf(location: string): string {
  if (!URL.canParse(location)) return 'a path'
  const { origin, pathname } = new URL(location)
  return `${origin}${pathname}`
}

const LONGEST_TITLE = 60

function titleOf(text: string): string | undefined {
  const title = /<title[^>]*>([^<]*)/i.exec(text)?.[1]?.replaceAll(/\s+/g, ' ').trim()
  return title === undefined || title === '' ? undefined : title.slice(0, LONGEST_TITLE)
}
