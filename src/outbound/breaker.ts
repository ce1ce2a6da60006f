/** Stops calling a server for a while once it has failed several times in a row, and bounds how many calls run at once. */

const FAILURES_TO_OPEN = 5
const OPEN_MS = 5_000

/** Tasks at once, per process; more would only wait for each other. */
const MAX_IN_FLIGHT = 200

/** Told to those who come while so many run. */
const BUSY_SECONDS = 2

export interface Breaker {
  /**
   * Runs the task, unless the server is known to be down or too many tasks run: then rejects at once with what
   * {@link BreakerOptions.refuse} makes.
   */
  run<T>(task: () => Promise<T>): Promise<T>
}

/** Why a task is not run. */
export type BreakerState = 'open' | 'busy'

export interface BreakerOptions {
  /** Whether an error says that the server does not work; any other is an answer of it. */
  readonly isFailure: (error: unknown) => boolean
  readonly refuse: (state: BreakerState, retryAfterSeconds: number) => Error
  readonly onOpened: (error: unknown) => void
  readonly onClosed: () => void
  /** Milliseconds on any scale that only grows. Default `performance.now`. */
  readonly now?: () => number
}

export function createBreaker({
  isFailure,
  refuse,
  onOpened,
  onClosed,
  now = () => performance.now(),
}: BreakerOptions): Breaker {
  let failures = 0
  let openUntil = -Infinity
  let isProbing = false
  let inFlight = 0

  function refusal(): Error | undefined {
    if (inFlight >= MAX_IN_FLIGHT) return refuse('busy', BUSY_SECONDS)
    const isOpen = failures >= FAILURES_TO_OPEN
    // Once the time is over, one task tries for all.
    if (!isOpen || (now() >= openUntil && !isProbing)) return undefined
    const waitMs = Math.max(1_000, openUntil - now())
    return refuse('open', Math.ceil(waitMs / 1000))
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
        if (isFailure(error)) recordFailure(error)
        else recordSuccess()
        throw error
      } finally {
        inFlight -= 1
        if (isProbe) isProbing = false
      }
    },
  }
}
