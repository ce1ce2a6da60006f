/** What can go wrong between us and CIS2, in one small vocabulary, and its translation into public errors. */
import { isNativeError } from 'node:util/types'

import { ProviderUnavailableError } from '../errors.js'

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

/** A failed call to CIS2, or a document from it that cannot be used. Never holds a body, a token or a secret. */
export class Fault extends Error {
  readonly kind: FaultKind
  /** What CIS2 asked for with `Retry-After`, at most 120 seconds. */
  readonly retryAfterSeconds: number | undefined
  /** What CIS2 answered to one authorization code that it has not accepted yet; it says nothing about others. */
  readonly aboutOneCode: boolean

  constructor(
    kind: FaultKind,
    message: string,
    options?: { cause?: unknown; retryAfterSeconds?: number | undefined; aboutOneCode?: boolean },
  ) {
    super(message, options)
    this.name = 'Fault'
    this.kind = kind
    this.retryAfterSeconds = options?.retryAfterSeconds
    this.aboutOneCode = options?.aboutOneCode ?? false
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

/** CIS2 is unavailable because of this fault. */
export function toUnavailable(error: unknown): ProviderUnavailableError {
  if (error instanceof ProviderUnavailableError) return error
  if (error instanceof Fault) {
    return new ProviderUnavailableError(error.message, {
      cause: error,
      retryAfterSeconds: error.retryAfterSeconds,
    })
  }
  return new ProviderUnavailableError('A call to CIS2 failed.', { cause: sanitizedCause(error) })
}
