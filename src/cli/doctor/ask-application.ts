/** Requests to the deployed application, by its public address. */
import type { Cis2Config } from '../../options/cis2-config.js'
import { type JsonObject, parseJsonObject } from '../../outbound/json.js'
import { publicAddress } from '../../primitives/public-address.js'
import { codeOf, messageOf } from '../io.js'
import { readBeginning } from './read-beginning.js'

export interface Answer {
  /** Where it was asked, without the query. */
  readonly address: string
  readonly status: number
  readonly headers: Headers
  /** The beginning of the body. */
  readonly text: string
  /** Undefined when the body is no JSON object. */
  readonly json: JsonObject | undefined
}

/** Of what is well from here: only a request from outside proves that the internet is let in. */
export const FROM_HERE = { restsOn: 'CIS2 and browsers coming by the same way as this machine' }

/** Nothing answers at the application's public address. */
export class UnansweredError extends Error {
  readonly address: string

  constructor(address: string, reason: string, cause: unknown) {
    super(reason, { cause })
    this.name = 'UnansweredError'
    this.address = address
  }
}

/** What is asked beside the path. */
export interface Question {
  readonly query?: Readonly<Record<string, string>>
  /** Makes it a POST. */
  readonly form?: Readonly<Record<string, string>>
  /** `server` (default): without any header that only browsers send, as CIS2 asks. */
  readonly as?: 'server' | 'browser'
}

/** Asks for a path below `baseUrl`; rejects with an {@link UnansweredError} and nothing else. */
export type Ask = (path: string, question?: Question) => Promise<Answer>

const HEADERS = {
  server: {},
  browser: {
    // JSON, because the answer is read by its code.
    accept: 'application/json',
    'accept-language': 'en-GB',
    'user-agent': 'Mozilla/5.0 (compatible; express-cis2 doctor)',
  },
} as const

export function createAsk({ baseUrl, timeoutSeconds }: Cis2Config, fetchApplication: typeof fetch): Ask {
  return async function ask(path, { query, form, as = 'server' } = {}) {
    const address = publicAddress(baseUrl, path)
    const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`
    try {
      const response = await fetchApplication(`${address}${search}`, {
        redirect: 'manual',
        headers: HEADERS[as],
        signal: AbortSignal.timeout(timeoutSeconds * 1000),
        ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
      })
      const text = await readBeginning(response)
      const json = parseJsonObject(new TextEncoder().encode(text))
      return { address, status: response.status, headers: response.headers, text, json }
    } catch (error) {
      // Node's fetch rejects with "fetch failed" and the socket's error as cause.
      const { cause = error } = error as { cause?: unknown }
      throw new UnansweredError(address, codeOf(cause) ?? messageOf(cause), error)
    }
  }
}
