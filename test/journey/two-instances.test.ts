/** Two `cis2Auth` in one app, a strict one and a pilot's: what belongs to which, and who guards what. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Express, type RequestHandler } from 'express'

import { cis2Auth, requireCis2, type Cis2Auth, type Cis2Options } from '../../src/index.js'
import { Browser } from '../support/app/browser.js'
import { NURSE, ScriptedProvider, type Person } from '../support/app/scripted-provider.js'
import { APP_KEY, TestClock } from '../support/app/start-app.js'

const HOST = '127.0.0.1'

const DOCTOR: Person = { ...NURSE, sub: '555087654321' }

const SECRET = 'a-secret-for-the-second-instance-1'

const PILOT: Partial<Cis2Options> = {
  aal: 1,
  routes: {
    login: '/pilot/login',
    callback: '/pilot/callback',
    logout: '/pilot/logout',
    changeRole: '/pilot/change-role',
    backChannelLogout: '/pilot/backchannel-logout',
    jwks: '/pilot/jwks.json',
    session: '/pilot/session',
  },
  session: { secret: SECRET, redis: 'memory', cookieName: 'pilot', keyPrefix: 'pilot:' },
}

/** What an instrumentation makes of each middleware and route. */
type Wrap = (handler: RequestHandler) => RequestHandler

const WRAPPERS: Record<string, Wrap> = {
  OpenTelemetry: (handler) =>
    function patched(this: unknown, ...args) {
      return handler.apply(this, args)
    },
  'express-async-errors': (handler) =>
    function newFn(this: unknown, req, res, next) {
      const returned: unknown = Reflect.apply(handler, this, [req, res, next])
      if (returned instanceof Promise) returned.catch(next)
      return undefined
    },
}

interface TwoInstances {
  readonly strict: Cis2Auth
  readonly pilot: Cis2Auth
  readonly baseUrl: string
  readonly browser: Browser
  signIn(login: string): Promise<void>
  get(path: string): Promise<{ status: number; body: string; location: string | undefined }>
}

describe('two cis2Auth in one app', () => {
  const clock = new TestClock()
  let provider: ScriptedProvider
  const running: { stop(): Promise<void> }[] = []

  beforeAll(async () => {
    provider = await ScriptedProvider.start(clock)
  })

  afterEach(async () => {
    await Promise.all(running.splice(0).map((each) => each.stop()))
    provider.reset()
  })

  afterAll(async () => {
    await provider.stop()
  })

  async function start({
    pilotOptions = PILOT,
    mount = (app, strict, pilot) => app.use(strict, pilot),
    wrap,
  }: {
    pilotOptions?: Partial<Cis2Options>
    mount?: (app: Express, strict: Cis2Auth, pilot: Cis2Auth) => unknown
    wrap?: Wrap
  } = {}): Promise<TwoInstances> {
    const app = express()
    const server = createServer(app)
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve))
    const baseUrl = `http://${HOST}:${String((server.address() as AddressInfo).port)}`
    const options: Cis2Options = {
      issuer: provider.issuer,
      clientId: provider.clientId,
      clientAuthentication: { method: 'private_key_jwt', keys: [{ privateKey: APP_KEY }] },
      baseUrl,
      clock: clock.read,
      session: { secret: 'Vn3k8sPq2Lr7wXy5bTz9cJm4dHf6gKa1', redis: 'memory' },
    }
    const strict = cis2Auth(options)
    const pilot = cis2Auth({ ...options, ...pilotOptions })
    mount(app, strict, pilot)
    for (const [name, auth] of Object.entries({ strict, pilot })) {
      app.get(`/${name}`, auth.requireCis2(), (req, res) => {
        const data = req.session as unknown as { visits?: number }
        data.visits = (data.visits ?? 0) + 1
        const { issuer } = req.cis2
        res.json({ sub: req.cis2User?.sub, visits: data.visits, issuer })
      })
    }
    app.get('/either', requireCis2(), (_req, res) => {
      res.json({ ok: true })
    })
    app.get('/open', (req, res) => {
      res.json({ sub: req.cis2User?.sub })
    })
    if (wrap !== undefined) wrapLayers(app, wrap)
    await Promise.all([strict.ready(), pilot.ready()])
    const browser = new Browser({}, clock.read)
    running.push({
      async stop() {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
        await Promise.all([strict.close(), pilot.close()])
      },
    })
    return {
      strict,
      pilot,
      baseUrl,
      browser,
      async signIn(login) {
        const answer = await browser.follow(`${baseUrl}${login}?returnTo=/open`)
        if (answer.status !== 200) throw new Error(`the sign-in was answered ${String(answer.status)}: ${answer.body}`)
      },
      get: (path) => browser.request(baseUrl + path),
    }
  }

  function wrapLayers(app: Express, wrap: Wrap): void {
    const { stack } = app.router as unknown as { stack: { handle: RequestHandler }[] }
    for (const layer of stack) layer.handle = wrap(layer.handle)
  }

  it('CFG-10 keep their sign-ins, cookies and sessions apart', async () => {
    const app = await start()
    await app.signIn('/pilot/login')
    expect(app.browser.cookieNames(HOST)).toEqual(['pilot'])
    expect(JSON.parse((await app.get('/pilot')).body)).toMatchObject({ sub: NURSE.sub })
    // The cookie of one is nothing to the other.
    const mixed = new Browser({}, clock.read)
    mixed.setCookie(HOST, 'cis2-mixed', app.browser.cookieValue(HOST, 'pilot') ?? '')
    expect((await mixed.request(`${app.baseUrl}/strict`)).status).toBe(401)
    // Signing out of one leaves the other.
    await app.signIn('/login')
    await app.browser.request(`${app.baseUrl}/pilot/logout`, { method: 'POST' })
    expect((await app.get('/pilot')).status).toBe(401)
    expect((await app.get('/strict')).status).toBe(200)
  })

  it("FIELD-12 the pilot's AAL1 user does not pass the guards of the strict one", async () => {
    const app = await start()
    provider.person = { ...NURSE, aal: '1' }
    await app.signIn('/pilot/login')
    expect((await app.get('/pilot')).status).toBe(200)
    expect((await app.get('/strict')).status).toBe(401)
    const page = await app.browser.navigate(`${app.baseUrl}/strict`)
    expect(page.location).toBe(`${app.baseUrl}/login?returnTo=%2Fstrict`)
  })

  it('FIELD-12 each guard judges its own user when the browser is signed in to both', async () => {
    const app = await start()
    await app.signIn('/pilot/login')
    provider.person = DOCTOR
    await app.signIn('/login')
    for (const visits of [1, 2]) {
      expect(JSON.parse((await app.get('/strict')).body)).toMatchObject({ sub: DOCTOR.sub, visits })
      expect(JSON.parse((await app.get('/pilot')).body)).toMatchObject({ sub: NURSE.sub, visits })
    }
  })

  it("FIELD-12 a page of the pilot's does not keep the other session from running out", async () => {
    const app = await start()
    await app.signIn('/login')
    await app.signIn('/pilot/login')
    for (let minutes = 0; minutes < 16; minutes += 4) {
      clock.advance(240)
      expect((await app.get('/pilot')).status).toBe(200)
    }
    expect((await app.get('/strict')).status).toBe(401)
  })

  it.each(['/login', '/pilot/login'])(
    'FIELD-12 the free guard refuses to serve where two could be meant, and says so: signed in at %s',
    async (login) => {
      const app = await start()
      await app.signIn(login)
      const answer = await app.get('/either')
      expect(answer.status).toBe(500)
      expect(answer.body).toContain('requireCis2 of the one that is meant')
    },
  )

  it('FIELD-12 the free guard refuses also behind a guard that knows which is meant', async () => {
    const app = await start({
      mount(outer, strict, pilot) {
        outer.use(strict, pilot)
        outer.get('/both', pilot.requireCis2(), requireCis2(), (_req, res) => res.end('shown'))
      },
    })
    await app.signIn('/pilot/login')
    await app.signIn('/login')
    expect(await app.get('/both')).toMatchObject({ status: 500, body: expect.stringContaining('is meant') as unknown })
  })

  it('FIELD-12 the free guard serves where only one of them has seen the request', async () => {
    const app = await start({
      mount(outer, strict, pilot) {
        outer.use(strict)
        outer.get('/early', requireCis2(), (req, res) => {
          res.json({ sub: req.cis2User?.sub })
        })
        outer.use(pilot)
      },
    })
    await app.signIn('/pilot/login')
    expect((await app.get('/early')).status).toBe(401)
    await app.signIn('/login')
    expect(JSON.parse((await app.get('/early')).body)).toEqual({ sub: NURSE.sub })
  })

  it("FIELD-12 a guard of an instance that is not mounted passes nobody, whoever else's session there is", async () => {
    const app = await start({
      mount(outer, strict, pilot) {
        outer.use(strict)
        outer.get('/forgotten', pilot.requireCis2(), (_req, res) => res.end('shown'))
        outer.use(pilot)
      },
    })
    await app.signIn('/login')
    await app.signIn('/pilot/login')
    expect((await app.get('/forgotten')).status).toBe(500)
  })

  it('FIELD-12 req.cis2 names the issuer of the instance that serves', async () => {
    const app = await start()
    await app.signIn('/pilot/login')
    expect(JSON.parse((await app.get('/pilot')).body)).toMatchObject({ issuer: provider.issuer })
  })

  it('FIELD-12 the instance that owns a path answers it from the first request on', async () => {
    const app = await start()
    const answer = await app.get('/pilot/session')
    expect([answer.status, answer.body]).toEqual([200, '{"signedIn":false}'])
  })

  it.each(Object.entries(WRAPPERS))('FIELD-26 meet under %s, which wraps all middleware', async (_name, wrap) => {
    const app = await start({ wrap })
    await app.signIn('/pilot/login')
    await app.signIn('/login')
    for (const path of ['/strict', '/pilot', '/open', '/strict']) expect((await app.get(path)).status).toBe(200)
    expect((await app.get('/either')).body).toContain('requireCis2 of the one that is meant')
  })

  it('FIELD-26 meet inside functions and routers of the application', async () => {
    const app = await start({
      mount(outer, strict, pilot) {
        outer.use((req, res, next) => {
          strict(req, res, next)
        })
        outer.use(express.Router().use(pilot))
      },
    })
    await app.signIn('/pilot/login')
    await app.signIn('/login')
    for (const path of ['/strict', '/pilot', '/open']) expect((await app.get(path)).status).toBe(200)
  })

  it('FIELD-26 say what to move when something wraps the response between them', async () => {
    const app = await start({
      mount(outer, strict, pilot) {
        outer.use(strict)
        outer.use(function compress(_req, res, next) {
          const end = res.end.bind(res) as (...args: unknown[]) => typeof res
          res.end = (...args: unknown[]) => end(...args)
          next()
        })
        outer.use(pilot)
      },
    })
    const refused = await app.get('/pilot')
    expect([refused.status, refused.body.includes('mount it before the first')]).toEqual([500, true])
    // Having met, the first leaves a path of the second alone: there is nothing to take out of the response again.
    expect((await app.get('/pilot/session')).status).toBe(200)
  })

  const OVERLAPS: [string, Partial<Cis2Options>, string][] = [
    ['routes', { ...PILOT, routes: {} }, '/login'],
    ['a cookie', { ...PILOT, session: { secret: SECRET, redis: 'memory', keyPrefix: 'b:' } }, 'session.cookieName'],
    ['a key prefix', { ...PILOT, session: { secret: SECRET, redis: 'memory', cookieName: 'b' } }, 'session.keyPrefix'],
  ]

  it.each(OVERLAPS)('CFG-10 answer 500 when they share %s', async (_what, pilotOptions, named) => {
    await refusesAll(await start({ pilotOptions }), named)
  })

  describe.each(Object.entries(WRAPPERS))('FIELD-26 under %s', (_name, wrap) => {
    it.each(OVERLAPS)('answer 500 when they share %s', async (_what, pilotOptions, named) => {
      await refusesAll(await start({ pilotOptions, wrap }), named)
    })

    it('answer 500 when one of them is mounted twice', async () => {
      const mount = (outer: Express, strict: Cis2Auth, pilot: Cis2Auth) => outer.use(strict, pilot, strict)
      await refusesAll(await start({ mount, wrap }), 'mounted twice')
    })
  })

  async function refusesAll(app: TwoInstances, named: string): Promise<void> {
    for (const path of ['/open', '/strict']) {
      const answer = await app.get(path)
      expect([answer.status, answer.body.includes(named)]).toEqual([500, true])
    }
  }
})
