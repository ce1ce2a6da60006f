/** What is kept of sessions that have ended: why, and for whom nobody has been told yet. */
import { REASON_KEPT } from '../backend.js'
import type { Place, ReadResult } from '../backend.js'
import type { SessionEndReason } from '../session-end-reason.js'
import { createExpiringMap } from './expiring-map.js'
import type { ExpiringMap } from './expiring-map.js'
import { keyOf } from './key-of.js'

interface Tombstone {
  readonly reason: SessionEndReason | undefined
  readonly at: number
  readonly note: Buffer | undefined
  reported: boolean
}

export class Tombstones {
  readonly #all: ExpiringMap<Tombstone>

  constructor(clock: () => number) {
    this.#all = createExpiringMap(clock)
  }

  /** Whether a session has ended there: nothing may be made in its place. */
  has(place: Place): boolean {
    return this.#all.get(keyOf(place)) !== undefined
  }

  /** What a read finds in place of the session; its note once, for an end that nobody has reported yet. */
  read(place: Place, now: number): ReadResult {
    const tombstone = this.#all.get(keyOf(place))
    const reason = tombstone !== undefined && now < tombstone.at + REASON_KEPT ? tombstone.reason : undefined
    if (tombstone?.reason !== 'absolute' || tombstone.reported) return { state: 'none', reason, note: undefined }
    tombstone.reported = true
    return { state: 'none', reason, note: tombstone.note }
  }

  set(place: Place, ended: Omit<Tombstone, 'reported'>): void {
    this.#all.set(keyOf(place), { ...ended, reported: false }, ended.at + REASON_KEPT)
  }
}
