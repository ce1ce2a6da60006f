/** Whether anybody takes what is measured: nearly every request passes here, and most applications have no SDK. */
import { SCOPE } from './instruments.js'
import type { OpenTelemetry } from './load-api.js'

/** Whether the application has registered an SDK, for spans or for metrics. */
export function isListening({ trace, metrics, createNoopMeter, ProxyTracerProvider }: OpenTelemetry): boolean {
  try {
    const tracers = trace.getTracerProvider()
    // The API's own stands before the SDK's, and knows whether there is one.
    const takesSpans = !(tracers instanceof ProxyTracerProvider) || tracers.getDelegateTracer(SCOPE) !== undefined
    return takesSpans || metrics.getMeterProvider().getMeter(SCOPE) !== createNoopMeter()
  } catch {
    // A fault of the application's SDK: there is one.
    return true
  }
}
