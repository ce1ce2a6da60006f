import { AsyncLocalStorage } from 'node:async_hooks'

import * as api from '@opentelemetry/api'
import { ROOT_CONTEXT, type Context, type ContextManager } from '@opentelemetry/api'
import { MeterProvider, MetricReader, type DataPoint, type Histogram } from '@opentelemetry/sdk-metrics'
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base'

import { ForbiddenError, SignInRefusedError } from '../../../src/errors.js'
import { createEmit } from '../../../src/events.js'
import { loadOpenTelemetry } from '../../../src/telemetry/load-api.js'
import { createTelemetry, type Telemetry } from '../../../src/telemetry/telemetry.js'
import { startFakeOp, type FakeOp } from '../oidc/fake-op.js'
import { configFor, signIn } from '../oidc/support.js'
import { createProvider } from '../../../src/oidc/create-provider.js'
import { rejectionOf } from '../../support/thrown-by.js'

class LocalContext implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>()
  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT
  }
  with: ContextManager['with'] = (context, run, thisArg, ...args) =>
    this.#storage.run(context, () => run.apply(thisArg, args))
  bind: ContextManager['bind'] = (_context, target) => target
  enable(): this {
    return this
  }
  disable(): this {
    return this
  }
}

class PulledReader extends MetricReader {
  protected override onForceFlush = () => Promise.resolve()
  protected override onShutdown = () => Promise.resolve()
}

const spans = new InMemorySpanExporter()
let reader: PulledReader

beforeEach(() => {
  reader = new PulledReader()
  spans.reset()
  api.trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }))
  api.metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
  api.context.setGlobalContextManager(new LocalContext())
})

afterEach(() => {
  api.trace.disable()
  api.metrics.disable()
  api.context.disable()
})

/** Telemetry whose API package is loaded. */
async function ready(): Promise<Telemetry> {
  const telemetry = createTelemetry()
  await loadOpenTelemetry()
  await Promise.resolve()
  return telemetry
}

interface Point {
  readonly attributes: api.Attributes
  readonly value: number
}

/** What was recorded under a name: of a histogram, how often. */
async function pointsOf(name: string): Promise<Point[]> {
  const { resourceMetrics } = await reader.collect()
  const metric = resourceMetrics.scopeMetrics
    .flatMap(({ metrics }) => metrics)
    .find(({ descriptor }) => descriptor.name === name)
  const points = (metric?.dataPoints ?? []) as DataPoint<number | Histogram>[]
  return points.map(({ attributes, value }) => ({
    attributes,
    value: typeof value === 'number' ? value : value.count,
  }))
}

const READ = { kind: 'store', operation: 'read' } as const

describe('measure', () => {
  it('resolves as the work does, with a span and a duration', async () => {
    const { measure } = await ready()
    await expect(
      measure(
        READ,
        () => Promise.resolve(7),
        (result) => ({ answer: result }),
      ),
    ).resolves.toBe(7)
    expect(spans.getFinishedSpans()).toMatchObject([
      {
        name: 'cis2 store read',
        kind: api.SpanKind.CLIENT,
        attributes: { 'cis2.operation': 'read', answer: 7 },
        status: { code: api.SpanStatusCode.UNSET },
      },
    ])
    expect(await pointsOf('cis2.store.duration')).toEqual([
      { attributes: { 'cis2.operation': 'read', answer: 7 }, value: 1 },
    ])
  })

  it.each<[string, Error]>([
    ['nonce', new SignInRefusedError('nonce', 'canary')],
    ['CIS2_FORBIDDEN', new ForbiddenError('canary')],
    ['timeout', Object.assign(new Error('canary'), { kind: 'timeout' })],
    ['CIS2_X', Object.assign(new Error('canary'), { reason: 'a canary of a sentence', code: 'CIS2_X' })],
    ['_OTHER', new Error('canary')],
    ['_OTHER', JSON.parse('"canary"') as Error],
    ['_OTHER', JSON.parse('null') as Error],
  ])('LOGG-1 rejects as the work does, and says %s of its error and nothing else', async (word, error) => {
    const { measure } = await ready()
    const work = () => Promise.reject(error)
    expect(await rejectionOf(measure(READ, work))).toBe(error)
    const [span] = spans.getFinishedSpans()
    expect(span?.status).toEqual({ code: api.SpanStatusCode.ERROR })
    expect(span?.attributes).toEqual({ 'cis2.operation': 'read', 'error.type': word })
    expect(span?.events).toEqual([])
    expect(await pointsOf('cis2.store.duration')).toEqual([
      { attributes: { 'cis2.operation': 'read', 'error.type': word }, value: 1 },
    ])
  })

  it('rejects when the work throws', async () => {
    const { measure } = await ready()
    const error = new Error('thrown')
    const work = (): Promise<never> => {
      throw error
    }
    expect(await rejectionOf(measure(READ, work))).toBe(error)
  })

  it('counts the sign-ins that are being completed', async () => {
    const { measure } = await ready()
    let finish: () => void = () => undefined
    const signingIn = measure(
      { kind: 'sign-in', operation: 'callback' },
      () => new Promise<void>((resolve) => (finish = resolve)),
    )
    expect(await pointsOf('cis2.sign_ins.active')).toEqual([{ attributes: {}, value: 1 }])
    finish()
    await signingIn
    expect(await pointsOf('cis2.sign_ins.active')).toEqual([{ attributes: {}, value: 0 }])
  })

  it('uses an SDK that is registered, or replaced, later', async () => {
    const { measure } = await ready()
    await measure(READ, () => Promise.resolve())
    api.metrics.disable()
    reader = new PulledReader()
    api.metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }))
    await measure(READ, () => Promise.resolve())
    await measure(READ, () => Promise.resolve())
    expect(await pointsOf('cis2.store.duration')).toMatchObject([{ value: 2 }])
  })

  it.each([
    ['spans', api.metrics],
    ['metrics', api.trace],
  ])('tells an SDK that takes %s alone', async (_what, other) => {
    other.disable()
    const { measure } = await ready()
    await measure(READ, () => Promise.resolve())
    const taken = [...spans.getFinishedSpans(), ...(await pointsOf('cis2.store.duration'))]
    expect(taken).toHaveLength(1)
  })

  it('costs an operation of the store nothing while no SDK is registered', async () => {
    const { measure } = await ready()
    api.trace.disable()
    api.metrics.disable()
    const work = Promise.resolve(7)
    expect(measure(READ, () => work)).toBe(work)
    api.metrics.setGlobalMeterProvider(new MeterProvider({ readers: [(reader = new PulledReader())] }))
    await measure(READ, () => work)
    expect(await pointsOf('cis2.store.duration')).toHaveLength(1)
  })

  it('records the duration of what began before the package was loaded, and loses no balance over it', async () => {
    const telemetry = createTelemetry()
    await telemetry.measure({ kind: 'sign-in', operation: 'callback' }, async () => {
      await loadOpenTelemetry()
      await Promise.resolve()
    })
    expect(spans.getFinishedSpans()).toEqual([])
    expect(await pointsOf('cis2.sign_in.duration')).toMatchObject([{ value: 1 }])
    expect(await pointsOf('cis2.sign_ins.active')).toEqual([])
  })

  it('does the work, and no more, where the package is not installed', async () => {
    const { measure, count } = createTelemetry(() => Promise.resolve(undefined))
    await Promise.resolve()
    await expect(measure(READ, () => Promise.resolve(7))).resolves.toBe(7)
    await expect(measure(READ, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    count({ type: 'keys.rotated' })
    expect(spans.getFinishedSpans()).toEqual([])
  })

  it.each(['startSpan', 'end'])('does the work although the SDK of the application throws in %s', async (where) => {
    api.trace.disable()
    const broken = () => {
      throw new Error('a fault of the SDK')
    }
    const span = Object.assign(Object.create(api.INVALID_SPAN_CONTEXT) as object, {
      setAttributes: broken,
      setStatus: broken,
      end: broken,
    })
    const tracer = { startSpan: where === 'startSpan' ? broken : () => span }
    api.trace.setGlobalTracerProvider({ getTracer: () => tracer } as unknown as api.TracerProvider)
    api.metrics.disable()
    api.metrics.setGlobalMeterProvider({ getMeter: broken })
    const { measure, count } = await ready()
    await expect(measure(READ, () => Promise.resolve(7))).resolves.toBe(7)
    await expect(measure({ kind: 'sign-in', operation: 'x' }, () => Promise.resolve(8))).resolves.toBe(8)
    expect(() => {
      count({ type: 'keys.rotated' })
    }).not.toThrow()
  })
})

describe('loadOpenTelemetry', () => {
  it('finds nothing, and does not mind, where the package is not installed', async () => {
    jest.doMock('@opentelemetry/api', () => {
      throw Object.assign(new Error("Cannot find module '@opentelemetry/api'"), { code: 'MODULE_NOT_FOUND' })
    })
    await jest.isolateModulesAsync(async () => {
      const isolated = await import('../../../src/telemetry/load-api.js')
      await expect(isolated.loadOpenTelemetry()).resolves.toBeUndefined()
    })
    jest.dontMock('@opentelemetry/api')
    await expect(loadOpenTelemetry()).resolves.toHaveProperty('trace')
  })
})

describe('the audit stream', () => {
  it('is counted by type and reason, whether anybody listens or not', async () => {
    const { count } = await ready()
    const emit = createEmit(undefined, Date.now, count)
    emit({ type: 'sign-in.refused', reason: 'nonce', sub: 'canary', correlationId: 'canary', cause: 'canary' })
    emit({ type: 'sign-in.refused', reason: 'nonce' })
    emit({ type: 'sign-in.succeeded', sub: 'canary', role: 'canary', organisation: 'canary', sidHash: 'canary' })
    expect(await pointsOf('cis2.events')).toEqual([
      { attributes: { 'cis2.event': 'sign-in.refused', 'cis2.reason': 'nonce' }, value: 2 },
      { attributes: { 'cis2.event': 'sign-in.succeeded' }, value: 1 },
    ])
  })
})

describe('a whole sign-in', () => {
  let op: FakeOp

  beforeAll(async () => {
    op = await startFakeOp()
  })

  afterAll(() => op.stop())

  it('LOGG-1 is one span with its calls to CIS2 inside, and names nobody', async () => {
    op.reset()
    op.userInfo = { sub: op.sub, name: 'canary' }
    const { measure } = await ready()
    const provider = createProvider(configFor(op), () => undefined, measure)
    await provider.ready()
    await signIn(provider, op)
    op.claims = { nonce: 'canary' }
    await rejectionOf(signIn(provider, op))
    provider.close()

    const finished = spans.getFinishedSpans()
    const roots = finished.filter(({ name }) => name === 'cis2 sign-in callback')
    expect(roots.map(({ attributes }) => attributes['error.type'])).toEqual([undefined, 'nonce'])
    const callsOf = (index: number) =>
      finished
        .filter(({ parentSpanContext }) => parentSpanContext?.spanId === roots[index]?.spanContext().spanId)
        .map(({ name, attributes }) => [name, attributes['http.response.status_code']])
    expect(callsOf(0)).toEqual([
      ['cis2 provider token', 200],
      ['cis2 provider userinfo', 200],
    ])
    expect(callsOf(1)).toEqual([['cis2 provider token', 200]])
    expect(finished.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['cis2 provider discovery', 'cis2 provider keys']),
    )
    const all = JSON.stringify([
      finished.map(({ name, attributes, status, events }) => ({ name, attributes, status, events })),
      await Promise.all(['cis2.sign_in.duration', 'cis2.provider.duration'].map(pointsOf)),
    ])
    expect(all).not.toMatch(new RegExp(`canary|${op.sub}|${op.accessToken}|127\\.0\\.0\\.1|eyJ`))
  })
})
