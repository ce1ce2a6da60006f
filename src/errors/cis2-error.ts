/** The parent of every error, and the codes to tell them apart by. */

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
 * Recognise one by `code`: two copies of the package may be loaded in one process,
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
