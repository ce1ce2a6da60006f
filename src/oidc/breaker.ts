/** Stops calling CIS2 for a while once it has failed several times in a row, and bounds how many calls run at once. */
import { ProviderUnavailableError } from '../errors.js'

const FAILURES_TO_OPEN = 5
const OPEN_MS = 5_000

/** Sign-ins being completed at once, per process; more would only wait for each other. */
const MAX_IN_FLIGHT = 200

export interface Breaker {
  /**
   * Runs the task, unless CIS2 is known to be down or too many tasks run: then rejects at once with
   * a {@link ProviderUnavailableError}. Only such an error counts as a failure of CIS2.
   */
  run<T>(task: () => Promise<T>): Promise<T>
}

export interface BreakerOptions {
  readonly onOpened: (error: unknown) => void
  readonly onClosed: () => void
  /** Milliseconds on any scale that only grows. Default `performance.now`. */
  readonly now?: () => number
}

export function createBreaker({ onOpened, onClosed, now = () => performance.now() }: BreakerOptions): Breaker {
  let failures = 0
  let openUntil = -Infinity
  let isProbing = false
  let inFlight = 0

  function refusal(): ProviderUnavailableError | undefined {
    if (inFlight >= MAX_IN_FLIGHT) {
      return new ProviderUnavailableError('Too many sign-ins are being completed.', { retryAfterSeconds: 2 })
    }
    const isOpen = failures >= FAILURES_TO_OPEN
    // Once the time is over, one task tries for all.
    if (!isOpen || (now() >= openUntil && !isProbing)) return undefined
    const waitMs = Math.max(1_000, openUntil - now())
    return new ProviderUnavailableError('The last sign-ins could not be completed; none is tried for some seconds.', {
      retryAfterSeconds: Math.ceil(waitMs / 1000),
    })
  }

  function recordSuccess(): void {
    const wasOpen = failures >= FAILURES_TO_OPEN
    failures = 0
    if (wasOpen) onClosed()
  }

  function recordFailure(error: unknown): void {
    failures += 1
    if (failures < FAILURES_TO_OPEN) return
    openUntil = now() + OPEN_MS
    onOpened(error)
  }

  return {
    async run(task) {
      const refused = refusal()
      if (refused !== undefined) throw refused
      const isProbe = failures >= FAILURES_TO_OPEN
      if (isProbe) isProbing = true
      inFlight += 1
      try {
        const result = await task()
        recordSuccess()
        return result
      } catch (error) {
        // A refused sign-in is an answer, and shows that CIS2 is there.
        if (error instanceof ProviderUnavailableError) recordFailure(error)
        else recordSuccess()
        throw error
      } finally {
        inFlight -= 1
        if (isProbe) isProbing = false
      }
    },
  }
}
