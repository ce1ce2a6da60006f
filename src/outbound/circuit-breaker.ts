/** Stops calling a server for a while once it has failed several times in a row. */

const FAILURES_TO_OPEN = 5
const OPEN_MS = 5_000

export interface CircuitBreaker {
  /** Throws what {@link CircuitBreakerOptions.refuse} makes while the server is known to be down. */
  assertClosed(): void
  /** Runs the task, unless the server is known to be down: then rejects at once, likewise. */
  run<T>(task: () => Promise<T>): Promise<T>
}

/** What an error says of the server: it does not work, it may not, or it does, for it has answered. */
export type Verdict = 'failure' | 'doubt' | 'answer'

export interface CircuitBreakerOptions {
  readonly judge: (error: unknown) => Verdict
  readonly refuse: (retryAfterSeconds: number) => Error
  /** Nothing is tried for some seconds. */
  readonly onOpened: (error: unknown) => void
  /** One doubt after another. All tasks are tried still. */
  readonly onDoubted?: (error: unknown) => void
  /** It answers again, after either. */
  readonly onClosed: () => void
  /** Milliseconds on any scale that only grows. Default `performance.now`. */
  readonly now?: (() => number) | undefined
}

export function createCircuitBreaker(options: CircuitBreakerOptions): CircuitBreaker {
  const { judge, refuse, onOpened, onDoubted, onClosed, now = () => performance.now() } = options
  let failures = 0
  let doubts = 0
  let openUntil = -Infinity
  let isProbing = false

  function assertClosed(): void {
    const isOpen = failures >= FAILURES_TO_OPEN
    // Once the time is over, one task tries for all.
    if (!isOpen || (now() >= openUntil && !isProbing)) return
    throw refuse(Math.ceil(Math.max(1_000, openUntil - now()) / 1000))
  }

  function recordSuccess(): void {
    const wasTroubled = failures >= FAILURES_TO_OPEN || doubts >= FAILURES_TO_OPEN
    failures = doubts = 0
    if (wasTroubled) onClosed()
  }

  function recordDoubt(error: unknown): void {
    doubts += 1
    if (doubts === FAILURES_TO_OPEN && failures < FAILURES_TO_OPEN) onDoubted?.(error)
  }

  function recordFailure(error: unknown): void {
    failures += 1
    if (failures < FAILURES_TO_OPEN) return
    openUntil = now() + OPEN_MS
    onOpened(error)
  }

  const record = { failure: recordFailure, doubt: recordDoubt, answer: recordSuccess }

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
        record[judge(error)](error)
        throw error
      } finally {
        if (isProbe) isProbing = false
      }
    },
  }
}
