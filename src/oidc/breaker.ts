/** Stops calling CIS2 for a while once it has failed several times in a row, by failures that no stranger can cause. */
import { ProviderUnavailableError } from '../errors.js'
import { Fault } from './fault.js'

const FAILURES_TO_OPEN = 5
const OPEN_MS = 5_000

export interface Breaker {
  /** Throws a {@link ProviderUnavailableError} while CIS2 is known to be down. */
  assertClosed(): void
  /**
   * Runs the task, unless CIS2 is known to be down: then rejects at once with a {@link ProviderUnavailableError}.
   * Only such an error counts as a failure of CIS2.
   */
  run<T>(task: () => Promise<T>): Promise<T>
}

export interface BreakerOptions {
  /** Nobody's sign-in is tried for some seconds. */
  readonly onOpened: (error: unknown) => void
  /** CIS2 cannot serve one code after another: an outage, or somebody invents codes. All are tried still. */
  readonly onDoubted: (error: unknown) => void
  /** It answers again, after either. */
  readonly onClosed: () => void
  /** Milliseconds on any scale that only grows. Default `performance.now`. */
  readonly now?: () => number
}

export function createBreaker(options: BreakerOptions): Breaker {
  const { onOpened, onDoubted, onClosed, now = () => performance.now() } = options
  let failures = 0
  let unservedCodes = 0
  let openUntil = -Infinity
  let isProbing = false

  function refusal(): ProviderUnavailableError | undefined {
    const isOpen = failures >= FAILURES_TO_OPEN
    // Once the time is over, one task tries for all.
    if (!isOpen || (now() >= openUntil && !isProbing)) return undefined
    const waitMs = Math.max(1_000, openUntil - now())
    return new ProviderUnavailableError('The last sign-ins could not be completed; none is tried for some seconds.', {
      retryAfterSeconds: Math.ceil(waitMs / 1000),
    })
  }

  function assertClosed(): void {
    const refused = refusal()
    if (refused !== undefined) throw refused
  }

  function recordSuccess(): void {
    const wasTroubled = failures >= FAILURES_TO_OPEN || unservedCodes >= FAILURES_TO_OPEN
    failures = unservedCodes = 0
    if (wasTroubled) onClosed()
  }

  function recordFailure(error: ProviderUnavailableError): void {
    if (isAboutOneCode(error)) {
      unservedCodes += 1
      if (unservedCodes === FAILURES_TO_OPEN && failures < FAILURES_TO_OPEN) onDoubted(error)
      return
    }
    failures += 1
    if (failures < FAILURES_TO_OPEN) return
    openUntil = now() + OPEN_MS
    onOpened(error)
  }

  return {
    assertClosed,
    async run(task) {
      assertClosed()
      const isProbe = failures >= FAILURES_TO_OPEN
      if (isProbe) isProbing = true
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
        if (isProbe) isProbing = false
      }
    },
  }
}

/** Anybody can bring an invented code, and make CIS2 answer that it cannot serve it: that must close the door to nobody else. */
function isAboutOneCode({ cause }: ProviderUnavailableError): boolean {
  return cause instanceof Fault && cause.aboutOneCode
}
