/** A watch on an outage: after a server has not answered once, nobody else waits for it until it does again. */
import { StoreUnavailableError } from '../../errors.js'
import type { PartHealth } from '../../health.js'
import { reasonFor, scopeOf } from '../store-errors.js'

export interface OutageWatch {
  /** Throws at once while the server is known not to answer. */
  assertOver(): void
  /** Something has failed: begins an outage, unless the server works and only refused this one command. */
  noticed(error: unknown): void
  /** Nothing can be said of a server that was found unfit but that it is: an outage, whatever it refuses. */
  unfit(error: unknown): void
  /** Looks at once, not at its time, whether the server is back. */
  hurry(): void
  health(): PartHealth
  close(): void
}

export interface OutageWatchSettings {
  /** Epoch seconds. */
  readonly seconds: () => number
  /** Resolves when the server does all that sessions need. */
  readonly probe: () => Promise<void>
  /** The health is another than before. */
  readonly changed: () => void
}

/** Time until the first probe: a passing hiccup is over by then. In milliseconds. */
const FIRST_PROBE = 10
/** Time between two probes, in milliseconds. */
const PROBE_EVERY = 250

export function createOutageWatch({ seconds, probe, changed }: OutageWatchSettings): OutageWatch {
  let health: PartHealth = { status: 'ok', since: seconds() }
  /** Set while a probe is due, and only then. */
  let timer: NodeJS.Timeout | undefined
  let probing = false
  let closed = false

  function become(status: PartHealth['status'], reason?: string): void {
    if (closed || (health.status === status && health.reason === reason)) return
    const since = health.status === status ? health.since : seconds()
    health = { status, since, ...(reason === undefined ? {} : { reason }) }
    changed()
  }

  function probeLater(delay: number): void {
    if (closed || probing || timer !== undefined) return
    timer = setTimeout(look, delay)
    timer.unref()
  }

  function look(): void {
    clearTimeout(timer)
    timer = undefined
    probing = true
    probe()
      .then(() => {
        become('ok')
      }, unfit)
      .finally(() => {
        probing = false
        if (health.status !== 'ok') probeLater(PROBE_EVERY)
      })
  }

  function unfit(error: unknown): void {
    // Out of memory it still reads, slides and ends.
    become(scopeOf(error) === 'memory' ? 'degraded' : 'down', reasonFor(error))
    probeLater(FIRST_PROBE)
  }

  return {
    assertOver() {
      if (health.status === 'down') {
        throw new StoreUnavailableError(undefined, { cause: new Error(health.reason) })
      }
    },
    noticed(error) {
      if (scopeOf(error) === 'store') {
        if (health.status !== 'down') become('down', reasonFor(error))
      } else if (health.status === 'ok') become('degraded', reasonFor(error))
      probeLater(FIRST_PROBE)
    },
    unfit,
    hurry() {
      if (timer !== undefined) look()
    },
    health: () => health,
    close() {
      closed = true
      clearTimeout(timer)
      timer = undefined
    },
  }
}
