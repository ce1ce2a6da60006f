/** Whose sessions there are, and who may not sign in, in the memory of this process: what a logout goes by. */
import { BATCH, MOST_LISTED } from '../backend.js'
import type { Place, SessionsOfSid, SessionsOfUser, SignInRecord } from '../backend.js'
import { createExpiringMap } from './expiring-map.js'
import type { ExpiringMap } from './expiring-map.js'
import { keyOf } from './key-of.js'

/** Names of sessions, by their `auth_time`. */
type ByAuthTime = Map<string, number>

export class Indexes {
  readonly #clock: () => number
  readonly #users: ExpiringMap<ByAuthTime>
  readonly #sids: ExpiringMap<Set<string>>
  readonly #withoutSid: ExpiringMap<ByAuthTime>
  readonly #pointers: ExpiringMap<{ barred: boolean; tags: Set<string> }>
  readonly #barredSids: ExpiringMap<true>
  readonly #barredUsers: ExpiringMap<number>
  readonly #barredWithoutSid: ExpiringMap<number>

  constructor(clock: () => number) {
    this.#clock = clock
    this.#users = createExpiringMap(clock)
    this.#sids = createExpiringMap(clock)
    this.#withoutSid = createExpiringMap(clock)
    this.#pointers = createExpiringMap(clock)
    this.#barredSids = createExpiringMap(clock)
    this.#barredUsers = createExpiringMap(clock)
    this.#barredWithoutSid = createExpiringMap(clock)
  }

  /** Whether a logout stands against a sign-in. */
  bars({ place: { tag }, sidName, authTime }: SignInRecord): boolean {
    if (authTime < (this.#barredUsers.get(tag) ?? 0)) return true
    if (sidName === undefined) return authTime < (this.#barredWithoutSid.get(tag) ?? 0)
    return this.#barredSids.get(keyOf({ tag, name: sidName })) !== undefined
  }

  add({ place: { tag, name }, sidName, authTime, absolute }: SignInRecord): void {
    this.#users.ensure(tag, newByAuthTime, absolute).set(name, authTime)
    if (sidName === undefined) this.#withoutSid.ensure(tag, newByAuthTime, absolute).set(name, authTime)
    else this.#sids.ensure(keyOf({ tag, name: sidName }), () => new Set<string>(), absolute).add(name)
  }

  /** Out of the user's; the others may name what has ended. */
  remove({ tag, name }: Place): void {
    this.#users.get(tag)?.delete(name)
  }

  removeOfSid({ tag, name }: Place, sidName: string): void {
    this.#sids.get(keyOf({ tag, name: sidName }))?.delete(name)
    this.#withoutSid.get(tag)?.delete(name)
  }

  claimSid(sidName: string, tag: string, lifetime: number): boolean {
    const pointer = this.#pointers.ensure(sidName, newPointer, this.#clock() + lifetime)
    if (!pointer.barred) pointer.tags.add(tag)
    return !pointer.barred
  }

  tagsOfSid(sidName: string, bar: number): readonly string[] {
    const pointer = this.#pointers.ensure(sidName, newPointer, this.#clock() + bar)
    pointer.barred = true
    return [...pointer.tags]
  }

  namesOfSid(tag: string, { sidName, bar, withoutSidUpTo }: SessionsOfSid): string[] {
    const key = keyOf({ tag, name: sidName })
    if (bar > 0) this.#barredSids.set(key, true, this.#clock() + bar)
    const names = [...(this.#sids.get(key) ?? [])]
    if (withoutSidUpTo !== undefined) {
      this.#barUpTo(this.#barredWithoutSid, tag, withoutSidUpTo, bar)
      names.push(...namesUpTo(this.#withoutSid.get(tag), withoutSidUpTo))
    }
    return names.slice(0, BATCH)
  }

  namesOfUser(tag: string, { upTo = Infinity, bar = 0 }: SessionsOfUser): string[] {
    this.#barUpTo(this.#barredUsers, tag, upTo, bar)
    return namesUpTo(this.#users.get(tag), upTo).slice(0, BATCH)
  }

  namesListed(tag: string): string[] {
    const newestFirst = [...(this.#users.get(tag) ?? [])].sort(([, one], [, other]) => other - one)
    return newestFirst.slice(0, MOST_LISTED).map(([name]) => name)
  }

  /** Never lowers a bar. */
  #barUpTo(bars: ExpiringMap<number>, tag: string, authTime: number, bar: number): void {
    if (bar > 0) bars.set(tag, Math.max(authTime, bars.get(tag) ?? 0), this.#clock() + bar)
  }
}

function namesUpTo(names: ByAuthTime | undefined, upTo: number): string[] {
  return [...(names ?? [])].filter(([, authTime]) => authTime <= upTo).map(([name]) => name)
}

function newByAuthTime(): ByAuthTime {
  return new Map()
}

function newPointer(): { barred: boolean; tags: Set<string> } {
  return { barred: false, tags: new Set() }
}
