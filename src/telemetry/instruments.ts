/** The metrics, by name. Their attributes are words of ours: no user, no session, no address. */
import type { Counter, Histogram, UpDownCounter } from '@opentelemetry/api'

import type { OpenTelemetry } from './load-api.js'

/** Name of the instrumentation scope, for meter and tracer. */
export const SCOPE = 'express-cis2'

export interface Instruments {
  /** In seconds. */
  readonly durations: Readonly<Record<'sign-in' | 'provider' | 'nhs-api' | 'store', Histogram>>
  /** Callbacks that this process is completing right now. */
  readonly activeSignIns: UpDownCounter
  readonly events: Counter
}

/** From a millisecond, which a store takes, to the eight seconds after which a callback is given up. */
const BOUNDARIES = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/**
 * The instruments of whichever SDK is registered when they are asked for. Unlike tracers, those of an
 * application that registers its SDK after `cis2Auth()` would otherwise stay without effect for ever.
 */
export function createInstruments({ metrics }: Pick<OpenTelemetry, 'metrics'>): () => Instruments {
  let provider: ReturnType<typeof metrics.getMeterProvider> | undefined
  let instruments: Instruments | undefined
  return function currentInstruments() {
    const registered = metrics.getMeterProvider()
    if (instruments === undefined || registered !== provider) {
      provider = registered
      instruments = instrumentsOf(registered.getMeter(SCOPE))
    }
    return instruments
  }
}

function instrumentsOf(meter: ReturnType<OpenTelemetry['metrics']['getMeter']>): Instruments {
  function duration(name: string, description: string): Histogram {
    return meter.createHistogram(name, {
      description,
      unit: 's',
      advice: { explicitBucketBoundaries: BOUNDARIES },
    })
  }
  return {
    durations: {
      'sign-in': duration('cis2.sign_in.duration', 'From the callback to a verified sign-in, or its refusal.'),
      provider: duration('cis2.provider.duration', 'One call to CIS2, from the first byte sent to the last one read.'),
      'nhs-api': duration('cis2.nhs_api.duration', 'One call to the NHS API platform, token or API.'),
      store: duration('cis2.store.duration', 'One operation of the session store.'),
    },
    activeSignIns: meter.createUpDownCounter('cis2.sign_ins.active', {
      description: 'Callbacks that this process is completing.',
      unit: '{sign-in}',
    }),
    events: meter.createCounter('cis2.events', {
      description: 'Events of the audit stream, by type and reason.',
      unit: '{event}',
    }),
  }
}
