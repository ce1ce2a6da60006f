import { ProviderUnavailableError, SignInRefusedError } from '../../../src/errors.js'
import { createProviderCircuitBreaker } from '../../../src/oidc/provider-circuit-breaker.js'
import { Fault } from '../../../src/outbound/fault.js'
import { rejectionOf } from '../../support/thrown-by.js'
import { startFakeOp, type FakeOp } from './fake-op.js'
import { providerFor, signIn } from './support.js'

function setUp() {
  const log: string[] = []
  let now = 0
  let ran = 0
  const breaker = createProviderCircuitBreaker({
    onOpened: () => log.push('opened'),
    onDoubted: () => log.push('doubted'),
    onClosed: () => log.push('closed'),
    now: () => now,
  })
  return {
    log,
    ran: () => ran,
    advance: (milliseconds: number) => (now += milliseconds),
    succeed: () =>
      breaker.run(() => {
        ran += 1
        return Promise.resolve('done')
      }),
    fail: (error: Error = new ProviderUnavailableError('down')) =>
      rejectionOf(
        breaker.run(() => {
          ran += 1
          return Promise.reject(error)
        }),
      ),
    run: breaker.run.bind(breaker),
  }
}

async function times(count: number, run: () => Promise<unknown>): Promise<void> {
  for (let round = 0; round < count; round += 1) await run()
}

describe('createProviderCircuitBreaker', () => {
  it('stays closed while fewer than five tasks fail in a row', async () => {
    const { fail, succeed, log } = setUp()
    await times(4, fail)
    await succeed()
    await times(4, fail)
    await expect(succeed()).resolves.toBe('done')
    expect(log).toEqual([])
  })

  it('opens with the fifth, refuses for five seconds without running, and says for how long', async () => {
    const { fail, succeed, ran, advance, log } = setUp()
    await times(5, fail)
    expect(log).toEqual(['opened'])
    await expect(succeed()).rejects.toMatchObject({ code: 'CIS2_PROVIDER_UNAVAILABLE', retryAfterSeconds: 5 })
    advance(4_999)
    await expect(succeed()).rejects.toMatchObject({ retryAfterSeconds: 1 })
    expect(ran()).toBe(5)
  })

  it('lets one task try for all, and closes when it succeeds', async () => {
    const { fail, succeed, run, advance, log } = setUp()
    await times(5, fail)
    advance(5_000)
    let finish: (value: string) => void = () => undefined
    const probe = run(() => new Promise<string>((resolve) => (finish = resolve)))
    await expect(succeed()).rejects.toMatchObject({ retryAfterSeconds: 1 })
    finish('probe')
    await expect(probe).resolves.toBe('probe')
    await expect(succeed()).resolves.toBe('done')
    expect(log).toEqual(['opened', 'closed'])
  })

  it('stays open for five more seconds when the probe fails', async () => {
    const { fail, succeed, advance, log } = setUp()
    await times(5, fail)
    advance(5_000)
    await fail()
    await expect(succeed()).rejects.toMatchObject({ retryAfterSeconds: 5 })
    advance(5_000)
    await expect(succeed()).resolves.toBe('done')
    expect(log).toEqual(['opened', 'opened', 'closed'])
  })

  it('counts a refused sign-in as an answer of CIS2', async () => {
    const { fail, log } = setUp()
    await times(4, fail)
    await fail(new SignInRefusedError('nonce', 'refused'))
    await times(4, fail)
    expect(log).toEqual([])
  })

  it('FIELD-8 is never opened by what CIS2 answers to one code, and says that it is doubted', async () => {
    const { fail, succeed, log } = setUp()
    const unserved = new ProviderUnavailableError('503', { cause: new Fault('status', '503', { aboutOneCode: true }) })
    await times(4, fail)
    await times(20, () => fail(unserved))
    await expect(succeed()).resolves.toBe('done')
    expect(log).toEqual(['doubted', 'closed'])
  })
})

async function providerOf(op: FakeOp, work: (provider: ReturnType<typeof providerFor>) => Promise<void>) {
  const provider = providerFor(op)
  try {
    await provider.ready()
    await work(provider)
  } finally {
    provider.close()
    await op.stop()
  }
}

describe('a provider that cannot be reached', () => {
  it('DOS-9 is not called after five failures, says so in health and in one event, and recovers by itself', async () => {
    const op = await startFakeOp()
    const clock = jest.spyOn(performance, 'now')
    try {
      await providerOf(op, async (provider) => {
        op.answers.userInfo = () => ({ status: 503 })
        await times(5, () => rejectionOf(signIn(provider, op)))
        await expect(signIn(provider, op)).rejects.toMatchObject({ code: 'CIS2_PROVIDER_UNAVAILABLE' })
        await expect(provider.enter()).rejects.toMatchObject({ code: 'CIS2_PROVIDER_UNAVAILABLE' })
        expect(op.count('token')).toBe(5)
        expect(provider.health()).toMatchObject({ status: 'down', reason: 'exchange-status' })
        delete op.answers.userInfo
        const real = performance.timeOrigin
        clock.mockImplementation(() => Date.now() - real + 6_000)
        await expect(signIn(provider, op)).resolves.toMatchObject({ user: { sub: op.sub } })
        expect(provider.health().status).toBe('ok')
        expect(provider.events).toEqual([
          { type: 'provider.unavailable', reason: 'exchange-status' },
          { type: 'provider.recovered' },
        ])
      })
    } finally {
      clock.mockRestore()
    }
  })
})

describe('a provider whose token endpoint cannot serve a code', () => {
  it('FIELD-8 is asked for the next all the same, and health says that something is wrong', async () => {
    const op = await startFakeOp()
    await providerOf(op, async (provider) => {
      op.answers.token = () => ({ status: 503 })
      await times(12, () => rejectionOf(signIn(provider, op)))
      expect(provider.health()).toMatchObject({ status: 'degraded', reason: 'exchange-status' })
      delete op.answers.token
      await expect(signIn(provider, op)).resolves.toMatchObject({ user: { sub: op.sub } })
      expect(provider.events).toEqual([
        { type: 'provider.unavailable', reason: 'exchange-status' },
        { type: 'provider.recovered' },
      ])
    })
  })
})
