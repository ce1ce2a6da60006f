/** A browser without pages: follows redirects one at a time and keeps cookies by the rules of RFC 6265bis. */
import { request as httpRequest } from 'node:http'

interface StoredCookie {
  readonly value: string
  readonly path: string
  readonly secure: boolean
  readonly expiresAt: number | undefined
}

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
  /** By host, then by name: cookies do not tell ports apart. */
  readonly cookies = new Map<string, Map<string, StoredCookie>>()
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
    const sent = { ...form, ...headers, ...(cookie === '' ? {} : { cookie }) }
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
    for (const [host, cookies] of this.cookies) copy.cookies.set(host, new Map(cookies))
    return copy
  }

  cookieNames(host: string): string[] {
    return [...(this.cookies.get(host)?.keys() ?? [])]
  }

  cookieValue(host: string, name: string): string | undefined {
    return this.cookies.get(host)?.get(name)?.value
  }

  setCookie(host: string, name: string, value: string): void {
    this.#jar(host).set(name, { value, path: '/', secure: false, expiresAt: undefined })
  }

  cookieHeader(url: URL): string {
    const pairs: string[] = []
    for (const [name, cookie] of this.#jar(url.hostname)) {
      if (cookie.expiresAt !== undefined && cookie.expiresAt <= this.#now()) continue
      if (cookie.secure && url.protocol !== 'https:') continue
      if (url.pathname.startsWith(cookie.path)) pairs.push(`${name}=${cookie.value}`)
    }
    return pairs.join('; ')
  }

  #served(url: URL): string {
    const origin = this.#hosts[url.origin]
    return origin === undefined ? url.href : origin + url.pathname + url.search
  }

  #jar(host: string): Map<string, StoredCookie> {
    const jar = this.cookies.get(host) ?? new Map<string, StoredCookie>()
    this.cookies.set(host, jar)
    return jar
  }

  #store(url: URL, line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
    const name = pair.slice(0, pair.indexOf('='))
    const value = pair.slice(pair.indexOf('=') + 1)
    const of = (wanted: string) =>
      attributes
        .find((attribute) => attribute.toLowerCase().split('=')[0] === wanted)
        ?.split('=')
        .slice(1)
        .join('=')
    const secure = of('secure') !== undefined
    const path = of('path') ?? '/'
    if (secure && url.protocol !== 'https:') return
    if (name.startsWith('__Host-') && (!secure || path !== '/' || of('domain') !== undefined)) return
    const maxAge = of('max-age')
    const expires = of('expires')
    const expiresAt =
      maxAge !== undefined
        ? this.#now() + Number(maxAge) * 1000
        : expires !== undefined
          ? Date.parse(expires)
          : undefined
    if (expiresAt !== undefined && expiresAt <= this.#now()) this.#jar(url.hostname).delete(name)
    else this.#jar(url.hostname).set(name, { value, path, secure, expiresAt })
  }
}

/** One request over Node's own client: `fetch` would put its own `Sec-Fetch-Mode` in the place of ours. */
function exchange(
  address: string,
  method: string,
  headers: Record<string, string>,
  body: string | undefined,
): Promise<{ status: number; headers: Headers; body: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(address, { method, headers, agent: false }, (response) => {
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
