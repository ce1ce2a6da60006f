/** A browser without pages: follows redirects one at a time and keeps cookies by the rules of RFC 6265bis. */
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

import { Cookie, CookieJar } from 'tough-cookie'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
  /** Absolute, against the address that was asked. */
  readonly location: string | undefined
  readonly setCookies: readonly string[]
  json(): Record<string, unknown>
}

export interface BrowserRequest {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string | URLSearchParams
}

/** What a browser's page navigation sends. */
export const NAVIGATION = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-site': 'none',
} as const

/** Where the public addresses of a test are really served: `https://clinic.example` → `http://127.0.0.1:1234`. */
export type Hosts = Readonly<Record<string, string>>

export class Browser {
  #jar = newJar()
  readonly #hosts: Hosts
  readonly #now: () => number

  constructor(hosts: Hosts = {}, now: () => number = Date.now) {
    this.#hosts = hosts
    this.#now = now
  }

  async request(address: string, { method = 'GET', headers = {}, body }: BrowserRequest = {}): Promise<Answer> {
    const url = new URL(address)
    const cookie = this.cookieHeader(url)
    const form = body instanceof URLSearchParams ? { 'content-type': 'application/x-www-form-urlencoded' } : {}
    // As through a proxy that leaves the name as the browser has it.
    const sent = { host: url.host, ...form, ...headers, ...(cookie === '' ? {} : { cookie }) }
    const answer = await exchange(this.#served(url), method, sent, body?.toString())
    const setCookies = answer.headers.getSetCookie()
    for (const line of setCookies) this.#store(url, line)
    const location = answer.headers.get('location')
    return {
      ...answer,
      location: location === null ? undefined : new URL(location, url).href,
      setCookies,
      json: () => JSON.parse(answer.body) as Record<string, unknown>,
    }
  }

  /** As a user who typed the address or followed a link from elsewhere. */
  navigate(address: string, request: BrowserRequest = {}): Promise<Answer> {
    return this.request(address, { ...request, headers: { ...NAVIGATION, ...request.headers } })
  }

  /** Follows redirects to the first answer that is none. */
  async follow(address: string, most = 12): Promise<Answer & { readonly address: string }> {
    let next = address
    for (let hop = 0; hop < most; hop++) {
      const answer = await this.navigate(next)
      if (answer.location === undefined) return { ...answer, address: next }
      next = answer.location
    }
    throw new Error(`more than ${String(most)} redirects, the last to ${new URL(next).pathname}`)
  }

  /** A second browser with the same cookies, as a thief or a restored backup would have. */
  copy(): Browser {
    const copy = new Browser(this.#hosts, this.#now)
    for (const cookie of this.#all()) copy.#put(cookie)
    return copy
  }

  /** From now on, as of one browser that cannot tell the servers of two apart. */
  shareCookiesWith(other: Browser): void {
    this.#jar = other.#jar
  }

  cookieNames(host: string): string[] {
    return this.#cookiesAt(host).map(({ key }) => key)
  }

  cookieValue(host: string, name: string): string | undefined {
    return this.#cookiesAt(host).find(({ key }) => key === name)?.value
  }

  setCookie(host: string, name: string, value: string): void {
    this.#put(new Cookie({ key: name, value, path: '/', domain: host, hostOnly: true, creation: this.#time() }))
  }

  cookieHeader(url: URL): string {
    // By the clock of the test, where the jar knows that of the machine.
    const cookies = this.#jar.getCookiesSync(url.href, { expire: false }).filter((cookie) => !this.#isOver(cookie))
    return cookies.map((cookie) => cookie.cookieString()).join('; ')
  }

  #served(url: URL): string {
    const origin = this.#hosts[url.origin]
    return origin === undefined ? url.href : origin + url.pathname + url.search
  }

  #time(): Date {
    return new Date(this.#now())
  }

  #isOver(cookie: Cookie): boolean {
    // From when it was set: the jar would count anew from each use.
    const { creation } = cookie
    return Number(cookie.expiryTime(creation instanceof Date ? creation : undefined)) <= this.#now()
  }

  #all(): Cookie[] {
    const cookies = (this.#jar.serializeSync()?.cookies ?? []).map((cookie) => Cookie.fromJSON(cookie))
    return cookies.filter((cookie) => cookie !== undefined)
  }

  #cookiesAt(host: string): Cookie[] {
    return this.#all().filter(({ domain }) => domain === host)
  }

  /** As it is, whatever the rules say. */
  #put(cookie: Cookie): void {
    this.#jar.store.putCookie(cookie, function done() {})
  }

  #store(url: URL, line: string): void {
    const cookie = Cookie.parse(line)
    // RFC 6265bis, section 5.7; the jar takes it.
    if (cookie === undefined || (cookie.secure && url.protocol !== 'https:')) return
    const kept = this.#jar.setCookieSync(cookie, url.href, { now: this.#time(), ignoreError: true })
    if (kept !== undefined && this.#isOver(kept)) {
      this.#jar.store.removeCookie(kept.domain ?? '', kept.path ?? '/', kept.key, function done() {})
    }
  }
}

function newJar(): CookieJar {
  return new CookieJar(undefined, {
    prefixSecurity: 'strict',
    rejectPublicSuffixes: false,
    allowSpecialUseDomain: true,
  })
}

/** One request over Node's own client: `fetch` would put its own `Sec-Fetch-Mode` in the place of ours. */
function exchange(
  address: string,
  method: string,
  headers: Record<string, string>,
  body: string | undefined,
): Promise<{ status: number; headers: Headers; body: string }> {
  return new Promise((resolve, reject) => {
    const send = address.startsWith('https:') ? httpsRequest : httpRequest
    // Nobody has signed the certificates of tests.
    const request = send(address, { method, headers, agent: false, rejectUnauthorized: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () => {
        const received = new Headers()
        for (let at = 0; at < response.rawHeaders.length; at += 2) {
          received.append(response.rawHeaders[at] ?? '', response.rawHeaders[at + 1] ?? '')
        }
        resolve({ status: response.statusCode ?? 0, headers: received, body: Buffer.concat(chunks).toString() })
      })
    })
    request.once('error', reject)
    request.end(body)
  })
}
