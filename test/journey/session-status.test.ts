import { requireCis2 } from '../../src/index.js'
import { ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp, TestClock, type TestApp } from '../support/app/start-app.js'

describe('/session and the time a session lasts', () => {
  let provider: ScriptedProvider
  let app: TestApp
  let sid = ''

  beforeEach(async () => {
    provider = await ScriptedProvider.start(new TestClock())
    provider.script.idTokenClaims = (claims) => {
      sid = String(claims.sid)
      return claims
    }
    app = await startApp({
      provider,
      after(express) {
        express.get('/poll', requireCis2({ extendSession: false }), (_req, res) => {
          res.json({ ok: true })
        })
      },
    })
  })

  afterEach(async () => {
    await app.stop()
    await provider.stop()
  })

  const status = async (
    browser: ReturnType<TestApp['browser']>,
    method = 'GET',
    headers: Record<string, string> = {},
  ) => {
    const answer = await browser.request(`${app.baseUrl}/session`, { method, headers })
    expect(answer.headers.get('cache-control')).toBe('no-store')
    return answer
  }

  it('says that nobody is signed in', async () => {
    expect((await status(app.browser())).json()).toEqual({ signedIn: false })
    expect((await status(app.browser(), 'POST')).json()).toEqual({ signedIn: false })
  })

  it('tells the times without extending them, and extends on POST', async () => {
    const browser = await app.signedIn()
    const first = (await status(browser)).json()
    expect(first).toMatchObject({ signedIn: true })
    app.clock.advance(600)
    expect((await status(browser)).json()).toEqual(first)
    const extended = (await status(browser, 'POST', { origin: app.baseUrl })).json()
    expect(Number(extended.idleExpiresAt) - Number(first.idleExpiresAt)).toBe(600)
    expect(extended.absoluteExpiresAt).toBe(first.absoluteExpiresAt)
    app.clock.advance(899)
    expect(await app.whoAmI(browser)).toBeDefined()
  })

  it('extends for our own origin only', async () => {
    const browser = await app.signedIn()
    expect((await status(browser, 'POST', { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await status(browser, 'DELETE')).status).toBe(405)
  })

  it.each([
    [14 * 60 + 59, true],
    [15 * 60, false],
    [15 * 60 + 1, false],
  ])('TMO-1 after %d idle seconds, signed in: %s', async (seconds, expected) => {
    const browser = await app.signedIn()
    app.clock.advance(seconds)
    expect((await app.whoAmI(browser)) !== undefined).toBe(expected)
  })

  it('TMO-3 ends at 12 hours whatever is done, counted from auth_time', async () => {
    provider.authAgeSeconds = 200
    const browser = await app.signedIn()
    for (let minutes = 0; minutes < 12 * 60 - 4; minutes++) {
      app.clock.advance(60)
      if (minutes % 10 === 0 && (await app.whoAmI(browser)) === undefined)
        throw new Error(`ended after ${String(minutes)} minutes`)
    }
    expect(await app.whoAmI(browser)).toBeDefined()
    app.clock.advance(41)
    expect(await app.whoAmI(browser)).toBeUndefined()
    expect((await status(browser)).json()).toEqual({ signedIn: false, reason: 'absolute' })
  })

  it.each<[string, string, Record<string, string>]>([
    ['a request that says it is passive', '/me', { 'cis2-passive': '1' }],
    ['a route that does not extend', '/poll', {}],
    ['GET /session', '/session', {}],
  ])('TMO-4 is not extended by %s', async (_what, path, headers) => {
    const browser = await app.signedIn()
    for (let i = 0; i < 14; i++) {
      app.clock.advance(60)
      expect((await browser.request(app.baseUrl + path, { headers })).status).toBe(200)
    }
    app.clock.advance(61)
    expect(await app.whoAmI(browser)).toBeUndefined()
  })

  it('tells for ten minutes why the session ended: idle', async () => {
    const browser = await app.signedIn()
    app.clock.advance(901)
    expect((await status(browser)).json()).toEqual({ signedIn: false, reason: 'idle' })
    app.clock.advance(601)
    expect((await status(browser)).json()).toEqual({ signedIn: false })
  })

  it('tells that CIS2 ended the session', async () => {
    const browser = await app.signedIn()
    await app.browser().request(`${app.baseUrl}/backchannel-logout`, {
      method: 'POST',
      body: new URLSearchParams({ logout_token: await provider.logoutToken({ sid }) }),
    })
    expect((await status(browser)).json()).toEqual({ signedIn: false, reason: 'back-channel' })
  })

  it('tells that an administrator ended the session, and counts the sessions ended', async () => {
    const browsers = [await app.signedIn(), await app.signedIn()]
    expect(await app.auth.endSessions({ sub: '555012345678' })).toBe(2)
    expect(await app.auth.endSessions({ sub: '555012345678' })).toBe(0)
    for (const browser of browsers) {
      expect(await app.whoAmI(browser)).toBeUndefined()
      expect((await status(browser)).json()).toEqual({ signedIn: false, reason: 'administrator' })
    }
    const another = await app.signedIn()
    expect(await app.auth.endSessions({ sid })).toBe(1)
    expect(await app.whoAmI(another)).toBeUndefined()
  })

  it('ends the others when one session per user is asked for, and tells them why', async () => {
    const single = await startApp({ provider, options: { session: { onePerUser: true } } })
    const first = await single.signedIn()
    const second = await single.signedIn()
    expect(await single.whoAmI(first)).toBeUndefined()
    expect(await single.whoAmI(second)).toBeDefined()
    const answer = await first.request(`${single.baseUrl}/session`)
    expect(answer.json()).toEqual({ signedIn: false, reason: 'replaced' })
    await single.stop()
  })
})
