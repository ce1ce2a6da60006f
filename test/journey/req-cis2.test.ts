/** `req.cis2`: what a handler learns from it, and asks of it. */
import type { ErrorRequestHandler, RequestHandler } from 'express'

import { isCis2Error } from '../../src/index.js'
import { withProviderAndApp } from '../support/app/provider-and-app.js'
import { ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp, TestClock, type TestApp } from '../support/app/start-app.js'

/** Hands what `req.cis2` rejects with to the application's error handler, with Express 4 as with 5. */
function handing(work: (...args: Parameters<RequestHandler>) => Promise<void>): RequestHandler {
  return (req, res, next) => {
    work(req, res, next).catch(next)
  }
}

const codeAndPolicy: ErrorRequestHandler = (error, _req, res, next) => {
  if (!isCis2Error(error)) {
    next(error)
    return
  }
  res.status(error.status).json({ code: error.code, policy: res.getHeader('Content-Security-Policy') })
}

describe('req.cis2', () => {
  let provider: ScriptedProvider
  let app: TestApp

  withProviderAndApp(
    (both) => {
      ;({ provider, app } = both)
    },
    {
      options: { aal: 2 },
      after(express) {
        express.get('/api/session', (req, res) => {
          res.json({ session: req.cis2.session, store: req.cis2.store })
        })
        express.get('/api/tokens', async (req, res) => {
          const tokens = await req.cis2.tokens()
          res.json(
            tokens === undefined
              ? null
              : { kinds: Object.keys(tokens).sort(), parts: tokens.idToken.split('.').length },
          )
        })
        express.post('/api/leave', async (req, res) => {
          await req.cis2.signOut()
          res.json({ user: req.cis2User ?? null, session: req.cis2.session ?? null })
        })
        express.get('/api/sign-in', (req) => req.cis2.signIn({ returnTo: '/strong', aal: 3 }))
        express.get('/api/sign-in-plain', (req) => req.cis2.signIn())
        express.get('/api/change-role', (req) => req.cis2.changeRole({ returnTo: '/me' }))
        express.get('/api/change-role-plain', (req) => req.cis2.changeRole())
      },
    },
  )

  beforeEach(() => {
    provider.reset()
    app.events.length = 0
  })

  it('tells the times of the session in epoch seconds', async () => {
    const browser = await app.signedIn()
    const now = Math.floor(app.clock.now / 1000)
    const answer = await browser.request(`${app.baseUrl}/api/session`)
    const session = answer.json().session as Record<string, number>
    expect(Math.abs((session.signedInAt ?? 0) - now)).toBeLessThanOrEqual(1)
    expect(Math.abs((session.idleExpiresAt ?? 0) - now - 900)).toBeLessThanOrEqual(1)
    expect(Math.abs((session.absoluteExpiresAt ?? 0) - now - 43_200)).toBeLessThanOrEqual(1)
    expect((await app.browser().request(`${app.baseUrl}/api/session`)).json()).toEqual({ store: 'ok' })
  })

  it('gives the tokens, and undefined when nobody is signed in', async () => {
    const browser = await app.signedIn()
    expect((await browser.request(`${app.baseUrl}/api/tokens`)).json()).toEqual({
      kinds: ['accessToken', 'accessTokenExpiresAt', 'idToken'],
      parts: 3,
    })
    expect((await app.browser().request(`${app.baseUrl}/api/tokens`)).json()).toBeNull()
  })

  it('signs out and leaves the answer to the handler', async () => {
    const browser = await app.signedIn()
    const thief = browser.copy()
    const answer = await browser.request(`${app.baseUrl}/api/leave`, { method: 'POST' })
    expect(answer.json()).toEqual({ user: null, session: null })
    expect(await app.whoAmI(browser)).toBeUndefined()
    expect(await app.whoAmI(thief)).toBeUndefined()
  })

  it('answers with the redirect to CIS2: sign-in, step-up, role change', async () => {
    const first = await app.browser().navigate(`${app.baseUrl}/api/sign-in-plain`)
    expect(first.status).toBe(302)
    expect(new URL(first.location ?? '').searchParams.get('acr_values')).toBe('AAL2_OR_AAL3_ANY')
    provider.person = { ...provider.person, aal: '2' }
    const browser = await app.signedIn()
    const stepUp = await browser.navigate(`${app.baseUrl}/api/sign-in`)
    expect(new URL(stepUp.location ?? '').searchParams.get('acr_values')).toBe('AAL3_ANY')
    provider.person = { ...provider.person, aal: '3' }
    const reached = await browser.follow(stepUp.location ?? '')
    expect(reached.json()).toEqual({ aal: 3 })
    expect(app.eventsOf('step-up.succeeded')).toHaveLength(1)
    const change = await browser.navigate(`${app.baseUrl}/api/change-role`)
    const scopes = new URL(change.location ?? '').searchParams.get('scope')?.split(' ')
    expect(scopes).toContain('changedrole')
    expect(scopes).not.toContain('selectedrole')
    expect(new URL(change.location ?? '').searchParams.get('prompt')).toBe('login')
    expect((await browser.follow(change.location ?? '')).status).toBe(200)
    expect(app.eventsOf('role.changed')).toHaveLength(1)
    expect((await app.browser().navigate(`${app.baseUrl}/api/change-role-plain`)).status).toBe(302)
  })
})

describe('req.cis2.signIn', () => {
  let provider: ScriptedProvider
  let app: TestApp

  beforeAll(async () => {
    provider = await ScriptedProvider.start(new TestClock())
  })

  afterEach(() => app.stop())

  afterAll(() => provider.stop())

  it.each(['NaN', '4', '0', '2.5', '"3"', 'null'])('refuses the level %s, which is none', async (text) => {
    app = await startApp({
      provider,
      after(express) {
        const aal = (text === 'NaN' ? Number.NaN : JSON.parse(text)) as 3
        express.get(
          '/start',
          handing((req) => req.cis2.signIn({ aal })),
        )
      },
    })
    const answer = await app.browser().request(`${app.baseUrl}/start`)
    expect(answer.status).toBe(500)
    expect(answer.location).toBeUndefined()
    expect(app.eventsOf('sign-in.started')).toEqual([])
  })

  it.each(['signIn', 'changeRole'] as const)('%s needs an address to come back to', async (method) => {
    app = await startApp({
      provider,
      options: { routes: { login: false, changeRole: false, callback: false } },
      after(express) {
        express.get(
          '/start',
          handing((req) => req.cis2[method]()),
        )
        express.use(codeAndPolicy)
      },
    })
    const answer = await app.browser().request(`${app.baseUrl}/start`)
    expect([answer.status, answer.json().code]).toEqual([500, 'CIS2_CONFIG'])
  })

  it('leaves the application its own headers when it fails', async () => {
    app = await startApp({
      provider: { issuer: 'http://127.0.0.1:9/nobody', clientId: 'test-client' },
      impatient: true,
      before(express) {
        express.use((_req, res, next) => {
          res.setHeader('Content-Security-Policy', "default-src 'self'")
          next()
        })
      },
      after(express) {
        express.get(
          '/start',
          handing((req) => req.cis2.signIn()),
        )
        express.use(codeAndPolicy)
      },
    })
    const answer = await app.browser().request(`${app.baseUrl}/start`)
    expect([answer.status, answer.json()]).toEqual([
      503,
      { code: 'CIS2_PROVIDER_UNAVAILABLE', policy: "default-src 'self'" },
    ])
  })
})

describe('req.cis2.signOut', () => {
  it('does not make a lost store look as if it answered', async () => {
    const provider = await ScriptedProvider.start(new TestClock())
    const app = await startApp({
      provider,
      impatient: true,
      options: { session: { redis: 'redis://127.0.0.1:1' } },
      after(express) {
        express.get('/out', (req, res) => {
          req.cis2.signOut().catch((error: unknown) => {
            res.json({ code: isCis2Error(error) && error.code, store: req.cis2.store })
          })
        })
      },
    })
    const answer = await app.browser().request(`${app.baseUrl}/out`)
    expect(answer.json()).toEqual({ code: 'CIS2_SIGN_OUT_NOT_CONFIRMED', store: 'unavailable' })
    await app.stop()
    await provider.stop()
  })
})
