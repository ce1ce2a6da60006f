/** Every error that leaves this package, and the codes to tell them apart by. */

/** Stable across minor versions. Each has a heading in `docs/errors.md` with cause and cure. */
export type Cis2ErrorCode =
  | 'CIS2_CONFIG'
  | 'CIS2_MOUNT'
  | 'CIS2_SESSION_CONFLICT'
  | 'CIS2_NOT_MOUNTED'
  | 'CIS2_NOT_SIGNED_IN'
  | 'CIS2_STEP_UP_REQUIRED'
  | 'CIS2_FORBIDDEN'
  | 'CIS2_CROSS_ORIGIN'
  | 'CIS2_METHOD_NOT_ALLOWED'
  | 'CIS2_NAVIGATION_ONLY'
  | 'CIS2_INSECURE_TRANSPORT'
  | 'CIS2_SIGN_IN_REFUSED'
  | 'CIS2_LOGOUT_TOKEN_REFUSED'
  | 'CIS2_SIGN_OUT_NOT_CONFIRMED'
  | 'CIS2_PROVIDER_UNAVAILABLE'
  | 'CIS2_STORE_UNAVAILABLE'
  | 'CIS2_API_TOKEN'
  | 'CIS2_API_REQUEST'
  | 'CIS2_SESSION_UNREADABLE'
  | 'CIS2_SESSION_ENDED'

/** Where the package's documentation speaks of a code: a file of the package, and the heading in it. */
export function docsOf(code: Cis2ErrorCode): string {
  return `docs/errors.md#${code.toLowerCase()}`
}

/**
 * The parent of every error this package throws or hands to `next()`.
 *
 * Recognise one by `code`: the ES module and the CommonJS build may be loaded in one process,
 * so `instanceof` is not enough.
 */
export abstract class Cis2Error extends Error {
  /** Stable across minor versions; match on this, not on the message. */
  abstract readonly code: Cis2ErrorCode
  /** HTTP status that Express answers with when nobody handles the error. */
  abstract readonly status: number
  /** Joins an answer to the events of its request; there when the error reaches `next()`. */
  declare correlationId?: string

  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.name = new.target.name
  }

  /** Where to read on: the page of the package's documentation and the code's heading, `docs/errors.md#cis2_forbidden`. */
  get docs(): string {
    return docsOf(this.code)
  }

  /** Same as `status`; the name that some error handlers look for. */
  get statusCode(): number {
    return this.status
  }
}

/** The options, a guard's requirement or a simulator's settings are wrong; lists every problem, never a secret. */
export class ConfigError extends Cis2Error {
  readonly code = 'CIS2_CONFIG'
  readonly status = 500
  /** One sentence for each problem, naming its field: `session.secret must have 32 characters or more`. */
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(
      `The configuration has ${problems.length === 1 ? 'a problem' : `${String(problems.length)} problems`}:\n${problems.map((problem) => `- ${problem}`).join('\n')}\nRead on: ${docsOf('CIS2_CONFIG')}`,
    )
    this.problems = Object.freeze([...problems])
  }
}

/** `cis2Auth` is mounted somewhere else than at the root of the app. */
export class MountError extends Cis2Error {
  readonly code = 'CIS2_MOUNT'
  readonly status = 500
}

/** `req.session` existed before `cis2Auth` ran: another session middleware is mounted. */
export class SessionConflictError extends Cis2Error {
  readonly code = 'CIS2_SESSION_CONFLICT'
  readonly status = 500
}

/** A guard, or `cis2UserOf`, ran on a request that `cis2Auth` has not seen. */
export class NotMountedError extends Cis2Error {
  readonly code = 'CIS2_NOT_MOUNTED'
  readonly status = 500
}

/** Nobody is signed in. */
export class NotSignedInError extends Cis2Error {
  readonly code = 'CIS2_NOT_SIGNED_IN'
  readonly status = 401
  /** The level that the guard asks of the sign-in to come; undefined when it asks for none. */
  readonly aal: 1 | 2 | 3 | undefined
  /** The greatest age in seconds that the guard accepts, alike. */
  readonly maxAuthAgeSeconds: number | undefined

  constructor(
    message = 'This route needs a signed-in user.',
    needed: { aal?: 1 | 2 | 3 | undefined; maxAuthAgeSeconds?: number | undefined } = {},
  ) {
    super(message)
    this.aal = needed.aal
    this.maxAuthAgeSeconds = needed.maxAuthAgeSeconds
  }
}

/** The user is signed in, but with a weaker method, or longer ago, than the route asks for. RFC 9470. */
export class StepUpRequiredError extends Cis2Error {
  readonly code = 'CIS2_STEP_UP_REQUIRED'
  readonly status = 401
  /** The level to reach, when the level was too low. */
  readonly aal: 1 | 2 | 3 | undefined
  /** The greatest age in seconds, when the authentication was too old. */
  readonly maxAuthAgeSeconds: number | undefined
  /** Which of the two this sign-in does not satisfy; the level when it is both. Undefined when no guard asked. */
  readonly key: 'aal' | 'maxAuthAgeSeconds' | undefined

  constructor(
    needed: { aal?: 1 | 2 | 3 | undefined; maxAuthAgeSeconds?: number | undefined },
    key?: 'aal' | 'maxAuthAgeSeconds',
  ) {
    super('This route needs a stronger or more recent sign-in.')
    this.aal = needed.aal
    this.maxAuthAgeSeconds = needed.maxAuthAgeSeconds
    this.key = key
  }
}

/** The user's selected role, activity, organisation or workgroup does not reach this route. */
export class ForbiddenError extends Cis2Error {
  readonly code = 'CIS2_FORBIDDEN'
  readonly status = 403
  /** The key of the requirement that refused; `anyOf` when each alternative fails for a reason of its own. */
  readonly key: 'roles' | 'activities' | 'organisations' | 'workgroups' | 'check' | 'anyOf' | undefined

  constructor(
    message = "The user's selected role does not reach this route.",
    options?: { cause?: unknown; key?: ForbiddenError['key'] },
  ) {
    super(message, options)
    this.key = options?.key
  }
}

/** A request that changes something came from another origin. */
export class CrossOriginError extends Cis2Error {
  readonly code = 'CIS2_CROSS_ORIGIN'
  readonly status = 403

  constructor() {
    super('A request that changes something must come from the same origin.')
  }
}

/** One of our routes was called with a method it does not answer. */
export class MethodNotAllowedError extends Cis2Error {
  readonly code = 'CIS2_METHOD_NOT_ALLOWED'
  readonly status = 405
  /** The methods that the route takes, as the `Allow` header names them. */
  readonly allow: string

  constructor(allow: string) {
    super(`This route answers ${allow} only.`)
    this.allow = allow
  }
}

/** A page, a script or an image asked for an address that starts a sign-in: only a browser that goes there by itself may. */
export class NavigationOnlyError extends Cis2Error {
  readonly code = 'CIS2_NAVIGATION_ONLY'
  readonly status = 403

  constructor() {
    super('A sign-in starts when the browser goes to this address, not when a page fetches or embeds it.')
  }
}

/** The browser used http although `baseUrl` is https. */
export class InsecureTransportError extends Cis2Error {
  readonly code = 'CIS2_INSECURE_TRANSPORT'
  readonly status = 400
}

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

/** The session store did not confirm a sign-out. The cookie is cleared, the session may live on until it times out. */
export class SignOutNotConfirmedError extends Cis2Error {
  readonly code = 'CIS2_SIGN_OUT_NOT_CONFIRMED'
  readonly status = 503

  constructor(options?: { cause?: unknown }) {
    super('The sign-out could not be confirmed: the session store did not answer.', options)
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

/** Every error of this package; narrows by `code`. */
export type AnyCis2Error =
  | ConfigError
  | MountError
  | SessionConflictError
  | NotMountedError
  | NotSignedInError
  | StepUpRequiredError
  | ForbiddenError
  | CrossOriginError
  | MethodNotAllowedError
  | NavigationOnlyError
  | InsecureTransportError
  | SignInRefusedError
  | LogoutTokenRefusedError
  | SignOutNotConfirmedError
  | ProviderUnavailableError
  | StoreUnavailableError
  | SessionUnreadableError
  | ApiTokenError
  | ApiRequestError
  | SessionEndedError

/**
 * Whether a value is one of this package's errors, whichever build made it. Narrows by `code` from there.
 *
 * @example
 * ```ts
 * app.use((error, req, res, next) => {
 *   if (!isCis2Error(error) || error.code !== 'CIS2_FORBIDDEN') return next(error)
 *   res.status(error.status).render('no-access')
 * })
 * ```
 */
export function isCis2Error(value: unknown): value is AnyCis2Error {
  return value instanceof Error && 'code' in value && typeof value.code === 'string' && value.code.startsWith('CIS2_')
}
