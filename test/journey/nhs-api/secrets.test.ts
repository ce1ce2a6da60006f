/** LOGG-1 of NHS APIs: with every debug line on and OpenTelemetry listening, no token, secret or assertion is anywhere. */
import { inspect } from 'node:util'

import { jest } from '@jest/globals'
import * as api from '@opentelemetry/api'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'

const SENT = ['subject_token', 'client_assertion', 'refresh_token', 'client_secret', 'client_id']

describe('LOGG-1 calls of an NHS API with DEBUG=* and OpenTelemetry', () => {
  const written: string[] = []
  const spans = new InMemorySpanExporter()
  const metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  // Asked once, at the end.
  const reader = new PeriodicExportingMetricReader({ exporter: metrics, exportIntervalMillis: 3_600_000 })

  beforeAll(() => {
    // Addresses are Express's own to print: see docs/deployment.md.
    process.env.DEBUG = '*,-router*,-express:*'
    api.trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }))
    api.metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
    for (const stream of [process.stdout, process.stderr]) {
      jest.spyOn(stream, 'write').mockImplementation((text) => {
        written.push(String(text))
        return true
      })
    }
    for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
      jest.spyOn(console, method).mockImplementation((...values) => {
        written.push(inspect(values, { depth: 9 }))
      })
    }
  })

  afterAll(async () => {
    delete process.env.DEBUG
    api.trace.disable()
    api.metrics.disable()
    await reader.shutdown()
    jest.restoreAllMocks()
  })

  it('write none of them in lines, spans, metrics, events, errors, answers or Redis', async () => {
    // `debug` reads its setting when it is loaded.
    const { startTestCis2 } = await import('../../../src/testing/index.js')
    const { startClinic } = await import('./clinic.js')
    const { until } = await import('../../support/redis/redis-server.js')
    const { storedText } = await import('../../support/redis/stored-text.js')
    const { Redis } = await import('ioredis')
    const keyPrefix = `api-canary-${String(process.pid)}:`
    const redis = new Redis(String(process.env.REDIS_URL))
    const cis2 = await startTestCis2({ nhsApi: true })
    const clinic = await startClinic(cis2, {
      redis: String(process.env.REDIS_URL),
      options: { session: { keyPrefix } },
    })
    const agent = await clinic.signedIn()
    const answers: { readonly text: string; readonly headers: unknown; readonly status: number }[] = []
    async function isServed(): Promise<boolean> {
      const answer = await agent.get('/patients/9000000009')
      answers.push(answer)
      return answer.status === 200
    }
    await until(isServed, 'a token was got')
    cis2.advance(600)
    await until(isServed, 'it was refreshed')
    for (const fault of ['api-signature', 'api-down', 'api-answer-html', 'api-cut', 'api-429'] as const) {
      cis2.advance(600)
      cis2.simulator.setFault(fault)
      await isServed()
      cis2.simulator.clearFaults()
    }
    const stored = await storedText(redis, `${keyPrefix}*`)
    await clinic.close()
    await cis2.stop()
    redis.disconnect()

    const secrets = clinic.wire.sent.flatMap(({ body, headers }) => [
      ...SENT.flatMap((name) => body.get(name) ?? []),
      ...(headers.get('authorization')?.replace('Bearer ', '').split(' ') ?? []),
    ])
    const finished = spans.getFinishedSpans()
    await reader.forceFlush()
    const measured = inspect(metrics.getMetrics(), { depth: 12 })
    const shown = [
      ...written,
      ...finished.map(({ name, attributes, events, status }) =>
        inspect([name, attributes, events, status], { depth: 9 }),
      ),
      ...clinic.events.map((event) => JSON.stringify(event)),
      ...answers.map(({ text, headers }) => inspect([text, headers])),
      stored,
      measured,
    ].join('\n')
    // It was there to be seen: debug lines, spans of calls to the platform, events, what is stored.
    expect([written.length > 50, stored.length > 0, clinic.events.length > 5, new Set(secrets).size > 10]).toEqual([
      true,
      true,
      true,
      true,
    ])
    expect(finished.map(({ name }) => name).join()).toContain('api')
    for (const operation of ['exchange', 'refresh', 'call']) expect(measuredOf(metrics)).toContain(operation)
    expect(secrets.filter((secret) => secret !== '' && shown.includes(secret)).length).toBe(0)
  }, 60_000)
})

/** The operations of `cis2.nhs_api.duration`. */
function measuredOf(metrics: InMemoryMetricExporter): readonly unknown[] {
  return metrics
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics: all }) => all))
    .filter(({ descriptor }) => descriptor.name === 'cis2.nhs_api.duration')
    .flatMap(({ dataPoints }) => dataPoints.map(({ attributes }) => attributes['cis2.operation']))
}
