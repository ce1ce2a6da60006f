/** LOGG-2: the audit stream says everything that happened, once. */
import { jest } from '@jest/globals'

import { Router, type RequestHandler } from 'express'

import { requireCis2, type Cis2Event } from '../../src/index.js'
import { withProviderAndApp } from '../support/app/provider-and-app.js'
import { NURSE, ScriptedProvider, type Claims } from '../support/app/scripted-provider.js'
import { startApp, TestClock, type TestApp } from '../support/app/start-app.js'

/** The role that the scripted nurse has selected. */
const ROLE = { role: 'S8000:G8000:R8001', organisation: 'A99901' }
const WHO = { sub: NURSE.sub, aal: 3, ...ROLE }
const ROLES = { roles: { sent: 1, read: 1, selectedFound: true } }

describe('LOGG-2 the audit stream', () => {
  const clock = new TestClock()
  let provider: ScriptedProvider
  let app: TestApp

  withProviderAndApp(
    (both) => {
      ;({ provider, app } = both)
    },
    {
      clock,
      options: { aal: 2 },
      after(outer) {
        const end: RequestHandler = (_req, res) => res.end()
        outer.get('/strict', requireCis2({ aal: 3, maxAuthAgeSeconds: 60 }), end)
        const patients = Router({ mergeParams: true }).get('/:note', requireCis2({ organisations: ['RXX'] }), end)
        outer.use('/patients/:nhsNumber', patients)
        const either = requireCis2({ anyOf: [{ roles: ['R8000'] }, { activities: ['B9999'] }] })
        outer.get(['/wards/:ward', /^\/w\/(.*)$/], either, end)
        outer.use('/ward', requireCis2({ roles: ['R8000'] }), end)
      },
    },
  )

  afterEach(() => {
    provider.reset()
    app.events.length = 0
  })

  /** What an action adds, without time and correlation id, which are judged here. */
  async function eventsOf(action: () => Promise<unknown>): Promise<Partial<Cis2Event>[]> {
    app.events.length = 0
    await action()
    return app.events.map(({ at, correlationId, ...rest }) => {
      expect(at).toBe(new Date(clock.now).toISOString())
      if (correlationId !== undefined) expect(correlationId).toMatch(/^[0-9a-f-]{36}$/)
      return rest
    })
  }

  const sidHash = expect.stringMatching(/^[0-9a-f]{16}$/) as string

  it('of a sign-in: started, succeeded', async () => {
    expect(await eventsOf(() => app.signIn(app.browser()))).toEqual([
      { type: 'sign-in.started', aal: 2, reason: 'sign-in' },
      { type: 'sign-in.succeeded', ...WHO, ...ROLES, sidHash },
    ])
  })

  it('of a sign-in by somebody without a role: no role in it', async () => {
    provider.script.idTokenClaims = ({ selected_roleid: _role, ...claims }) => claims
    expect((await eventsOf(() => app.signIn(app.browser())))[1]).toEqual({
      type: 'sign-in.succeeded',
      sub: NURSE.sub,
      aal: 3,
      roles: { sent: 1, read: 1, selectedFound: false },
      sidHash,
    })
  })

  it.each<[string, (claims: Claims) => Claims, string]>([
    ['a foreign nonce', (claims) => ({ ...claims, nonce: 'other' }), 'nonce'],
    ['an old authentication', (claims) => ({ ...claims, auth_time: 1 }), 'auth-time'],
    ['a low level', (claims) => ({ ...claims, authentication_assurance_level: '1' }), 'assurance'],
    ['a low identity level', (claims) => ({ ...claims, id_assurance_level: '2' }), 'identity-assurance'],
    ['a foreign audience', (claims) => ({ ...claims, aud: 'other', azp: undefined }), 'audience'],
  ])('of a sign-in refused for %s: started, refused with its reason', async (_what, spoil, reason) => {
    provider.script.idTokenClaims = spoil
    expect(await eventsOf(() => app.signIn(app.browser()))).toMatchObject([
      { type: 'sign-in.started' },
      { type: 'sign-in.refused', reason },
    ])
  })

  it('of a callback that nobody began: refused, and nothing else', async () => {
    const browser = app.browser()
    expect(await eventsOf(() => browser.navigate(`${app.baseUrl}/callback?state=x&code=y`))).toMatchObject([
      { type: 'sign-in.refused', reason: 'state' },
    ])
    const address = await app.callbackAddress(browser)
    expect(await eventsOf(() => app.browser().navigate(address))).toMatchObject([
      { type: 'sign-in.refused', reason: 'no-transaction' },
    ])
  })

  it('of a step-up: started, the old session replaced, succeeded; or refused', async () => {
    const browser = await app.signedIn()
    expect(await eventsOf(() => app.signIn(browser, '/login?maxAge=60'))).toEqual([
      { type: 'sign-in.started', sub: NURSE.sub, aal: 2, reason: 'step-up' },
      { type: 'session.ended', reason: 'replaced', sub: NURSE.sub, sidHash },
      { type: 'step-up.succeeded', ...WHO, ...ROLES, sidHash },
    ])
    provider.person = { ...NURSE, aal: '2' }
    expect(await eventsOf(() => app.signIn(browser, '/login?aal=3&maxAge=60'))).toMatchObject([
      { type: 'sign-in.started', reason: 'step-up', aal: 3 },
      { type: 'step-up.refused', reason: 'assurance' },
    ])
  })

  it('of a change of role', async () => {
    const browser = await app.signedIn()
    expect(await eventsOf(() => app.signIn(browser, '/change-role'))).toMatchObject([
      { type: 'sign-in.started', reason: 'change-role' },
      { type: 'session.ended', reason: 'replaced' },
      { type: 'role.changed', ...WHO },
    ])
  })

  it('of a sign-out: once, however often it is asked for', async () => {
    const browser = await app.signedIn()
    const copy = browser.copy()
    const signOut = (who = browser) => who.request(`${app.baseUrl}/logout`, { method: 'POST' })
    expect(await eventsOf(() => signOut())).toEqual([
      { type: 'session.ended', reason: 'sign-out', sub: NURSE.sub, sidHash },
    ])
    expect(await eventsOf(() => signOut())).toEqual([])
    expect(await eventsOf(() => signOut(copy))).toEqual([])
  })

  it('of a back-channel logout: each session once; a refused token with its reason', async () => {
    await app.signedIn()
    await app.signedIn()
    clock.advance(1)
    const token = await provider.logoutToken({ sub: NURSE.sub })
    const send = () =>
      app.browser().request(`${app.baseUrl}/backchannel-logout`, {
        method: 'POST',
        body: new URLSearchParams({ logout_token: token }),
      })
    const ended = { type: 'session.ended', reason: 'back-channel', sub: NURSE.sub, sidHash }
    const events = await eventsOf(send)
    expect(events.length).toBeGreaterThanOrEqual(2)
    for (const event of events) expect(event).toEqual(ended)
    expect(await eventsOf(send)).toEqual([{ type: 'back-channel-logout.refused', reason: 'replayed' }])
  })

  it('of an administrator who ends a session, and of one that lasted 12 hours', async () => {
    await app.signedIn()
    expect(await eventsOf(() => app.auth.endSessions({ sub: NURSE.sub }))).toContainEqual({
      type: 'session.ended',
      reason: 'administrator',
      sub: NURSE.sub,
      sidHash,
    })
    const browser = await app.signedIn()
    for (let hours = 0; hours < 48; hours++) {
      clock.advance(15 * 60 - 1)
      await app.whoAmI(browser)
    }
    clock.advance(60)
    const events = [...app.eventsOf('session.ended'), ...(await eventsOf(() => app.whoAmI(browser)))]
    expect(events.filter(({ type }) => type === 'session.ended').map(({ reason, sub }) => ({ reason, sub }))).toEqual([
      expect.objectContaining({ reason: 'administrator' }),
      { reason: 'absolute', sub: NURSE.sub },
    ])
  })

  it.each([
    ['/me', 'CIS2_NOT_SIGNED_IN', undefined, {}],
    ['/doctors', 'CIS2_FORBIDDEN', '3', { key: 'roles' }],
    ['/strict', 'CIS2_STEP_UP_REQUIRED', '2', { key: 'aal' }],
    ['/patients/9000000009/notes?name=Smith', 'CIS2_FORBIDDEN', '3', { key: 'organisations', route: '/:note' }],
    ['/wards/4', 'CIS2_FORBIDDEN', '3', { key: 'anyOf', route: '/wards/:ward, /^\\/w\\/(.*)$/' }],
  ])('of a guard that refuses a call to %s: once, with %s, and where', async (path, reason, aal, where) => {
    provider.person = { ...NURSE, aal }
    const browser = aal === undefined ? app.browser() : await app.signedIn()
    const who = aal === undefined ? {} : { ...WHO, aal: Number(aal) }
    expect(await eventsOf(() => browser.request(app.baseUrl + path))).toEqual([
      { type: 'access.refused', reason, method: 'GET', route: path, ...where, ...who },
    ])
  })

  it('of a guard that refuses another origin, and of one that stands on no route', async () => {
    const browser = await app.signedIn()
    const foreign = { method: 'POST', headers: { origin: 'https://elsewhere.example' } }
    expect(await eventsOf(() => browser.request(`${app.baseUrl}/prescriptions`, foreign))).toMatchObject([
      { reason: 'CIS2_CROSS_ORIGIN', method: 'POST', route: '/prescriptions', key: 'crossOrigin' },
    ])
    const [refused, ...others] = await eventsOf(() => browser.request(`${app.baseUrl}/ward/x`))
    expect(others).toEqual([])
    expect(refused).toEqual({ type: 'access.refused', reason: 'CIS2_FORBIDDEN', method: 'GET', key: 'roles', ...WHO })
  })

  describe('shares one id among all events of one sign-in', () => {
    const ids = () => new Set(app.events.map(({ correlationId }) => correlationId))

    it('that succeeds, and of no other', async () => {
      await app.signIn(app.browser())
      expect(app.events.map(({ type }) => type)).toEqual(['sign-in.started', 'sign-in.succeeded'])
      expect(ids().size).toBe(1)
      await app.signIn(app.browser())
      expect(ids().size).toBe(2)
    })

    it('that is refused: with its page, and with what a late or foreign copy of the callback is told', async () => {
      provider.script.idTokenClaims = (claims) => ({ ...claims, nonce: 'other' })
      const browser = app.browser()
      const address = await app.callbackAddress(browser)
      const refused = await browser.navigate(address)
      expect(ids().size).toBe(1)
      const id = app.events[0]?.correlationId ?? ''
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      expect(refused.body).toContain(`reference ${id}`)
      expect((await app.browser().navigate(address)).body).toContain(`reference ${id}`)
      expect(app.events.map(({ type }) => type)).toEqual(['sign-in.started', 'sign-in.refused', 'sign-in.refused'])
      expect(ids().size).toBe(1)
      // The id is public, the state is not.
      expect(address).not.toContain(id)
    })

    it('but not with a state that we did not make', async () => {
      const browser = app.browser()
      for (let times = 0; times < 2; times++) await browser.navigate(`${app.baseUrl}/callback?state=x&code=y`)
      expect(ids().size).toBe(2)
    })
  })

  it('of a guard that sends a page navigation to sign in: nothing, for nobody was refused', async () => {
    expect(await eventsOf(() => app.browser().navigate(`${app.baseUrl}/me`))).toEqual([])
  })

  it('of CIS2 going away and coming back: once each', async () => {
    provider.script.handle = (path, req) => {
      if (path !== '/access_token') return false
      req.socket.destroy()
      return true
    }
    const away = await eventsOf(async () => {
      for (let tries = 0; tries < 8; tries++) await app.signIn(app.browser())
    })
    expect(away.filter(({ type }) => type === 'provider.unavailable')).toHaveLength(1)
    expect(away.filter(({ type }) => type === 'sign-in.refused')).toHaveLength(8)
    provider.reset()
    // The breaker waits by the clock that only grows.
    const { now } = performance
    jest.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + 6_000)
    const back = await eventsOf(async () => {
      // The breaker lets one through to see.
      for (let tries = 0; tries < 3; tries++) await app.signIn(app.browser())
    })
    expect(back.filter(({ type }) => type === 'provider.recovered')).toHaveLength(1)
    jest.restoreAllMocks()
  })
})

it('without a listener and outside production a refused sign-in is one line on stderr, and nobody is in it', async () => {
  const provider = await ScriptedProvider.start(new TestClock())
  const write = jest.spyOn(process.stderr, 'write').mockReturnValue(true)
  const { NODE_ENV } = process.env
  try {
    process.env.NODE_ENV = 'development'
    const app = await startApp({ provider, options: { onEvent: undefined as never } })
    provider.script.idTokenClaims = (claims) => ({ ...claims, nonce: 'other' })
    const refused = await app.signIn(app.browser())
    expect(refused.status).toBe(400)
    await app.stop()
    const lines = write.mock.calls.map(([line]) => String(line)).filter((line) => line.startsWith('express-cis2'))
    expect(lines).toEqual([
      expect.stringMatching(
        /^express-cis2: a sign-in was refused \(CIS2_SIGN_IN_REFUSED, nonce\): .+ Read on: node_modules\/express-cis2\/docs\/errors\.md#cis2_sign_in_refused \(reference [0-9a-f-]{36}\)\n$/,
      ),
    ])
    expect(lines[0]).not.toContain(NURSE.sub)
  } finally {
    process.env.NODE_ENV = NODE_ENV
    write.mockRestore()
    await provider.stop()
  }
})
