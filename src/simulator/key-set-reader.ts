/** Reads relying parties' key sets from where they publish them, and keeps them for an hour. */
import type { JWK } from 'jose'

import { describeCause } from './describe-cause.js'
import { usualFetch } from './fetch-over-node.js'
import type { RequestLog } from './request-log.js'

const CACHE_MILLISECONDS = 3_600_000
const TIMEOUT_MILLISECONDS = 5000

interface Kept {
  readonly keys: readonly JWK[]
  readonly at: number
}

/** Key sets by address. Each party that reads them (CIS2, the API platform) keeps its own. */
export class KeySetReader {
  readonly #kept = new Map<string, Kept>()
  readonly #log: RequestLog
  readonly #clock: () => number

  constructor(log: RequestLog, clock: () => number) {
    this.#log = log
    this.#clock = clock
  }

  /**
   * The keys at an address, or why they could not be had. `journey`: the sign-in for which they are wanted.
   * `suffices`: whether those that were kept will do.
   */
  async read(
    uri: string,
    journey?: string,
    suffices: (keys: readonly JWK[]) => boolean = () => true,
  ): Promise<readonly JWK[] | string> {
    const kept = this.#kept.get(uri)
    if (kept && kept.at + CACHE_MILLISECONDS > this.#clock() && suffices(kept.keys)) return kept.keys
    const keys = await this.#fetch(uri, journey)
    if (typeof keys !== 'string') this.#kept.set(uri, { keys, at: this.#clock() })
    return keys
  }

  /** Forgets what was read: a client registered anew brings new keys. */
  forget(): void {
    this.#kept.clear()
  }

  async #fetch(uri: string, journey: string | undefined): Promise<readonly JWK[] | string> {
    const entry = this.#log.open({ method: 'GET', path: uri, from: 'cis2', to: 'app' })
    if (journey !== undefined) entry.journey = journey
    try {
      const response = await usualFetch()(uri, { redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS) })
      entry.status = response.status
      if (response.status !== 200) return `the client's key set at ${uri} answered ${response.status}`
      const body = (await response.json()) as { keys?: unknown } | null
      if (!Array.isArray(body?.keys)) return `the client's key set at ${uri} has no "keys"`
      entry.answered = { kids: listKids(body.keys as JWK[]) }
      return body.keys as JWK[]
    } catch (cause) {
      return `the client's key set at ${uri} could not be fetched: ${describeCause(cause)}`
    } finally {
      this.#log.changed()
    }
  }
}

/** For a sentence. */
export function listKids(keys: readonly JWK[]): string {
  return keys.map((key) => key.kid ?? '(no kid)').join(', ') || 'nothing'
}
