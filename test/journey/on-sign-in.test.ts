/** `onSignIn`: the application's own step in a sign-in. */
import { Redis } from 'ioredis'

import { isCis2Error, requireCis2, type SignInContext, type SignInHook } from '../../src/index.js'
import { NURSE, ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp, TestClock, type TestApp } from '../support/app/start-app.js'

const OTHER = '555099999999'

describe('onSignIn', () => {
  const keyPrefix = `hook-${process.pid}:`
  let provider: ScriptedProvider
  let app: TestApp
  let redis: Redis
  let hook: SignInHook
  let told: { sub: string; purpose: SignInContext['purpose']; before: string | undefined }[]

  beforeAll(async () => {
    provider = await ScriptedProvider.start(new TestClock())
    redis = new Redis(process.env.REDIS_URL ?? '')
    app = await startApp({
      provider,
      options: {
        timeoutSeconds: 1,
        session: { secret: 'Vn3k8sPq2Lr7wXy5bTz9cJm4dHf6gKa1', redis: process.env.REDIS_URL, keyPrefix },
        onSignIn(user, context) {
          told.push({ sub: user.sub, purpose: context.purpose, before: context.req.cis2User?.sub })
          return hook(user, context)
        },
      },
      after(express) {
        express.get('/data', requireCis2(), (req, res) => {
          res.json(Object.fromEntries(Object.entries(req.session as object).filter(([name]) => name !== 'cookie')))
        })
        express.get('/basket', requireCis2(), (req, res) => {
          Object.assign(req.session as object, { basket: 3 })
          res.json({ ok: true })
        })
      },
    })
  })

  beforeEach(() => {
    told = []
    hook = () => undefined
    provider.reset()
    app.events.length = 0
  })

  afterAll(async () => {
    redis.disconnect()
    await app.stop()
    await provider.stop()
  })

  const dataOf = async (browser: ReturnType<TestApp['browser']>) =>
    (await browser.request(`${app.baseUrl}/data`)).json()
  const keys = async () => (await redis.keys(`${keyPrefix}*`)).filter((key) => !/:l[or]?$/.test(key)).sort()

  it('puts what it returns into the new session, and into no other', async () => {
    const other = await app.signedIn()
    hook = (user) => Promise.resolve({ localId: `local-${user.sub}` })
    const browser = await app.signedIn()
    expect(told.at(-1)).toEqual({ sub: NURSE.sub, purpose: 'sign-in', before: undefined })
    expect(await dataOf(browser)).toEqual({ localId: `local-${NURSE.sub}` })
    expect(await dataOf(other)).toEqual({})
    // Nor into one that comes after, of the same user.
    hook = () => undefined
    expect(await dataOf(await app.signedIn())).toEqual({})
  })

  it('keeps what a step-up carries along, under what it returns', async () => {
    hook = (_user, { purpose }) => ({ lastPurpose: purpose })
    const browser = await app.signedIn()
    await browser.request(`${app.baseUrl}/basket`)
    app.clock.advance(61)
    await app.signIn(browser, '/login?maxAge=60')
    expect(told.map(({ purpose, before }) => ({ purpose, before }))).toEqual([
      { purpose: 'sign-in', before: undefined },
      { purpose: 'step-up', before: NURSE.sub },
    ])
    expect(await dataOf(browser)).toEqual({ basket: 3, lastPurpose: 'step-up' })
    await app.signIn(browser, '/change-role')
    expect(told.at(-1)?.purpose).toBe('change-role')
  })

  it("gives another user's answer to a step-up nothing of the first, and calls it a sign-in", async () => {
    hook = (user) => ({ localId: user.sub })
    const browser = await app.signedIn()
    await browser.request(`${app.baseUrl}/basket`)
    app.clock.advance(61)
    provider.person = { ...NURSE, sub: OTHER }
    await app.signIn(browser, '/login?maxAge=60')
    expect(told.at(-1)).toMatchObject({ sub: OTHER, purpose: 'sign-in' })
    expect(await dataOf(browser)).toEqual({ localId: OTHER })
  })

  it.each<[string, SignInHook]>([
    [
      'throws',
      () => {
        throw new Error('blocked here')
      },
    ],
    ['rejects with no error at all', () => Promise.reject(new Error('rejected'))],
    ['is late', () => new Promise(() => {})],
    ['returns what is no plain object', () => new Date()],
    ['returns a list', () => ['a'] as never],
    ['returns what is no JSON', () => ({ big: 1n })],
  ])('refuses the sign-in when it %s: no key is left, the old session is unharmed', async (_what, refusing) => {
    const browser = await app.signedIn()
    await browser.request(`${app.baseUrl}/basket`)
    const before = await keys()
    hook = refusing
    provider.person = { ...NURSE, sub: OTHER }
    const answer = await app.signIn(browser, '/login')
    expect(answer.status).toBe(403)
    expect(answer.body).not.toContain('blocked here')
    expect(app.eventsOf('sign-in.refused')).toMatchObject([{ reason: 'application' }])
    expect(await keys()).toEqual(before)
    expect(await app.whoAmI(browser)).toMatchObject({ sub: NURSE.sub })
    expect(await dataOf(browser)).toEqual({ basket: 3 })
  })

  it('is not asked when a check has failed', async () => {
    provider.script.idTokenClaims = (claims) => ({ ...claims, nonce: 'another' })
    expect((await app.signIn(app.browser())).status).toBe(400)
    expect(told).toEqual([])
  })

  it("hands the application's own words to its error handler under errors: 'next'", async () => {
    const thrown = new Error('Dr Who may not come in')
    const causes: unknown[] = []
    const strict = await startApp({
      provider,
      options: {
        errors: 'next',
        onSignIn() {
          throw thrown
        },
      },
      after(express) {
        express.use(
          (
            error: unknown,
            _req: unknown,
            res: { status(code: number): { send(text: string): void } },
            _next: unknown,
          ) => {
            if (isCis2Error(error) && error.code === 'CIS2_SIGN_IN_REFUSED') causes.push(error.reason, error.cause)
            res.status(403).send('own words')
          },
        )
      },
    })
    expect((await strict.signIn(strict.browser())).body).toBe('own words')
    expect(causes).toEqual(['application', thrown])
    await strict.stop()
  })
})
