/** A browser of the tests: keeps cookies, follows nothing, and writes down each message. */
import { request as sendRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as sendTlsRequest } from 'node:https'
import { text } from 'node:stream/consumers'

import { BrowserCookies } from '../../../testing/browser-cookies.js'
import type { Message } from '../report.js'

/** Where a browser's requests go. */
export interface Place {
  /** As the browser has it: `https://clinic.example.nhs.uk`. */
  readonly origin: string
  /** The path of `baseUrl`, without a slash at the end. */
  readonly path: string
  /** The port of this machine at which that origin is played; undefined: the real one. */
  readonly playedAt?: number
  /** Told of each message. */
  readonly note: (message: Message) => void
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: string
}

export interface Asking {
  readonly method?: 'GET' | 'POST'
  readonly form?: Readonly<Record<string, string>>
  /** A program asks for JSON; a browser, which is the default, for a page. */
  readonly as?: 'browser' | 'program'
  /** Cookies in place of the browser's own. */
  readonly cookies?: string
}

interface Request extends RequestOptions {
  readonly headers: Readonly<Record<string, string>>
}

const TIMEOUT_MILLISECONDS = 10_000

/** What a browser sends when an address is opened, and what a program sends. */
const HEADERS = {
  browser: {
    accept: 'text/html,application/xhtml+xml;q=0.9',
    'sec-fetch-site': 'none',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
  },
  program: { accept: 'application/json' },
} as const

export class Visitor {
  readonly #place: Place
  readonly #cookies: BrowserCookies

  constructor(place: Place) {
    this.#place = place
    this.#cookies = new BrowserCookies(place.origin)
  }

  /** For another browser to be given: whoever steals a cookie has no more. */
  get cookies(): string {
    return this.#cookies.header
  }

  cookie(name: string): string | undefined {
    return this.#cookies.all.find((each) => each.name === name)?.value
  }

  /** Opens a path below `baseUrl`'s. */
  async open(path: string, asking: Asking = {}): Promise<Answer> {
    const { method = asking.form === undefined ? 'GET' : 'POST' } = asking
    const { note, path: base } = this.#place
    const shown = path.replace(/\?.*/s, '?…')
    note({ from: 'browser', to: 'app', label: `${method} ${base}${shown}` })
    const answer = await this.#send(base + path, method, asking)
    if (asking.cookies === undefined) this.#cookies.take(answer.headers.getSetCookie())
    note({ from: 'app', to: 'browser', label: labelOf(answer) })
    return answer
  }

  async #send(path: string, method: string, { form, as = 'browser', cookies }: Asking): Promise<Answer> {
    const body = form === undefined ? undefined : new URLSearchParams(form).toString()
    const cookie = cookies ?? this.#cookies.header
    const message = await this.#request(path, body, {
      method,
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
      headers: {
        ...HEADERS[as],
        ...(cookie === '' ? {} : { cookie }),
        ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      },
    })
    return { status: message.statusCode ?? 0, headers: headersOf(message), body: await text(message) }
  }

  #request(path: string, body: string | undefined, options: Request): Promise<IncomingMessage> {
    const { origin, playedAt } = this.#place
    return new Promise((resolve, reject) => {
      const headers = { ...options.headers, host: new URL(origin).host }
      const sent =
        playedAt !== undefined
          ? sendRequest({ ...options, headers, host: '127.0.0.1', port: playedAt, path }, resolve)
          : (origin.startsWith('https:') ? sendTlsRequest : sendRequest)(origin + path, options, resolve)
      sent.on('error', reject)
      sent.end(body)
    })
  }
}

function headersOf({ headersDistinct }: IncomingMessage): Headers {
  const headers = new Headers()
  for (const [name, values = []] of Object.entries(headersDistinct)) {
    for (const value of values) headers.append(name, value)
  }
  return headers
}

/** Status, and where it leads, without the query: that holds what is made up for each request. */
export function labelOf({ status, headers }: Pick<Answer, 'status' | 'headers'>): string {
  const location = headers.get('location')
  return location === null ? String(status) : `${status} → ${shortened(location.replace(/\?.*/s, '?…'))}`
}

/** CIS2's addresses are long, and their ends are what tells them apart. */
function shortened(address: string): string {
  return address
    .replace(/^https?:\/\/([^/:]+)(?::443)?(?=\/|$)/, '$1')
    .replace(/^([^/]+)\/.+\/([^/?]+)\??…?$/, '$1/…/$2')
}
