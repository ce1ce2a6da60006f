/** Sessions in the memory of this process: the same promises as the scripts on Redis, within one process. */
import { BATCH, MOST_DEADLINES, MOST_LISTED, REASON_KEPT, SETTLED_AFTER } from '../backend.js'
import type {
  Backend,
  Listed,
  NamedSessions,
  PendingOutcome,
  Place,
  ReadResult,
  SignedIn,
  SessionsOfUser,
  Settlement,
  SignInRecord,
  SlideTimes,
} from '../backend.js'
import type { KeepsApiToken } from './api-tokens.js'
import { createExpiringMap } from './expiring-map.js'
import type { ExpiringMap } from './expiring-map.js'
import type { SessionEndReason } from '../session-end-reason.js'

interface MemorySession {
  /** Idle deadlines, newest last: see the script `read`. */
  deadlines: number[]
  readonly absolute: number
  readonly signedIn: Pick<SignInRecord, 'small' | 'user' | 'tokens' | 'note'> | undefined
  appData: Buffer | undefined
  apiToken: Buffer | undefined
}

interface Epitaph {
  readonly reason: SessionEndReason | undefined
  readonly at: number
  readonly note: Buffer | undefined
  reported: boolean
}

export type MemorySessions = Pick<
  Backend,
  | 'read'
  | 'unslide'
  | 'readTokens'
  | 'saveAppData'
  | 'createAnonymous'
  | 'end'
  | 'oneServer'
  | 'claimSid'
  | 'signIn'
  | 'tagsOfSid'
  | 'namesOfSid'
  | 'namesOfUser'
  | 'endNamed'
  | 'namesListed'
  | 'lookAt'
  | 'hear'
> & {
  readonly barSid: (sidName: string, until: number) => readonly string[]
  readonly live: (place: Place, now: number) => KeepsApiToken | undefined
}

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
  readonly #epitaphs: ExpiringMap<Epitaph>
  readonly #users: ExpiringMap<Map<string, number>>
  readonly #sids: ExpiringMap<Set<string>>
  readonly #pointers: ExpiringMap<{ barred: boolean; tags: Set<string> }>
  readonly #barredSids: ExpiringMap<true>
  readonly #barredUsers: ExpiringMap<number>

  constructor(clock: () => number, settle: Settle) {
    this.#clock = clock
    this.#settle = settle
    this.#sessions = createExpiringMap(clock)
    this.#epitaphs = createExpiringMap(clock)
    this.#users = createExpiringMap(clock)
    this.#sids = createExpiringMap(clock)
    this.#pointers = createExpiringMap(clock)
    this.#barredSids = createExpiringMap(clock)
    this.#barredUsers = createExpiringMap(clock)
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
      oneServer: () => true,
      claimSid: asynchronous((sidName, tag, lifetime) => this.#claimSid(sidName, tag, lifetime)),
      signIn: asynchronous((record) => this.#signIn(record)),
      tagsOfSid: asynchronous((sidName) => [...(this.#pointers.get(sidName)?.tags ?? [])]),
      namesOfSid: asynchronous((tag, sidName, bar) => this.#namesOfSid(tag, sidName, bar)),
      namesOfUser: asynchronous((tag, which) => this.#namesOfUser(tag, which)),
      endNamed: asynchronous((tag, which, reason, now) => this.#endNamed(tag, which, reason, now)),
      namesListed: asynchronous((tag) => this.#namesListed(tag)),
      lookAt: asynchronous((tag, names, now) => names.map((name) => this.#lookAt({ tag, name }, now))),
      // One process: whoever watches is told without asking.
      hear: () => Promise.resolve({ newest: 0, names: [] }),
      barSid: (sidName, until) => this.#barSid(sidName, until),
      live: (place, now) => this.#live(place, now),
    }
  }

  #live(place: Place, now: number): MemorySession | undefined {
    const session = this.#sessions.get(keyOf(place))
    return session !== undefined && now < lastOf(session) ? session : undefined
  }

  #read(place: Place, { now, idle }: SlideTimes): ReadResult {
    const session = this.#live(place, now)
    if (session === undefined) {
      if (this.#sessions.get(keyOf(place)) !== undefined) this.#retire(place, undefined, now)
      return this.#epitaphOf(place, now)
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

  #epitaphOf(place: Place, now: number): ReadResult {
    const epitaph = this.#epitaphs.get(keyOf(place))
    const reason = epitaph !== undefined && now < epitaph.at + REASON_KEPT ? epitaph.reason : undefined
    if (epitaph?.reason !== 'absolute' || epitaph.reported) return { state: 'none', reason, note: undefined }
    epitaph.reported = true
    return { state: 'none', reason, note: epitaph.note }
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

  #createAnonymous(place: Place, appData: Buffer, { now, idle, absolute }: SlideTimes & { absolute: number }): boolean {
    if (this.#epitaphs.get(keyOf(place)) !== undefined) return false
    if (this.#saveAppData(place, appData, now)) return true
    const until = Math.min(now + idle, absolute)
    this.#sessions.set(
      keyOf(place),
      { deadlines: [until], absolute, signedIn: undefined, appData, apiToken: undefined },
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
    this.#users.get(place.tag)?.delete(place.name)
    // A session that is over already keeps the reason it has.
    if (session === undefined && this.#epitaphs.get(key) !== undefined) return { ended, note: undefined }
    const epitaph =
      session === undefined || ended
        ? { reason, at: now }
        : { reason: ends >= session.absolute ? ('absolute' as const) : ('idle' as const), at: ends }
    this.#epitaphs.set(key, { ...epitaph, note, reported: false }, epitaph.at + REASON_KEPT)
    return { ended, note }
  }

  #claimSid(sidName: string, tag: string, lifetime: number): boolean {
    const pointer = this.#pointers.ensure(sidName, newPointer, this.#clock() + lifetime)
    if (!pointer.barred) pointer.tags.add(tag)
    return !pointer.barred
  }

  #barSid(sidName: string, until: number): readonly string[] {
    const pointer = this.#pointers.ensure(sidName, newPointer, until)
    pointer.barred = true
    return [...pointer.tags]
  }

  #signIn(record: SignInRecord): SignedIn | undefined {
    const { place, until, absolute, sidName, claimSidFor } = record
    if (sidName !== undefined && this.#barredSids.get(`${place.tag}:${sidName}`) !== undefined) return undefined
    if (record.authTime < (this.#barredUsers.get(place.tag) ?? 0)) return undefined
    if (this.#sessions.get(keyOf(place)) !== undefined || this.#epitaphs.get(keyOf(place)) !== undefined)
      return undefined
    if (sidName !== undefined && claimSidFor !== undefined && !this.#claimSid(sidName, place.tag, claimSidFor))
      return undefined
    const sessions = this.#users.ensure(place.tag, () => new Map<string, number>(), absolute)
    for (const [name, authTime] of sessions) if (authTime < record.oldestAuthTime) sessions.delete(name)
    sessions.set(place.name, record.authTime)
    if (sidName !== undefined) {
      this.#sids.ensure(`${place.tag}:${sidName}`, () => new Set<string>(), absolute).add(place.name)
    }
    this.#sessions.set(
      keyOf(place),
      { deadlines: [until], absolute, signedIn: record, appData: record.appData, apiToken: undefined },
      until + REASON_KEPT,
    )
    if (record.outcome !== undefined) this.#settle.outcome(record.outcome)
    const others = record.alone ? [...sessions.keys()].slice(0, BATCH) : []
    return { others: others.filter((name) => name !== place.name), more: others.length === BATCH }
  }

  #namesOfSid(tag: string, sidName: string, bar: number): string[] {
    const key = `${tag}:${sidName}`
    if (bar > 0) this.#barredSids.set(key, true, this.#clock() + bar)
    return [...(this.#sids.get(key) ?? [])].slice(0, BATCH)
  }

  #namesOfUser(tag: string, { upTo = Infinity, bar = 0 }: SessionsOfUser): string[] {
    if (bar > 0) {
      this.#barredUsers.set(tag, Math.max(upTo, this.#barredUsers.get(tag) ?? 0), this.#clock() + bar)
    }
    const upToThen = [...(this.#users.get(tag) ?? [])].filter(([, authTime]) => authTime <= upTo)
    return upToThen.slice(0, BATCH).map(([name]) => name)
  }

  #namesListed(tag: string): string[] {
    const newestFirst = [...(this.#users.get(tag) ?? [])].sort(([, one], [, other]) => other - one)
    return newestFirst.slice(0, MOST_LISTED).map(([name]) => name)
  }

  #lookAt(place: Place, now: number): Listed | undefined {
    const session = this.#live(place, now)
    if (session === undefined) return undefined
    return { until: lastOf(session), absolute: session.absolute, note: session.signedIn?.note }
  }

  #endNamed(tag: string, { names, sidName, settle }: NamedSessions, reason: string, now: number): Buffer[] {
    const notes = names.flatMap((name) => {
      const { ended, note } = this.#retire({ tag, name }, endReason(reason), now)
      if (sidName !== undefined) this.#sids.get(`${tag}:${sidName}`)?.delete(name)
      return ended ? [note ?? Buffer.alloc(0)] : []
    })
    if (settle !== undefined) this.#settle.claim(settle)
    return notes
  }
}

function newPointer(): { barred: boolean; tags: Set<string> } {
  return { barred: false, tags: new Set() }
}

function keyOf({ tag, name }: Place): string {
  return `${tag}:${name}`
}

function lastOf(session: MemorySession): number {
  return session.deadlines.at(-1) ?? 0
}

function slide(session: MemorySession, wanted: number): number {
  if (wanted < lastOf(session)) return 0
  const settled = session.deadlines.filter((deadline) => deadline <= wanted - SETTLED_AFTER).at(-1)
  const recent = session.deadlines.filter((deadline) => deadline > wanted - SETTLED_AFTER)
  const kept = settled === undefined ? recent : [settled, ...recent]
  if (kept.length >= MOST_DEADLINES) kept.splice(1, 1)
  session.deadlines = [...kept, wanted]
  return wanted
}

function endReason(reason: string): SessionEndReason | undefined {
  return reason === 'unreadable' ? undefined : (reason as SessionEndReason)
}
