/** What failed between us and CIS2, as the error that leaves this package. */
import { ProviderUnavailableError } from '../errors.js'
import { Fault, sanitizedCause } from '../outbound/fault.js'

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
