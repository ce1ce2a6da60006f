/** Sessions in the memory of this process: the same promises as the scripts on Redis, within one process. */
import { BATCH, REASON_KEPT } from '../backend.js'
import type {
  Backend,
  Listed,
  NamedSessions,
  PendingOutcome,
  Place,
  ReadResult,
  SignedIn,
  Settlement,
  SignInRecord,
  SlideTimes,
} from '../backend.js'
import type { KeepsApiToken } from './api-tokens.js'
import { lastOf, slide } from './deadlines.js'
import { endReason } from './end-reason.js'
import { createExpiringMap } from './expiring-map.js'
import type { ExpiringMap } from './expiring-map.js'
import { Indexes } from './indexes.js'
import { keyOf } from './key-of.js'
import { Tombstones } from './tombstones.js'
import type { SessionEndReason } from '../session-end-reason.js'

interface MemorySession {
  /** Idle deadlines, newest last: see the script `read`. */
  deadlines: number[]
  readonly absolute: number
  readonly application: string | undefined
  readonly signedIn: Pick<SignInRecord, 'small' | 'user' | 'tokens' | 'note'> | undefined
  appData: Buffer | undefined
  apiToken: Buffer | undefined
}

export type MemorySessions = Pick<
  Backend,
  | 'read'
  | 'unslide'
  | 'readTokens'
  | 'saveAppData'
  | 'createAnonymous'
  | 'end'
  | 'crossesSlots'
  | 'claimSid'
  | 'signIn'
  | 'forgetGone'
  | 'tagsOfSid'
  | 'namesOfSid'
  | 'namesOfUser'
  | 'endNamed'
  | 'namesListed'
  | 'lookAt'
  | 'hear'
> & { readonly live: (place: Place, now: number) => KeepsApiToken | undefined }

/** What sessions settle with what they do. */
export interface Settle {
  /** Leaves a callback's answer for its duplicates. */
  readonly outcome: (settled: PendingOutcome) => void
  /** Makes a logout token's claim final. */
  readonly claim: (settled: Settlement) => void
}

export function createMemorySessions(clock: () => number, settle: Settle): MemorySessions {
  return new Store(clock, settle).operations()
}

class Store {
  readonly #clock: () => number
  readonly #settle: Settle
  /** Kept past their deadline, so that the reason of their end is known. */
  readonly #sessions: ExpiringMap<MemorySession>
  readonly #tombstones: Tombstones
  readonly #indexes: Indexes

  constructor(clock: () => number, settle: Settle) {
    this.#clock = clock
    this.#settle = settle
    this.#sessions = createExpiringMap(clock)
    this.#tombstones = new Tombstones(clock)
    this.#indexes = new Indexes(clock)
  }

  operations(): MemorySessions {
    // Each runs to its end before another begins: that is what makes them atomic.
    const asynchronous =
      <Args extends unknown[], Result>(operation: (...args: Args) => Result) =>
      (...args: Args): Promise<Result> =>
        new Promise((resolve) => {
          resolve(operation(...args))
        })
    return {
      read: asynchronous((place, times) => this.#read(place, times)),
      unslide: asynchronous((place, granted) => {
        this.#unslide(place, granted)
      }),
      readTokens: asynchronous((place) => this.#live(place, this.#clock())?.signedIn?.tokens),
      saveAppData: asynchronous((place, appData, now) => this.#saveAppData(place, appData, now)),
      createAnonymous: asynchronous((place, appData, times) => this.#createAnonymous(place, appData, times)),
      end: asynchronous((place, reason, now) => this.#retire(place, endReason(reason), now)),
      crossesSlots: () => true,
      claimSid: asynchronous((sidName, tag, lifetime) => this.#indexes.claimSid(sidName, tag, lifetime)),
      signIn: asynchronous((record) => this.#signIn(record)),
      forgetGone: asynchronous((tag, names) => {
        const gone = names.filter((name) => this.#live({ tag, name }, this.#clock()) === undefined)
        for (const name of gone) this.#indexes.remove({ tag, name })
      }),
      tagsOfSid: asynchronous((sidName, bar) => this.#indexes.tagsOfSid(sidName, bar)),
      namesOfSid: asynchronous((tag, which) => this.#indexes.namesOfSid(tag, which)),
      namesOfUser: asynchronous((tag, which) => this.#indexes.namesOfUser(tag, which)),
      endNamed: asynchronous((tag, which, reason, now) => this.#endNamed(tag, which, reason, now)),
      namesListed: asynchronous((tag) => this.#indexes.namesListed(tag)),
      lookAt: asynchronous((tag, names, now) => names.map((name) => this.#lookAt({ tag, name }, now))),
      // One process: whoever watches is told without asking.
      hear: () => Promise.resolve({ newest: 0, names: [] }),
      live: (place, now) => this.#live(place, now),
    }
  }

  #live(place: Place, now: number): MemorySession | undefined {
    const session = this.#sessions.get(keyOf(place))
    return session !== undefined && now < lastOf(session) ? session : undefined
  }

  #read(place: Place, { now, idle, application }: SlideTimes): ReadResult {
    const theirs = this.#sessions.get(keyOf(place))?.application
    if (theirs !== undefined && application !== undefined && theirs !== application)
      return { state: 'none', reason: undefined, note: undefined }
    const session = this.#live(place, now)
    if (session === undefined) {
      if (this.#sessions.get(keyOf(place)) !== undefined) this.#retire(place, undefined, now)
      return this.#tombstones.read(place, now)
    }
    const granted = idle > 0 ? slide(session, Math.min(now + idle, session.absolute)) : 0
    if (granted > 0) this.#sessions.prolong(keyOf(place), granted + REASON_KEPT)
    return {
      state: 'live',
      until: lastOf(session),
      granted,
      absolute: session.absolute,
      small: session.signedIn?.small,
      user: session.signedIn?.user,
      appData: session.appData,
    }
  }

  #unslide(place: Place, granted: number): void {
    const session = this.#sessions.get(keyOf(place))
    const at = session?.deadlines.lastIndexOf(granted) ?? -1
    // The first is settled: see the script.
    if (at > 0) session?.deadlines.splice(at, 1)
  }

  #saveAppData(place: Place, appData: Buffer, now: number): boolean {
    const session = this.#live(place, now)
    if (session !== undefined) session.appData = appData
    return session !== undefined
  }

  #createAnonymous(
    place: Place,
    appData: Buffer,
    { now, idle, absolute, application }: SlideTimes & { absolute: number },
  ): boolean {
    const isTaken = this.#sessions.get(keyOf(place))?.signedIn !== undefined
    if (isTaken || this.#tombstones.has(place)) return false
    if (this.#saveAppData(place, appData, now)) return true
    const until = Math.min(now + idle, absolute)
    this.#sessions.set(
      keyOf(place),
      { deadlines: [until], absolute, application, signedIn: undefined, appData, apiToken: undefined },
      until + REASON_KEPT,
    )
    return true
  }

  #retire(
    place: Place,
    reason: SessionEndReason | undefined,
    now: number,
  ): { ended: boolean; note: Buffer | undefined } {
    const key = keyOf(place)
    const session = this.#sessions.get(key)
    const note = session?.signedIn?.note
    const ends = session === undefined ? now : lastOf(session)
    const ended = session !== undefined && now < ends
    this.#sessions.delete(key)
    this.#indexes.remove(place)
    // A session that is over already keeps the reason it has.
    if (session === undefined && this.#tombstones.has(place)) return { ended, note: undefined }
    const last =
      session === undefined || ended
        ? { reason, at: now }
        : { reason: ends >= session.absolute ? ('absolute' as const) : ('idle' as const), at: ends }
    this.#tombstones.set(place, { ...last, note })
    return { ended, note }
  }

  #signIn(record: SignInRecord): SignedIn | undefined {
    const { place, application, until, absolute, sidName, claimSidFor } = record
    if (this.#indexes.bars(record)) return undefined
    if (this.#sessions.get(keyOf(place)) !== undefined || this.#tombstones.has(place)) return undefined
    if (sidName !== undefined && claimSidFor !== undefined) {
      if (!this.#indexes.claimSid(sidName, place.tag, claimSidFor)) return undefined
    }
    this.#indexes.add(record)
    const older = this.#indexes.namesOfUser(place.tag, { upTo: record.oldestAuthTime - 1 })
    this.#sessions.set(
      keyOf(place),
      { deadlines: [until], absolute, application, signedIn: record, appData: record.appData, apiToken: undefined },
      until + REASON_KEPT,
    )
    if (record.outcome !== undefined) this.#settle.outcome(record.outcome)
    const names = record.alone ? this.#indexes.namesOfUser(place.tag, {}) : []
    return { others: names.filter((name) => name !== place.name), more: names.length === BATCH, older }
  }

  #lookAt(place: Place, now: number): Listed | undefined {
    const session = this.#live(place, now)
    if (session === undefined) return undefined
    return { until: lastOf(session), absolute: session.absolute, note: session.signedIn?.note }
  }

  #endNamed(tag: string, { names, sidName, settle }: NamedSessions, reason: string, now: number): Buffer[] {
    const notes = names.flatMap((name) => {
      const { ended, note } = this.#retire({ tag, name }, endReason(reason), now)
      if (sidName !== undefined) this.#indexes.removeOfSid({ tag, name }, sidName)
      return ended ? [note ?? Buffer.alloc(0)] : []
    })
    if (settle !== undefined) this.#settle.claim(settle)
    return notes
  }
}
