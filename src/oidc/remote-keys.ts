/** CIS2's keys, fetched and kept: warm, never older than they may be, never fetched more often than needed. */
import type { KeyObject } from 'node:crypto'

import type { KeyQuery, KeySet } from './key-set.js'

/** A retired key is refused at the latest after this. */
const MAX_AGE_MS = 5 * 60 * 1000

/** From this age on, a use starts a fetch that nobody waits for. */
const REFRESH_AGE_MS = 4 * 60 * 1000

/** How long the last good keys serve while CIS2 does not hand out any. */
const MAX_AGE_WHILE_FAILING_MS = 24 * 60 * 60 * 1000

/** After a fetch that failed, or did not bring the key it was for: no further one of its kind for so long. */
const PAUSE_MS = 30 * 1000

/**
 * Who sent the token that names an unknown key.
 *
 * What CIS2 handed us over TLS cannot be forged by a stranger, a logout token can: each has its
 * own pause, so that a flood of logout tokens with invented key names costs no sign-in its fetch.
 */
export type TokenOrigin = 'cis2' | 'stranger'

export interface RemoteKeys {
  /**
   * The keys that may have signed a token; empty when none fits.
   * Rejects with the fetch's error when CIS2's keys are not to be had.
   */
  find(query: KeyQuery, origin: TokenOrigin): Promise<readonly KeyObject[]>
  /** Fetches the keys unless they are there; rejects with the fetch's error. */
  warm(): Promise<void>
}

export interface RemoteKeysOptions {
  readonly fetchKeys: () => Promise<KeySet>
  readonly clock: () => number
  readonly onFetched: () => void
  readonly onFailed: (error: unknown) => void
  /** The published keys are others than before. */
  readonly onRotated: () => void
}

interface Kept {
  readonly keys: KeySet
  readonly fetchedAt: number
  /** Fetches are counted by their start. */
  readonly number: number
}

export function createRemoteKeys(options: RemoteKeysOptions): RemoteKeys {
  let kept: Kept | undefined
  let inFlight: Promise<Kept> | undefined
  let started = 0
  let failure: { readonly at: number; readonly error: unknown } | undefined
  const fruitlessAt = new Map<TokenOrigin, number>()

  /** Milliseconds since then; a clock that was set back makes everything old. */
  function age(since: number | undefined): number {
    const elapsed = since === undefined ? Infinity : options.clock() - since
    return elapsed < 0 ? Infinity : elapsed
  }

  async function fetchAndKeep(number: number): Promise<Kept> {
    try {
      const keys = await options.fetchKeys()
      const isRotated = kept !== undefined && kept.keys.fingerprint !== keys.fingerprint
      kept = { keys, number, fetchedAt: options.clock() }
      failure = undefined
      options.onFetched()
      if (isRotated) options.onRotated()
      return kept
    } catch (error) {
      failure = { at: options.clock(), error }
      options.onFailed(error)
      throw error
    } finally {
      inFlight = undefined
    }
  }

  function fetchOnce(): Promise<Kept> {
    inFlight ??= fetchAndKeep((started += 1))
    return inFlight
  }

  /** What to begin with: young keys, else fetched ones, else the last good. */
  async function currentKeys(): Promise<Kept> {
    const isPaused = age(failure?.at) < PAUSE_MS
    const keysAge = age(kept?.fetchedAt)
    if (kept !== undefined && keysAge < MAX_AGE_MS) {
      if (keysAge >= REFRESH_AGE_MS && !isPaused) fetchOnce().catch(function reportedByFetch() {})
      return kept
    }
    const lastGood = keysAge < MAX_AGE_WHILE_FAILING_MS ? kept : undefined
    if (lastGood !== undefined && isPaused) return lastGood
    try {
      return await fetchOnce()
    } catch (error) {
      if (lastGood !== undefined) return lastGood
      throw error
    }
  }

  /** Whether a fetch for an unknown key has to wait; throws when the reason is that CIS2 does not answer. */
  function isFetchPaused(origin: TokenOrigin): boolean {
    if (age(fruitlessAt.get(origin)) < PAUSE_MS) return true
    if (origin === 'stranger' && failure !== undefined && age(failure.at) < PAUSE_MS) throw failure.error
    return false
  }

  async function find(query: KeyQuery, origin: TokenOrigin): Promise<readonly KeyObject[]> {
    const startedBefore = started
    let at = await currentKeys()
    for (;;) {
      const found = at.keys.find(query)
      if (found.length > 0 || query.kid === undefined) return found
      if (at.number > startedBefore) {
        // Asked for after the token was there, and still unknown.
        fruitlessAt.set(origin, options.clock())
        return []
      }
      if (isFetchPaused(origin)) return []
      // May join a fetch that CIS2 answered before the key was published: then the next round starts another.
      at = await fetchOnce()
    }
  }

  return {
    find,
    async warm() {
      if (kept === undefined) await fetchOnce()
    },
  }
}
