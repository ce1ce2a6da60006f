/** A circuit breaker: after the store has not answered once, nobody else waits for it until it does again. */
import { StoreUnavailableError } from '../../errors.js'
import type { Emit } from '../../events.js'
import type { PartHealth } from '../../health.js'

export interface Breaker {
  /** Throws at once while the store is known not to answer. */
  assertClosed(): void
  /** @param kind - `'command'`: the store works and refused this one command; the next may try. */
  failed(reason: string, kind: 'store' | 'command'): void
  /** Looks at once, not at its time, whether the store is back. */
  hurry(): void
  health(): PartHealth
  close(): void
}

export interface BreakerSettings {
  readonly clock: () => number
  readonly emit: Emit
  /** Resolves when the store takes reads and writes. */
  readonly probe: () => Promise<void>
  /** Connects anew: what hangs on a dead peer would hang until the operating system gives up. */
  readonly reconnect: () => void
}

/** Time until the first probe: a passing hiccup is over by then. In milliseconds. */
const FIRST_PROBE = 10
/** Time between two probes, in milliseconds. */
const PROBE_EVERY = 250
/** Probes without an answer after which the connection is made anew. */
const RECONNECT_AFTER = 3

export function createBreaker(settings: BreakerSettings): Breaker {
  let health: PartHealth = { status: 'ok', since: seconds() }
  /** Set while a probe is due, and only then. */
  let timer: NodeJS.Timeout | undefined
  let unanswered = 0
  let closed = false

  function seconds(): number {
    return Math.floor(settings.clock() / 1000)
  }

  function probeLater(delay: number): void {
    if (closed) return
    timer = setTimeout(probe, delay)
    timer.unref()
  }

  function probe(): void {
    clearTimeout(timer)
    timer = undefined
    settings.probe().then(recovered, function stillDown() {
      unanswered += 1
      if (unanswered % RECONNECT_AFTER === 0) settings.reconnect()
      probeLater(PROBE_EVERY)
    })
  }

  function recovered(): void {
    if (closed) return
    health = { status: 'ok', since: seconds() }
    unanswered = 0
    settings.emit({ type: 'store.recovered' })
  }

  return {
    assertClosed() {
      if (health.status === 'down') {
        throw new StoreUnavailableError(undefined, { cause: new Error(health.reason) })
      }
    },
    failed(reason, kind) {
      if (closed) return
      const begins = health.status === 'ok'
      const since = begins ? seconds() : health.since
      if (kind === 'store' && health.status !== 'down') health = { status: 'down', since, reason }
      else if (begins) health = { status: 'degraded', since, reason }
      if (!begins) return
      settings.emit({ type: 'store.unavailable', reason })
      probeLater(FIRST_PROBE)
    },
    hurry() {
      if (timer !== undefined) probe()
    },
    health: () => health,
    close() {
      closed = true
      clearTimeout(timer)
      timer = undefined
    },
  }
}
