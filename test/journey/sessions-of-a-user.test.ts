/** `listSessions`, `req.cis2.sessions()`, `endSessions({ sub, id })`: where a user is signed in. */
import { requireCis2, type Cis2SessionInfo } from '../../src/index.js'
import { NURSE, ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp, TestClock, type TestApp } from '../support/app/start-app.js'

describe.each(['memory', 'Redis'])("a user's sessions, in %s", (store) => {
  let provider: ScriptedProvider
  let app: TestApp

  beforeAll(async () => {
    provider = await ScriptedProvider.start(new TestClock())
    const redis = store === 'memory' ? ('memory' as const) : process.env.REDIS_URL
    app = await startApp({
      provider,
      options: { session: { secret: 'Vn3k8sPq2Lr7wXy5bTz9cJm4dHf6gKa1', redis, keyPrefix: `listed-${process.pid}:` } },
      after(express) {
        express.get('/where', requireCis2({ extendSession: false }), async (req, res) => {
          res.json(await req.cis2.sessions())
        })
        express.get('/anybody', async (req, res) => {
          res.json(await req.cis2.sessions())
        })
      },
    })
  })

  afterAll(async () => {
    await app.stop()
    await provider.stop()
  })

  let sub = NURSE.sub
  beforeEach(() => {
    sub = String(555_000_000_000 + Math.floor(Math.random() * 1e9))
    provider.person = { ...NURSE, sub }
  })

  type Person = ReturnType<TestApp['browser']>
  const where = async (browser: Person): Promise<Cis2SessionInfo[]> =>
    (await browser.request(`${app.baseUrl}/where`)).json() as never

  it('lists each, newest first, with its role, level and times; the one that asks is marked', async () => {
    const first = await app.signedIn()
    app.clock.advance(60)
    const second = await app.signedIn()
    const now = Math.floor(app.clock.now / 1000)
    const listed = await where(first)
    expect(listed).toEqual([
      expect.objectContaining({ signedInAt: now, idleExpiresAt: now + 900, current: false }),
      expect.objectContaining({ signedInAt: now - 60, idleExpiresAt: now - 60 + 900, current: true }),
    ])
    expect(listed[0]).toMatchObject({ aal: 3, role: 'S8000:G8000:R8001', organisation: 'A99901' })
    expect(listed.every(({ absoluteExpiresAt, signedInAt }) => absoluteExpiresAt - signedInAt <= 43_200)).toBe(true)
    const ofAuth = await app.auth.listSessions({ sub })
    expect(ofAuth).toEqual(listed.map((one) => ({ ...one, current: false })))
    expect(ofAuth.every((one) => Object.isFrozen(one))).toBe(true)
    expect((await where(second)).map(({ current }) => current)).toEqual([true, false])
  })

  it('does not slide what it lists', async () => {
    const browser = await app.signedIn()
    app.clock.advance(899)
    expect(await app.auth.listSessions({ sub })).toHaveLength(1)
    app.clock.advance(2)
    expect(await app.auth.listSessions({ sub })).toEqual([])
    expect(await app.whoAmI(browser)).toBeUndefined()
  })

  it('lists nobody else, nothing that has ended, and nothing to a stranger', async () => {
    const kept = await app.signedIn()
    const gone = await app.signedIn()
    const anotherUser = { ...provider.person, sub: '555012340000' }
    provider.person = anotherUser
    await app.signedIn()
    await gone.request(`${app.baseUrl}/logout`, { method: 'POST', headers: { origin: app.baseUrl } })
    expect(await where(kept)).toHaveLength(1)
    expect((await app.browser().request(`${app.baseUrl}/anybody`)).body).toBe('[]')
  })

  it('ends the one that is named, and no other; its id opens nothing', async () => {
    const first = await app.signedIn()
    app.clock.advance(1)
    const second = await app.signedIn()
    const [, older] = await where(second)
    const id = older?.id ?? ''
    expect(id).toMatch(/^[0-9a-f]{32}$/)
    expect(await app.auth.endSessions({ sub: '555099999999', id })).toBe(0)
    expect(await app.auth.endSessions({ sub, id: `${id.slice(0, -1)}${id.endsWith('0') ? '1' : '0'}` })).toBe(0)
    expect(await app.auth.endSessions({ sub, id })).toBe(1)
    expect(await app.auth.endSessions({ sub, id })).toBe(0)
    expect(await app.whoAmI(first)).toBeUndefined()
    expect(await app.whoAmI(second)).toBeDefined()
    expect(app.eventsOf('session.ended').at(-1)).toMatchObject({ sub, reason: 'administrator' })
    // A cookie made of it is nobody's: not even the store is asked.
    const thief = app.browser()
    for (const name of second.cookieNames(new URL(app.baseUrl).hostname)) {
      const answer = await thief.request(`${app.baseUrl}/me`, { headers: { cookie: `${name}=${id}` } })
      expect(answer.status).toBe(401)
    }
  })

  it.each([undefined, {}, { sub: '' }, { sub: 7 }, { sid: 'x' }, { sub: 'x', more: 'y' }])(
    'refuses to list for %j',
    async (which) => {
      await expect(app.auth.listSessions(which as never)).rejects.toMatchObject({ code: 'CIS2_CONFIG' })
    },
  )

  it.each([{}, { sub: undefined }, { sub: '' }, { sid: undefined }, { sid: 'a', sub: 'b' }, undefined, null, 'sub'])(
    'refuses to end those of %j, and does not answer with "none"',
    async (which) => {
      await expect(app.auth.endSessions(which as { sub: string })).rejects.toMatchObject({ code: 'CIS2_CONFIG' })
    },
  )
})
