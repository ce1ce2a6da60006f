/** The API package of OpenTelemetry, where the application has it. */
import type * as Api from '@opentelemetry/api'

export type OpenTelemetry = Pick<
  typeof Api,
  'context' | 'createNoopMeter' | 'metrics' | 'trace' | 'ProxyTracerProvider' | 'SpanKind' | 'SpanStatusCode'
>

/**
 * Loads `@opentelemetry/api`; undefined where it is not installed, or cannot be loaded. Never rejects.
 *
 * Loaded by name rather than read from the global that its copies share among themselves: that global is theirs
 * to change. Which copy is loaded makes no difference, the SDK that the application registered is found by all.
 */
export async function loadOpenTelemetry(): Promise<OpenTelemetry | undefined> {
  try {
    return await import('@opentelemetry/api')
  } catch {
    // An optional peer: an application without it has nothing to be told.
    return undefined
  }
}
