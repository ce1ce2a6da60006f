/** What operators may watch: how long sign-ins, CIS2 and the store take, and how often what happens. Nobody is named. */
import type { Attributes } from '@opentelemetry/api'

import type { Cis2Event } from '../events.js'
import { createInstruments, type Instruments } from './instruments.js'
import { isListening } from './is-listening.js'
import { loadOpenTelemetry, type OpenTelemetry } from './load-api.js'
import { startSpan, type Step } from './span.js'

/**
 * Does the work, and measures how long it took and how it ended.
 * Resolves and rejects exactly as the work does; what telemetry makes of it never reaches the caller.
 *
 * @param describe - What may be said of the result, such as a status code.
 */
export type Measure = <T>(step: Step, work: () => Promise<T>, describe?: (result: T) => Attributes) => Promise<T>

export interface Telemetry {
  readonly measure: Measure
  /** Counts an event of the audit stream, by type and reason. */
  readonly count: (event: Pick<Cis2Event, 'type' | 'reason'>) => void
}

/**
 * Telemetry through whatever OpenTelemetry SDK the application has registered; none, and nothing is recorded.
 *
 * The API package is an optional peer, loaded in the background: what happens in the first milliseconds after the
 * start gets no span, though its duration is recorded if it ends later.
 */
export function createTelemetry(load: () => Promise<OpenTelemetry | undefined> = loadOpenTelemetry): Telemetry {
  let api: OpenTelemetry | undefined
  let instruments: (() => Instruments) | undefined
  let isLoading = true
  void load().then(function useApi(loaded) {
    isLoading = false
    if (loaded === undefined) return
    api = loaded
    instruments = createInstruments(loaded)
  })

  /** Whether it was written. A fault of the application's SDK must neither refuse nor admit anybody. */
  function record(write: (to: Instruments) => void): boolean {
    if (instruments === undefined) return false
    try {
      write(instruments())
      return true
    } catch {
      // There is nobody to tell: telemetry is what failed.
      return false
    }
  }

  function begin({ kind }: Step): boolean {
    if (kind !== 'sign-in') return false
    return record(({ activeSignIns }) => {
      activeSignIns.add(1)
    })
  }

  const measure: Measure = async (step, work, describe) => {
    const span = startSpan(api, step)
    const isCounted = begin(step)
    const startedAt = performance.now()
    function finish(ending: Attributes): void {
      const attributes = { 'cis2.operation': step.operation, ...ending }
      span.end(attributes)
      record(({ durations, activeSignIns }) => {
        durations[step.kind].record((performance.now() - startedAt) / 1000, attributes)
        if (isCounted) activeSignIns.add(-1)
      })
    }
    try {
      const result = await span.run(work)
      finish(describe?.(result) ?? {})
      return result
    } catch (error) {
      finish({ 'error.type': errorType(error) })
      throw error
    }
  }

  function isForNobody(): boolean {
    return api === undefined ? !isLoading : !isListening(api)
  }

  return {
    measure(step, work, describe) {
      return step.kind === 'store' && isForNobody() ? work() : measure(step, work, describe)
    },
    count({ type, reason }) {
      record(({ events }) => {
        events.add(1, { 'cis2.event': type, ...(reason === undefined ? {} : { 'cis2.reason': reason }) })
      })
    },
  }
}

/** What may stand in an attribute: codes and reasons are such words, a message is none. */
const WORD = /^[\w.-]{1,64}$/

/** The most telling word of an error: why a sign-in was refused, how a call failed, else its code. */
function errorType(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '_OTHER'
  const { reason, kind, code } = error as Partial<Record<'reason' | 'kind' | 'code', unknown>>
  const word = [reason, kind, code].find((value) => typeof value === 'string' && WORD.test(value))
  return typeof word === 'string' ? word : '_OTHER'
}
