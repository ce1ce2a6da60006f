/** What can go wrong between us and a server that we call, in one small vocabulary. */
import { isNativeError } from 'node:util/types'

/** Kind of a {@link Fault}; appears in health reasons and events. */
export type FaultKind =
  | 'timeout'
  | 'network'
  | 'tls'
  | 'redirect'
  | 'too-large'
  | 'status'
  | 'content'
  | 'issuer'
  | 'endpoint'
  | 'sign'
  | 'closed'

interface FaultOptions {
  readonly cause?: unknown
  readonly retryAfterSeconds?: number | undefined
  readonly aboutOneCode?: boolean
  readonly isUnsent?: boolean
}

/** A failed call, or an answer that cannot be used. Never holds a body, a token or a secret. */
export class Fault extends Error {
  readonly kind: FaultKind
  /** What the other side asked for with `Retry-After`, at most 120 seconds. */
  readonly retryAfterSeconds: number | undefined
  /** What CIS2 answered to one authorization code that it has not accepted yet; it says nothing about others. */
  readonly aboutOneCode: boolean
  /** Whether the request certainly never reached the other side, so that what it carried is not used up. */
  readonly isUnsent: boolean

  constructor(kind: FaultKind, message: string, options?: FaultOptions) {
    super(message, options)
    this.name = 'Fault'
    this.kind = kind
    this.retryAfterSeconds = options?.retryAfterSeconds
    this.aboutOneCode = options?.aboutOneCode ?? false
    this.isUnsent = options?.isUnsent ?? false
  }
}

/** Whether a value is an error, of whichever realm: a test runner's own `Error` is not Node's. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || isNativeError(value)
}

/**
 * What may be kept of somebody else's error: its name and its code.
 *
 * The errors of OpenID libraries carry the authorization code, the claims or the whole response
 * in `cause`, and `util.inspect` prints them all.
 */
export function sanitizedCause(error: unknown): Error | undefined {
  if (!isError(error)) return undefined
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const kept = new Error(code === undefined ? error.name : `${error.name} (${code})`)
  kept.name = error.name
  // Its own stack would show our line; the other's first line repeats its message.
  delete kept.stack
  return kept
}
