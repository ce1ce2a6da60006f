/** One span around one step, without anything of the error that may end it. */
import type { Attributes, Span } from '@opentelemetry/api'

import { SCOPE } from './instruments.js'
import type { OpenTelemetry } from './load-api.js'

/** Something that takes time. Its operation is one of a few words of ours, never data of a request. */
export interface Step {
  /**
   * `sign-in`: a callback being completed. `provider`: one call to CIS2. `nhs-api`: one call to the API platform.
   * `store`: one operation of the session store.
   */
  readonly kind: 'sign-in' | 'provider' | 'nhs-api' | 'store'
  readonly operation: string
}

export interface RunningSpan {
  /** Runs the work with the span as the parent of whatever it starts. */
  run<T>(work: () => Promise<T>): Promise<T>
  end(attributes: Attributes): void
}

const NO_SPAN: RunningSpan = { run: (work) => work(), end() {} }

export function startSpan(api: OpenTelemetry | undefined, step: Step): RunningSpan {
  if (api === undefined) return NO_SPAN
  const span = tryStart(api, step)
  if (span === undefined) return NO_SPAN
  return {
    run: (work) => api.context.with(api.trace.setSpan(api.context.active(), span), work),
    end(attributes) {
      tryEnd(api, span, attributes)
    },
  }
}

function tryStart({ trace, SpanKind }: OpenTelemetry, { kind, operation }: Step): Span | undefined {
  try {
    const isOurs = kind === 'sign-in'
    return trace.getTracer(SCOPE).startSpan(`cis2 ${kind} ${operation}`, {
      kind: isOurs ? SpanKind.INTERNAL : SpanKind.CLIENT,
    })
  } catch {
    // A fault of the application's SDK: the work goes on without a span.
    return undefined
  }
}

function tryEnd({ SpanStatusCode }: OpenTelemetry, span: Span, attributes: Attributes): void {
  try {
    span.setAttributes(attributes)
    // Without a message, and no exception recorded: those are for the audit stream.
    if ('error.type' in attributes) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end()
  } catch {
    // As above.
  }
}
