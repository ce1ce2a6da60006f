/** What the routes and the guard need of the session layer; Redis and memory keep the same promises. */
import type { IncomingMessage, ServerResponse } from 'node:http'

import type { AccessSubject } from '../cis2/access-subject.js'
import type { SignInTokens } from '../cis2/tokens.js'
import type { Cis2User } from '../cis2/user.js'
import type { PartHealth } from '../health.js'
import type { ApiTokenSlot } from './api-token-slot.js'
import type { Place } from './backend.js'
import type { Duplicates } from './pending/duplicates.js'
import type { SignInState } from './pending/sign-in-state.js'
import type { Cis2SessionInfo } from './session-info.js'
import type { SessionEndReason } from './session-end-reason.js'
import type { CallbackAnswer, SignInOutcome } from './sign-in-outcome.js'

export type { SignInState } from './pending/sign-in-state.js'
export type { CallbackAnswer, SignInOutcome } from './sign-in-outcome.js'

/** A signed-in session of the request at hand. All times are epoch seconds. */
export interface SignedInSession {
  /** What the guard reads: small. One object for as long as the store's records of the session, `user()` too, are the same. */
  readonly subject: AccessSubject
  /** CIS2's session id. */
  readonly sid: string | undefined
  readonly signedInAt: number
  readonly idleExpiresAt: number
  readonly absoluteExpiresAt: number
  /**
   * The whole user; opened on first use, then kept for the request.
   * Throws `SessionUnreadableError` when the record is damaged; the session is then removed and reported.
   */
  user(): Cis2User
  /** Asks the store. Rejects with `StoreUnavailableError`. */
  tokens(): Promise<SignInTokens | undefined>
  /** Where its token for NHS APIs is kept. */
  apiToken(): ApiTokenSlot
}

/** What became of loading a request's session. */
export type Loaded =
  | { readonly store: 'ok'; readonly session: SignedInSession | undefined }
  | { readonly store: 'unavailable'; readonly session: undefined; readonly error: Error }

/** A sign-in under way: what is remembered between `/login` and `/callback`. */
export interface PendingSignIn {
  readonly nonce: string
  readonly codeVerifier: string | undefined
  /** Public path on the origin. */
  readonly returnTo: string
  readonly purpose: 'sign-in' | 'step-up' | 'change-role'
  /** Level this sign-in must reach. */
  readonly aal: 1 | 2 | 3
  /** Greatest age of `auth_time` that this sign-in accepts, in seconds. */
  readonly maxAuthAgeSeconds: number
  /** Who was signed in when it started. */
  readonly expectedSub: string | undefined
  /** Whether an expired sign-in was restarted automatically once already. */
  readonly restarted: boolean
}

/** The callback that goes on with a sign-in; every other is a duplicate of it. */
export interface FirstCallback {
  readonly found: 'pending'
  readonly pending: PendingSignIn
  /** The application's `req.session` data of the session that the sign-in started from. */
  readonly appData: Record<string, unknown> | undefined
  /** The place of that session. */
  readonly startedFrom: Place | undefined
  /** Told by `start` and `settleSignIn`. */
  readonly duplicates: Duplicates
}

export type TakenSignIn =
  /** This caller, and no other, goes on. */
  | FirstCallback
  /** The same browser's earlier callback is being answered: `wait`, at most five seconds, and be told the same. */
  | { readonly found: 'running'; readonly wait: () => Promise<TakenSignIn> }
  /** The same browser's earlier callback is done. */
  | { readonly found: 'outcome'; readonly outcome: SignInOutcome }
  /** Never was, expired, taken long ago, or another browser's. */
  | { readonly found: 'nothing' }

export interface NewSession {
  readonly user: Cis2User
  /** The same as `recordOfUser` writes it, where that has been done already. */
  readonly userText?: string
  readonly subject: AccessSubject
  readonly sid: string | undefined
  readonly tokens: SignInTokens
  /** Application data to carry over when the user is the same: see `carryOver`. */
  readonly appData: Record<string, unknown> | undefined
  /** What the application's own step wants in `req.session`, over what is carried along. */
  readonly hookData?: Record<string, unknown> | undefined
  /** The place of the session that the sign-in began from, whose data those are. */
  readonly startedFrom?: Place | undefined
  /** The callback that this completes, and how it will be answered: its duplicates are told with the session. */
  readonly completes?: { readonly callback: FirstCallback; readonly answer: CallbackAnswer }
}

/** What a verified logout token names. */
export interface LogoutTokenUse {
  readonly sid: string | undefined
  readonly sub: string | undefined
  /** Epoch seconds. */
  readonly issuedAt: number
  readonly tokenId: string
}

export interface SessionStatus {
  readonly signedIn: boolean
  /** Epoch seconds. */
  readonly idleExpiresAt?: number
  readonly absoluteExpiresAt?: number
  readonly reason?: SessionEndReason
}

/** Fires when the session is over, with a `SessionEndedError`; `release` when nobody cares any more. */
export interface WatchedSession {
  readonly signal: AbortSignal
  readonly release: () => void
}

export interface AttendedSession {
  readonly session: SignedInSession
  readonly watch: () => WatchedSession
}

export interface Sessions {
  /**
   * Loads `req.session` (express-session over connect-redis) and who is signed in: one round trip with a
   * session cookie, none without. Never rejects for a store that is down: that is `store: 'unavailable'`, and
   * reading `req.session` then throws `StoreUnavailableError`.
   * @param passive - Whether this read leaves the idle time as it is.
   */
  load(req: IncomingMessage, res: ServerResponse, passive: boolean): Promise<Loaded>

  /**
   * Who is signed in, for a request without an answer of ours (an upgrade). Slides the session unless passive. Rejects with
   * `StoreUnavailableError`.
   */
  attend(req: IncomingMessage, passive: boolean): Promise<AttendedSession | undefined>

  /** Watches the session of a loaded request; undefined when nobody is signed in. */
  watch(req: IncomingMessage): WatchedSession | undefined

  /** Whether there is nothing to load: the browser sent no session's cookie. False where `load` would refuse. */
  isStranger(req: IncomingMessage): boolean

  /** Gives back the idle time that `load` granted to this request, unless another request has slid it since. */
  unslide(req: IncomingMessage): Promise<void>

  /**
   * Takes the session off the request, what the application changed in it saved and the idle time given back, so that
   * another instance's can take its place. False, and nothing done, when something has wrapped the response since.
   * Rejects with `StoreUnavailableError`.
   */
  leave(req: IncomingMessage, res: ServerResponse): Promise<boolean>

  /**
   * Signs in: a new session id, records and index in place and (as configured) confirmed by a replica, the
   * request's old session ended as `replaced`, `req.session` pointing to the new one; the cookie goes out with the answer.
   * Live application data of the same user is carried over; of another user it is dropped.
   * Rejects with `SignInRefusedError('signed-out')` when a back-channel logout for it has arrived, and with
   * `StoreUnavailableError`; then no cookie is set and the old session is as it was.
   */
  start(req: IncomingMessage, res: ServerResponse, session: NewSession): Promise<SignedInSession>

  /**
   * Ends the request's session, signed in or not, and clears its cookie (also when it rejects).
   * Rejects with `StoreUnavailableError` when the store did not confirm. Idempotent.
   */
  end(req: IncomingMessage, res: ServerResponse, reason: SessionEndReason): Promise<void>

  /** Ends every session of a user, or of one CIS2 session; returns how many. Rejects with `StoreUnavailableError`. */
  endAll(which: { readonly sub: string } | { readonly sid: string }, reason: SessionEndReason): Promise<number>

  /** The live sessions of a user, newest first; the request's own is marked. Rejects with `StoreUnavailableError`. */
  list(sub: string, req?: IncomingMessage): Promise<Cis2SessionInfo[]>

  /** Ends one session of a list by its id; how many (0 or 1) were alive. Rejects with `StoreUnavailableError`. */
  endListed(which: { readonly sub: string; readonly id: string }, reason: SessionEndReason): Promise<number>

  /**
   * Carries out a verified logout token, once. `'replayed'`: it was used before, nothing done.
   * Rejects with `StoreUnavailableError`; the token may then be sent again.
   */
  endByLogoutToken(token: LogoutTokenUse): Promise<'done' | 'replayed'>

  /** Takes the place of `load`. Rejects with `StoreUnavailableError`. */
  status(req: IncomingMessage, res: ServerResponse, extend: boolean): Promise<SessionStatus>

  /**
   * Remembers a sign-in under way and sets its cookie; drops this browser's oldest beyond five. Returns the `state` to
   * send. Of a flood of them the store keeps some, the others are sealed in their cookie.
   */
  rememberSignIn(
    req: IncomingMessage,
    res: ServerResponse,
    pending: PendingSignIn,
    appData: Record<string, unknown> | undefined,
  ): Promise<SignInState>

  /** What a `state` says by itself, without the store; undefined when it is none of ours. */
  readState(text: string): SignInState | undefined

  /**
   * Takes a pending sign-in out, once. Clears the cookie.
   * @param admit - Called before the store is asked, once this browser is known to have begun the sign-in; what it
   * rejects with is handed on, and the sign-in stays under way.
   */
  takeSignIn(
    req: IncomingMessage,
    res: ServerResponse,
    state: SignInState,
    admit?: () => Promise<void>,
  ): Promise<TakenSignIn>

  /** Tells duplicates how the first callback was answered, unless `start` has told them just that. Never rejects. */
  settleSignIn(res: ServerResponse, first: FirstCallback, answer: CallbackAnswer): Promise<void>

  /** Reaches the store, checks eviction policy. Rejects with the reason. */
  ready(): Promise<void>
  health(): PartHealth
  /** Releases the timers and connections that this object opened. */
  close(): Promise<void>
}
