/** A sign-in that was refused, or could not be tried. */
import { Cis2Error } from './cis2-error.js'

/** Why a sign-in was refused; the stable text of `SignInRefusedError.reason`. */
export type SignInRefusal =
  // what the browser brought back
  | 'state'
  | 'no-transaction'
  | 'expired'
  | 'replayed'
  | 'response'
  // what CIS2 answered instead of a code
  | 'access-denied'
  | 'provider-error'
  // the token endpoint
  | 'client-authentication'
  | 'token-response'
  // the ID token
  | 'signature'
  | 'issuer'
  | 'audience'
  | 'nonce'
  | 'expiry'
  | 'claims'
  // the strength of the sign-in
  | 'auth-time'
  | 'assurance'
  | 'identity-assurance'
  // UserInfo
  | 'userinfo'
  | 'userinfo-subject'
  // our side
  | 'application'
  | 'signed-out'
  | 'too-large'

/** The reasons that mean "it is known who it is, and it is not enough": answered 403. */
const NOT_ENOUGH: ReadonlySet<SignInRefusal> = new Set([
  'access-denied',
  'application',
  'auth-time',
  'assurance',
  'identity-assurance',
])

/** A sign-in did not pass one of the checks; nobody was signed in by it, and nobody signed out. */
export class SignInRefusedError extends Cis2Error {
  readonly code = 'CIS2_SIGN_IN_REFUSED'
  /** 403 when CIS2 said who it is and that is not enough; 400 otherwise. */
  readonly status: 400 | 403
  /** Which check failed; stable across minor versions. */
  readonly reason: SignInRefusal
  /** What the sign-in was for; undefined where nobody knows which one it was. */
  declare purpose?: 'sign-in' | 'step-up' | 'change-role'

  constructor(reason: SignInRefusal, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.reason = reason
    this.status = NOT_ENOUGH.has(reason) ? 403 : 400
  }
}

/** CIS2 cannot be reached, answers with a server error, or has not been discovered yet. */
export class ProviderUnavailableError extends Cis2Error {
  readonly code = 'CIS2_PROVIDER_UNAVAILABLE'
  readonly status = 503
  /** Seconds after which another try makes sense, when CIS2 said so (at most 120). */
  readonly retryAfterSeconds: number | undefined

  constructor(message: string, options?: { cause?: unknown; retryAfterSeconds?: number | undefined }) {
    super(message, options)
    this.retryAfterSeconds = options?.retryAfterSeconds
  }
}
