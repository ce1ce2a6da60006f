/** Sessions that are over, cannot be read, or cannot be ended; and the store that keeps them. */
import { Cis2Error } from './cis2-error.js'

/** The session store cannot be reached, refused a command, or did not answer in time. */
export class StoreUnavailableError extends Cis2Error {
  readonly code = 'CIS2_STORE_UNAVAILABLE'
  readonly status = 503

  constructor(message = 'The session store is unavailable.', options?: { cause?: unknown }) {
    super(message, options)
  }
}

/** A stored session could not be read; it was removed, and the user signs in again. */
export class SessionUnreadableError extends Cis2Error {
  readonly code = 'CIS2_SESSION_UNREADABLE'
  readonly status = 401

  constructor(options?: { cause?: unknown }) {
    super('The stored session could not be read. It was removed; sign in again.', options)
  }
}

/**
 * A session that was being watched is over: the `reason` of the `AbortSignal` of `auth.authenticate` and `req.cis2.signal`.
 * Close what was opened for the user.
 */
export class SessionEndedError extends Cis2Error {
  readonly code = 'CIS2_SESSION_ENDED'
  readonly status = 401
  /** Why, in the words of `GET /session`; undefined when the store no longer knows. */
  readonly reason: 'sign-out' | 'idle' | 'absolute' | 'back-channel' | 'replaced' | 'administrator' | undefined

  constructor(reason: SessionEndedError['reason']) {
    super(`The session is over${reason === undefined ? '' : ` (${reason})`}.`)
    this.reason = reason
  }
}

/** The session store did not confirm a sign-out. The cookie is cleared, the session may live on until it times out. */
export class SignOutNotConfirmedError extends Cis2Error {
  readonly code = 'CIS2_SIGN_OUT_NOT_CONFIRMED'
  readonly status = 503

  constructor(options?: { cause?: unknown }) {
    super('The sign-out could not be confirmed: the session store did not answer.', options)
  }
}

/** A back-channel logout token did not pass one of the checks; no session was ended. */
export class LogoutTokenRefusedError extends Cis2Error {
  readonly code = 'CIS2_LOGOUT_TOKEN_REFUSED'
  readonly status = 400
  /** For the audit stream, never for the answer. */
  readonly reason: string

  constructor(reason: string, options?: { cause?: unknown }) {
    super(`The logout token was refused: ${reason}.`, options)
    this.reason = reason
  }
}
