/** What the session layer asks of a store. Redis and memory do the same; each operation is atomic. */
import type { PartHealth } from '../health.js'
import type { ApiTokenStore } from './api-token-store.js'
import type { Place } from './place.js'
import type { SessionEndReason } from './session-end-reason.js'

export type { Place } from './place.js'

/** Times of one operation, in epoch milliseconds and milliseconds. */
export interface SlideTimes {
  readonly now: number
  /** How long a session lives after a read that slides; 0 for a read that does not. */
  readonly idle: number
  /** Which application asks: another's session is none. Left out: whoever it belongs to. */
  readonly application?: string
}

/** Result of reading a session. */
export type ReadResult =
  | {
      readonly state: 'live'
      /** When the session ends if nobody comes, in epoch milliseconds. */
      readonly until: number
      /** What this read granted, to be given back by `unslide`; 0: nothing. */
      readonly granted: number
      readonly absolute: number
      readonly small: Buffer | undefined
      readonly user: Buffer | undefined
      readonly appData: Buffer | undefined
    }
  /** Not there, or over. `note` comes once, for an end that nobody has reported yet. */
  | { readonly state: 'none'; readonly reason: SessionEndReason | undefined; readonly note: Buffer | undefined }
  /** Of a format that a newer release has written: it may live there, and was left as it is. */
  | { readonly state: 'newer' }
  /** Something else lies in its place. It was removed. */
  | { readonly state: 'foreign'; readonly note: Buffer | undefined }

/** A session to be made. The fields are sealed. */
export interface SignInRecord {
  readonly place: Place
  /** Which application it is to be for. */
  readonly application?: string
  readonly now: number
  /** First idle deadline and last moment, in epoch milliseconds. */
  readonly until: number
  readonly absolute: number
  readonly small: Buffer
  readonly user: Buffer
  readonly tokens: Buffer
  readonly appData: Buffer | undefined
  /** Who and which CIS2 session, for the audit stream. */
  readonly note: Buffer
  readonly sidName: string | undefined
  /** Claims the `sid` in the same step, for so long (milliseconds); left out when `claimSid` has done it. */
  readonly claimSidFor?: number
  /** `auth_time`, in epoch seconds. */
  readonly authTime: number
  /** Asks for the user's other sessions, which are to end once this one is confirmed. */
  readonly alone: boolean
  /** Sign-ins before this `auth_time` have most likely no session any more. */
  readonly oldestAuthTime: number
  /** Left for duplicates of the callback, as by `settlePending`, once the session is confirmed; only where `crossesSlots`. */
  readonly outcome?: PendingOutcome
}

/** What a first callback answers, sealed, and the sign-in under way that it is about. */
export interface PendingOutcome {
  readonly slot: string
  readonly outcome: Buffer
}

export interface SignedIn {
  /** Names of the user's other sessions, for a sign-in that is to be alone, and whether there may be more. */
  readonly others: readonly string[]
  readonly more: boolean
  /** Names in the user's index from before `oldestAuthTime`, some at a time: for `forgetGone`. */
  readonly older: readonly string[]
}

/** A claim to be made final, for so many milliseconds. */
export interface Settlement {
  readonly claim: LogoutClaim
  readonly lifetime: number
}

export type Claimed =
  | { readonly claim: 'mine'; readonly tags: readonly string[] }
  | { readonly claim: 'done' }
  /** Another attempt is under way. */
  | { readonly claim: 'pending' }

/** One logout token's place, and the mark of this attempt. */
export interface LogoutClaim {
  /** The name of the `sid`, or the tag of the `sub`. */
  readonly slot: string
  readonly tokenName: string
  readonly attempt: string
}

export type TakenRecord =
  | { readonly found: 'record'; readonly record: Buffer; readonly appData: Buffer | undefined }
  | { readonly found: 'outcome'; readonly outcome: Buffer }
  | { readonly found: 'running' | 'nothing' }

/** `'mine'`: this caller, and no other, has it. */
export type TakenMark = Exclude<TakenRecord, { found: 'record' }> | { readonly found: 'mine' }

/** Every operation rejects with `StoreUnavailableError` when it is not known to have been done. */
export interface Backend extends ApiTokenStore {
  read(place: Place, times: SlideTimes): Promise<ReadResult>
  /** Takes back one `granted` of `read`; later grants stay. */
  unslide(place: Place, granted: number, now: number): Promise<void>
  readTokens(place: Place): Promise<Buffer | undefined>
  /** Writes into a session that lives; false when there is none (any more). */
  saveAppData(place: Place, appData: Buffer, now: number): Promise<boolean>
  /** Makes an anonymous session; false where one of that name has ended, or somebody is signed in. */
  createAnonymous(place: Place, appData: Buffer, times: SlideTimes & { absolute: number }): Promise<boolean>
  /** Ends one session; whether it was alive. */
  end(
    place: Place,
    reason: string,
    now: number,
  ): Promise<{ readonly ended: boolean; readonly note: Buffer | undefined }>

  /** Whether one operation can touch keys of any slot, so that `signIn` can do all of it. Not on a Cluster. */
  crossesSlots(): boolean
  /** Writes down whose a `sid` is; false when that `sid` was logged out. */
  claimSid(sidName: string, tag: string, lifetime: number): Promise<boolean>
  /** Undefined when a logout for it has arrived. */
  signIn(record: SignInRecord): Promise<SignedIn | undefined>

  /** Takes names out of a user's index whose sessions are gone. */
  forgetGone(tag: string, names: readonly string[]): Promise<void>

  /** Whose sessions a `sid` may be; sign-ins of it are refused for `bar` milliseconds. */
  tagsOfSid(sidName: string, bar: number): Promise<readonly string[]>
  /** Claims a logout token by `sid`, bars that `sid`, and says whose sessions it may be. */
  claimSidLogout(claim: LogoutClaim, lifetime: number): Promise<Claimed>
  /** Claims a logout token by `sub`. */
  claimSubLogout(claim: LogoutClaim): Promise<Claimed>
  /** Makes a claim final. */
  settleClaim(claim: LogoutClaim, lifetime: number): Promise<void>
  /** Gives a claim back, so that the token can be sent again. */
  dropClaim(claim: LogoutClaim): Promise<void>
  /** Names sessions of a `sid`, at most a batch. */
  namesOfSid(tag: string, which: SessionsOfSid): Promise<readonly string[]>
  /** Names sessions of a user, at most a batch. */
  namesOfUser(tag: string, which: SessionsOfUser): Promise<readonly string[]>
  /** Ends sessions of a user that were named, and takes them out of the indexes; a note for each that was alive. */
  endNamed(tag: string, which: NamedSessions, reason: string, now: number): Promise<readonly Buffer[]>

  /** Names sessions of a user, newest sign-in first, at most `MOST_LISTED`; some may be over. Changes nothing. */
  namesListed(tag: string): Promise<readonly string[]>
  /** Looks at sessions of a user without sliding them; undefined for one that is over, or is nobody's. */
  lookAt(tag: string, names: readonly string[], now: number): Promise<readonly (Listed | undefined)[]>

  /**
   * What has ended since, and from then on is told of: names of sessions, whosever they are. One operation, whatever the
   * number of sessions watched.
   */
  hear(since: number): Promise<Heard>

  rememberPending(slot: string, record: Buffer, appData: Buffer | undefined): Promise<void>
  forgetPending(slots: readonly string[]): Promise<void>
  takePending(slot: string): Promise<TakenRecord>
  /** The same for a sign-in that its browser carries: a mark in its place, which outlives it, says that it was taken. */
  takeCarried(slot: string): Promise<TakenMark>
  settlePending(settled: PendingOutcome): Promise<void>

  /** Rejects with the reason when the store is not fit for use. */
  ready(): Promise<void>
  health(): PartHealth
  close(): Promise<void>
}

export interface SessionsOfSid {
  readonly sidName: string
  /** Refuses sign-ins under way, for so many milliseconds; 0: does not. */
  readonly bar: number
  /**
   * Also those of the user that have no `sid`, and whose `auth_time` is not after this, in epoch seconds: which CIS2
   * session they belong to nobody knows, so it may be this one.
   */
  readonly withoutSidUpTo?: number | undefined
}

export interface SessionsOfUser {
  /** Only sessions whose `auth_time` is not after this, in epoch seconds. */
  readonly upTo?: number
  /** Also refuses sign-ins with such an `auth_time`, for so many milliseconds. */
  readonly bar?: number
}

/** Endings heard of. */
export interface Heard {
  /** The number of the newest, for the next time. */
  readonly newest: number
  readonly names: readonly string[]
}

/** A live session, seen from outside. */
export interface Listed {
  /** When it ends if nobody comes, and at the latest, in epoch milliseconds. */
  readonly until: number
  readonly absolute: number
  readonly note: Buffer | undefined
}

export interface NamedSessions {
  readonly names: readonly string[]
  /** Where they were found by one, or for having none. */
  readonly sidName?: string
  /** Makes the claim of the logout token that asks for it final, in the same step; only where `crossesSlots`, or in one slot. */
  readonly settle?: Settlement
}

/** How long the reason of an ended session is kept, in milliseconds. */
export const REASON_KEPT = 600_000
/** A logout token's claim that nobody finished is free again after this, in milliseconds. */
export const CLAIM_PENDING = 2_500
/** A pending sign-in lives this long, in milliseconds. */
export const PENDING_LIFETIME = 600_000
/** What was taken of a browser's own is remembered this long: its time, and a minute for clocks that differ. In milliseconds. */
export const CARRIED_REMEMBERED = PENDING_LIFETIME + 60_000
/** A duplicate callback may wait for the first while this mark stands, in milliseconds. */
export const RUNNING_LIFETIME = 15_000
/** The first callback's answer is kept for duplicates this long, in milliseconds. */
export const OUTCOME_LIFETIME = 60_000
/** Sessions named, and ended, by one operation: few enough that no script holds the store up for more than a few milliseconds. */
export const BATCH = 200
/** Sessions of one user that are listed: more than anybody has devices. */
export const MOST_LISTED = 1_000
/** A deadline older than this is settled: nobody takes it back any more. In milliseconds. */
export const SETTLED_AFTER = 5_000
/** Deadlines that one session keeps: one that is settled, and those that may be taken back. */
export const MOST_DEADLINES = 32
