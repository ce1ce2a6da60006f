/** Requests to the deployed application, by its public address. */
import type { Cis2Config } from '../../options/cis2-config.js'
import { type JsonObject, parseJsonObject } from '../../outbound/json.js'
import { codeOf, messageOf } from '../io.js'

export interface Answer {
  /** Where it was asked. */
  readonly address: string
  readonly status: number
  readonly headers: Headers
  /** Undefined when the body is no JSON object. */
  readonly json: JsonObject | undefined
}

/** Nothing answers at the application's public address. */
export class UnansweredError extends Error {
  readonly address: string

  constructor(address: string, reason: string, cause: unknown) {
    super(reason, { cause })
    this.name = 'UnansweredError'
    this.address = address
  }
}

/** Asks for a path below `baseUrl`; rejects with an {@link UnansweredError} and nothing else. */
export type Ask = (path: string, form?: Readonly<Record<string, string>>) => Promise<Answer>

export function createAsk({ baseUrl, timeoutSeconds }: Cis2Config, fetchApplication: typeof fetch): Ask {
  return async function ask(path, form) {
    const address = `${baseUrl.origin}${baseUrl.path}${path}`
    try {
      const response = await fetchApplication(address, {
        redirect: 'manual',
        headers: { accept: 'application/json' },
        signal: AbortSignal.timeout(timeoutSeconds * 1000),
        ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
      })
      const json = parseJsonObject(new Uint8Array(await response.arrayBuffer()))
      return { address, status: response.status, headers: response.headers, json }
    } catch (error) {
      // Node's fetch rejects with "fetch failed" and the socket's error as cause.
      const { cause = error } = error as { cause?: unknown }
      throw new UnansweredError(address, codeOf(cause) ?? messageOf(cause), error)
    }
  }
}
