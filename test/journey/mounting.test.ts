/** Where `cis2Auth` is mounted, behind what, and beside whom. */
import express, { type ErrorRequestHandler, type RequestHandler } from 'express'
import express4 from 'express4'
import session from 'express-session'
import request from 'supertest'

import { cis2Auth, requireCis2, type Cis2Options } from '../../src/index.js'
import { aUser, fakeCis2Auth } from '../../src/testing/index.js'
import { ScriptedProvider } from '../support/app/scripted-provider.js'
import { thrownBy } from '../support/thrown-by.js'
import { APP_KEY, startApp, TestClock, type TestApp } from '../support/app/start-app.js'

describe('mounting cis2Auth', () => {
  let provider: ScriptedProvider
  const running: { stop(): Promise<void> }[] = []

  beforeAll(async () => {
    provider = await ScriptedProvider.start(new TestClock())
  })

  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.stop()))
    provider.reset()
  })

  afterAll(async () => {
    await provider.stop()
  })

  async function start(options: Omit<Parameters<typeof startApp>[0], 'provider'> = {}): Promise<TestApp> {
    const app = await startApp({ provider, ...options })
    running.push(app)
    return app
  }

  function optionsFor(app: { baseUrl: string }, more: Partial<Cis2Options> = {}): Cis2Options {
    return {
      issuer: provider.issuer,
      clientId: provider.clientId,
      clientAuthentication: { method: 'private_key_jwt', keys: [{ privateKey: APP_KEY }] },
      baseUrl: app.baseUrl,
      session: { secret: 'a-secret-for-the-second-instance-1', redis: 'memory' },
      ...more,
    }
  }

  it('answers 500 and says where it belongs when mounted below a path', async () => {
    const outer = express()
    const auth = cis2Auth(optionsFor({ baseUrl: 'http://localhost:1' }))
    running.push({ stop: () => auth.close() })
    outer.use('/inner', auth)
    const answer = await request(outer).get('/inner/x')
    expect(answer.status).toBe(500)
    expect(answer.text).toContain('MountError')
  })

  it('SES-12 answers 500 and names the middleware to remove when there is a session already', async () => {
    const app = await start({
      before: (outer) => outer.use(session({ secret: 'x', resave: false, saveUninitialized: false })),
    })
    const answer = await app.browser().request(`${app.baseUrl}/`)
    expect(answer.status).toBe(500)
    expect(answer.body).toContain('express-session')
  })

  it('SES-12 answers 500 when it is mounted twice', async () => {
    const app = await start()
    app.app.use(app.auth)
    const answer = await app.browser().request(`${app.baseUrl}/nowhere`)
    expect(answer.status).toBe(500)
    expect(answer.body).toContain('mounted twice')
  })

  it.each([
    ['strips the path', '', '/clinic'],
    ['leaves the path', '/clinic', '/clinic'],
  ])('CFG-11 works behind a proxy that %s of baseUrl', async (_what, served, path) => {
    const app = await start({ baseUrl: `https://clinic.example${path}` })
    const browser = app.browser()
    // The proxy: what the browser asks for below the path arrives with or without it.
    const ask = (address: string) => {
      const url = new URL(address, 'https://clinic.example')
      return browser.navigate(
        url.origin + (served === '' ? url.pathname.replace(path, '') || '/' : url.pathname) + url.search,
      )
    }
    const login = await ask(`${path}/login?returnTo=${path}/patients`)
    expect(new URL(login.location ?? '').searchParams.get('redirect_uri')).toBe(
      'https://clinic.example/clinic/callback',
    )
    const back = await browser.navigate(login.location ?? '')
    const landed = await ask(back.location ?? '')
    expect([landed.status, landed.headers.get('location')]).toEqual([303, '/clinic/patients'])
    const refused = await ask(`${path}/doctors`)
    expect(refused.status).toBe(served === '' ? 403 : 404)
  })

  it('is a Router, in Express 4 and 5: what the application adds to it comes after the sign-in is known', async () => {
    for (const make of [express, express4 as unknown as typeof express]) {
      const auth = cis2Auth(optionsFor({ baseUrl: 'http://127.0.0.1:1' }))
      running.push({ stop: () => auth.close() })
      auth.get('/added', (req, res) => {
        res.json(req.cis2.store)
      })
      auth.get('/fails', () => {
        throw new Error('of the application')
      })
      const outer = make()
      outer.use(auth)
      outer.get('/after', (req, res) => {
        res.json(req.cis2.store)
      })
      outer.use(((error: Error, _req, res, _next) => {
        res.status(500).json(error.message)
      }) satisfies ErrorRequestHandler)
      const answers = await Promise.all(['/added', '/after', '/fails', '/'].map((path) => request(outer).get(path)))
      expect(answers.map(({ status, body }) => [status, body as unknown])).toMatchObject([
        [200, 'ok'],
        [200, 'ok'],
        [500, 'of the application'],
        [404, {}],
      ])
      expect((await request(outer).options('/added')).headers.allow).toContain('GET')
    }
  })

  it('matches exactly the paths it owns', async () => {
    const app = await start()
    for (const path of ['/login/', '/Login', '/login/x', '/loginx', '//login']) {
      const answer = await app.browser().navigate(app.baseUrl + path)
      expect({ path, status: answer.status }).toEqual({ path, status: 404 })
    }
  })

  it('answers none of the routes that are switched off', async () => {
    const app = await start({
      options: { routes: { jwks: false, session: false, changeRole: false, logout: false, backChannelLogout: false } },
    })
    for (const path of ['/.well-known/jwks.json', '/session', '/change-role', '/logout', '/backchannel-logout']) {
      expect((await app.browser().request(app.baseUrl + path)).status).toBe(404)
    }
    expect((await app.signedIn()).cookieNames('127.0.0.1')).toHaveLength(1)
  })

  it('without a login route of its own asks a page navigation for a sign-in by a page', async () => {
    const app = await start({ options: { routes: { login: false } } })
    const answer = await app.browser().navigate(`${app.baseUrl}/me`)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(answer.body).not.toContain('href=')
    expect((await app.browser().request(`${app.baseUrl}/me`)).json()).not.toHaveProperty('login')
  })

  it.each<[string, (app: express.Express) => void, string]>([
    ['cis2Auth', (app) => app.use(cis2Auth as never), 'write app.use(cis2Auth({ … }))'],
    ['requireCis2', (app) => app.get('/x', requireCis2 as never), 'write requireCis2()'],
    ['fakeCis2Auth', (app) => app.use(fakeCis2Auth as never), 'write app.use(fakeCis2Auth(user))'],
    ['auth.requireCis2', (app) => app.get('/x', fakeCis2Auth().requireCis2 as never), 'write auth.requireCis2()'],
  ])('says in one sentence that %s was handed over uncalled', async (name, mount, cure) => {
    const app = express()
    mount(app)
    expect((await problemsAt(app)).problems).toEqual([`${name} was handed to Express without being called: ${cure}`])
  })

  it('refuses a guard on a role that the scopes can give nobody: when it is defined, or met', async () => {
    const scopes = 'openid profile nationalrbacaccess'
    const problem = 'the requirement asks for a role, which nobody can have: the option scopes lacks selectedrole'
    const auth = fakeCis2Auth(aUser(), { scopes })
    const refusal = thrownBy(() => auth.requireCis2({ anyOf: [{ roles: ['R8001'] }, { activities: ['B0278'] }] }))
    expect(refusal).toMatchObject({ code: 'CIS2_CONFIG', problems: [problem] })
    expect(() => auth.requireCis2({ anyOf: [{ roles: ['R8001'] }, { aal: 3 }] })).not.toThrow()
    const app = express().use(auth)
    app.get('/x', requireCis2({ organisations: ['A99901'] }), (_req, res) => res.end())
    expect((await problemsAt(app)).problems).toEqual([problem])
    expect((await problemsAt(app)).problems).toEqual([problem])
  })

  /** What the application's error handler is given. */
  async function problemsAt(app: express.Express): Promise<{ code?: string; problems?: string[] }> {
    app.use((error: object, _req: express.Request, res: express.Response, _next: unknown) => {
      res.status(500).json(error)
    })
    return (await request(app).get('/x')).body as { problems?: string[] }
  }

  it('is not found by a guard on an app of its own without cis2Auth', async () => {
    const app = await start()
    const other = express()
    other.get('/x', requireCis2(), (_req, res) => res.end())
    app.app.use('/sub', other)
    // Below an app that has cis2Auth the guard works: the request is the same.
    expect((await app.browser().request(`${app.baseUrl}/sub/x`)).status).toBe(401)
  })

  describe('FIELD-16 what is for development', () => {
    /** As if it came over the network. */
    const fromElsewhere: RequestHandler = (req, _res, next) => {
      Object.defineProperty(req.socket, 'remoteAddress', { value: '10.0.0.7', configurable: true })
      next()
    }

    it('sessions in memory: answers no other machine', async () => {
      const app = await start({ before: (outer) => outer.use(fromElsewhere) })
      for (const path of ['/login', '/me', '/session']) {
        const answer = await app.browser().request(app.baseUrl + path)
        expect([answer.status, answer.body.includes('from this machine only')]).toEqual([500, true])
      }
    })

    it('fakeCis2Auth: answers no other machine', async () => {
      const app = express().use(fromElsewhere, fakeCis2Auth(aUser()))
      app.get('/me', requireCis2(), (req, res) => res.json(req.cis2User))
      const { status, text } = await request(app).get('/me')
      expect([status, text.includes('from this machine only')]).toEqual([500, true])
    })
  })
})
