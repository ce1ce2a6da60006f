/** NHS APIs that cannot be called. */
import { Cis2Error } from './cis2-error.js'

/** Why there is no token for NHS APIs; the stable text of `ApiTokenError.reason`. */
export type ApiTokenRefusal =
  /** The platform found fault with our assertion: its clock, its form. */
  | 'assertion'
  /** The platform does not know the API key or the secret, or not in this environment. */
  | 'api-key'
  /** The platform has no key of that `kid`, cannot reach the key set, or the signature does not fit. */
  | 'key-set'
  /** The ID token is another CIS2's: the environments do not pair. */
  | 'issuer'
  /** The application is not subscribed to an API at the user's level, not approved, or the user has no selected role. */
  | 'not-authorised'
  /** The platform says that the ID token has expired. */
  | 'expired'
  | 'rate-limited'
  /** No answer, a late one, a server's error, or one that cannot be understood. */
  | 'unavailable'

const API_TOKEN_STATUS: Readonly<Partial<Record<ApiTokenRefusal, 503 | 429>>> = {
  'rate-limited': 429,
  unavailable: 503,
}

/**
 * The NHS API platform gave no token, or could not be reached with it. The user stays signed in.
 *
 * The message holds the platform's `message_id`, which its support asks for; never a token.
 */
export class ApiTokenError extends Cis2Error {
  readonly code = 'CIS2_API_TOKEN'
  /** 429 for `rate-limited`, 503 for `unavailable`, else 502. */
  readonly status: 429 | 502 | 503
  /** What stands in the way; stable across minor versions. */
  readonly reason: ApiTokenRefusal
  /** Seconds after which another try makes sense, when the platform said so (at most 120). */
  readonly retryAfterSeconds: number | undefined

  constructor(
    reason: ApiTokenRefusal,
    message: string,
    options?: { cause?: unknown; retryAfterSeconds?: number | undefined },
  ) {
    super(message, options)
    this.reason = reason
    this.status = API_TOKEN_STATUS[reason] ?? 502
    this.retryAfterSeconds = options?.retryAfterSeconds
  }
}

/** What was to be called is no address of the API platform that may be called, or would change who calls. Nothing was sent. */
export class ApiRequestError extends Cis2Error {
  readonly code = 'CIS2_API_REQUEST'
  readonly status = 400
}
