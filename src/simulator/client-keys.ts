/** Relying parties' public keys: registered, or fetched from where they publish them. */
import { importJWK, type CryptoKey, type JWK } from 'jose'

import type { PublishedKeys } from './clients.js'
import { describeCause } from './describe-cause.js'
import type { RequestLog } from './request-log.js'

const CACHE_MILLISECONDS = 3_600_000
const TIMEOUT_MILLISECONDS = 5000

interface Fetched {
  readonly keys: readonly JWK[]
  readonly at: number
}

/** A key, or the true reason why there is none. */
export type FoundKey = { readonly key: CryptoKey | Uint8Array } | { readonly refusal: string }

/** Finds relying parties' keys. A published key set is kept for an hour, and fetched again when a `kid` is not in it. */
export class ClientKeys {
  readonly #fetched = new Map<string, Fetched>()
  readonly #log: RequestLog
  readonly #clock: () => number

  constructor(log: RequestLog, clock: () => number) {
    this.#log = log
    this.#clock = clock
  }

  /** `journey`: the sign-in for which the key is wanted. */
  async find({ jwks, jwksUri }: PublishedKeys, kid: string, alg: string, journey?: string): Promise<FoundKey> {
    const keys = jwks?.keys ?? (await this.#published(jwksUri ?? '', kid, journey))
    if (typeof keys === 'string') return { refusal: keys }
    const jwk = keys.find((each) => each.kid === kid && (each.use ?? 'sig') === 'sig')
    if (!jwk) return { refusal: `kid "${kid}" is not in the client's key set; there: ${list(keys)}` }
    try {
      return { key: await importJWK(jwk, alg) }
    } catch (cause) {
      return { refusal: `the key "${kid}" does not fit ${alg}: ${describeCause(cause)}` }
    }
  }

  /** The key set published at an address, or why it could not be had. */
  async #published(uri: string, kid: string, journey: string | undefined): Promise<readonly JWK[] | string> {
    const cached = this.#fetched.get(uri)
    const fresh = cached && cached.at + CACHE_MILLISECONDS > this.#clock()
    if (fresh && cached.keys.some((key) => key.kid === kid)) return cached.keys
    const keys = await this.#fetch(uri, journey)
    if (typeof keys !== 'string') this.#fetched.set(uri, { keys, at: this.#clock() })
    return keys
  }

  async #fetch(uri: string, journey: string | undefined): Promise<readonly JWK[] | string> {
    const entry = this.#log.open({ method: 'GET', path: uri, from: 'cis2', to: 'app' })
    if (journey !== undefined) entry.journey = journey
    try {
      const response = await fetch(uri, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS) })
      entry.status = response.status
      if (response.status !== 200) return `the client's key set at ${uri} answered ${response.status}`
      const body = (await response.json()) as { keys?: unknown } | null
      if (!Array.isArray(body?.keys)) return `the client's key set at ${uri} has no "keys"`
      entry.answered = { kids: list(body.keys as JWK[]) }
      return body.keys as JWK[]
    } catch (cause) {
      return `the client's key set at ${uri} could not be fetched: ${describeCause(cause)}`
    } finally {
      this.#log.changed()
    }
  }
}

function list(keys: readonly JWK[]): string {
  return keys.map((key) => key.kid ?? '(no kid)').join(', ') || 'nothing'
}
