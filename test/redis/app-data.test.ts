/** `req.session`: express-session over connect-redis as an application uses it, and what it must not be able to do. */
import { writeFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'

import { RedisStore } from 'connect-redis'
import type { Express, Request, Response } from 'express'

import { requireCis2 } from '../../src/index.js'
import type { Browser } from '../support/app/browser.js'
import { startRedis, temporaryDirectory, until, type RedisServer } from '../support/redis/redis-server.js'
import { NURSE, ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp, TestClock, type TestApp } from '../support/app/start-app.js'

const COOKIE = 'cis2-app-data'

type Session = Record<string, unknown> & {
  save(done: (error?: unknown) => void): void
  regenerate(done: (error?: unknown) => void): void
  reload(done: (error?: unknown) => void): void
  destroy(done: (error?: unknown) => void): void
  cookie: Record<string, unknown>
}

function sessionOf(req: Request): Session {
  return req.session as unknown as Session
}

describe('req.session', () => {
  let provider: ScriptedProvider
  let server: RedisServer
  let app: TestApp
  /** Called between a handler's write and its answer. */
  let meanwhile: () => Promise<unknown>

  beforeAll(async () => {
    const clock = new TestClock()
    provider = await ScriptedProvider.start(clock)
    server = await startRedis()
    app = await startApp({
      provider,
      clock,
      options: { session: { redis: server.url, cookieName: COOKIE } },
      before: hostileParser,
      after: addRoutes,
    })
  })

  beforeEach(() => {
    meanwhile = () => Promise.resolve()
  })

  afterAll(async () => {
    await app.stop()
    await server.stop()
    await provider.stop()
  })

  /** As cookie-parser with another secret would leave it: a session id that somebody else signed. */
  function hostileParser(express: Express): void {
    express.use((req: Request & { signedCookies?: unknown; cookies?: unknown }, _res, next) => {
      const planted = req.headers['x-planted']
      if (planted !== undefined) {
        req.cookies = { [COOKIE]: planted }
        req.signedCookies = { [COOKIE]: planted }
      }
      next()
    })
  }

  function addRoutes(express: Express): void {
    const file = join(temporaryDirectory(), 'file.txt')
    writeFileSync(file, 'from a file')
    const answers: Record<string, (req: Request, res: Response) => unknown> = {
      json: (_req, res) => res.json({ ok: true }),
      write(_req, res) {
        res.write('one ')
        res.write('two')
        res.end()
      },
      flush(_req, res) {
        res.flushHeaders()
        res.end('flushed')
      },
      head: (_req, res) => res.writeHead(200, { 'Content-Type': 'text/plain' }).end('head'),
      file: (_req, res) => {
        res.sendFile(file)
      },
      pipe: (_req, res) => Readable.from(['one ', 'two']).pipe(res),
      nothing: (_req, res) => res.status(204).end(),
      unchanged: (_req, res) => res.status(304).end(),
      redirect: (_req, res) => {
        res.redirect('/elsewhere')
      },
      impossible(_req, res) {
        res.statusCode = 9999
        res.end('never')
      },
      number: (_req, res) => res.end(123 as unknown as string),
      twice(_req, res) {
        res.end('once')
        res.end('twice')
      },
      events(_req, res) {
        res.writeHead(200, { 'Content-Type': 'text/event-stream' })
        res.write('data: one\n\n')
        setImmediate(() => res.end('data: two\n\n'))
      },
    }
    express.get('/impossible', (_req, res) => {
      res.statusCode = 9999
      res.end('never')
    })
    express.all('/set/:how', async (req, res) => {
      sessionOf(req).value = req.query.value
      await meanwhile()
      answers[req.params.how]?.(req, res)
    })
    express.get('/get', (req, res) => {
      res.json({ value: sessionOf(req).value ?? null, signedIn: req.cis2User !== undefined })
    })
    express.get('/late', (req, res, next) => {
      sessionOf(req).value = 'late'
      res.json({ ok: true })
      next(new Error('after the answer'))
    })
    express.get('/circle', (req, res) => {
      sessionOf(req).value = sessionOf(req)
      res.json({ ok: true })
    })
    express.get('/null', async (req, res) => {
      await meanwhile()
      Object.assign(req, { session: null })
      res.json({ ok: true })
    })
    express.get('/delete', (req, res) => {
      Reflect.deleteProperty(req, 'session')
      res.json({ ok: true })
    })
    express.get('/call/:method', async (req, res) => {
      const method = req.params.method as 'save' | 'regenerate' | 'reload' | 'destroy'
      await meanwhile()
      const failure = await new Promise((resolve) => {
        sessionOf(req)[method](resolve)
      })
      if (method === 'regenerate') sessionOf(req).value = 'regenerated'
      const session = req.session as unknown as Session | undefined
      res.json({ failed: failure instanceof Error, value: session?.value ?? null })
    })
    express.get('/cookie', (req, res) => {
      Object.assign(sessionOf(req).cookie, { maxAge: -1, domain: 'evil.example', httpOnly: false, sameSite: 'none' })
      sessionOf(req).value = 'cookie'
      res.json({ ok: true })
    })
    express.get('/poison', (req, res) => {
      Object.assign(sessionOf(req), {
        save: 1,
        id: 'x',
        isAdmin: true,
        nested: JSON.parse('{"__proto__":{"admin":1}}') as object,
      })
      res.json({ ok: true })
    })
    express.get('/poisoned', (req, res) => {
      const session = sessionOf(req)
      res.json({
        save: typeof session.save,
        admin: Object.assign({}, session.nested as object & { admin?: 1 }).admin ?? null,
      })
    })
    express.get('/passive', requireCis2({ extendSession: false }), (req, res) => {
      res.json(req.cis2.session)
    })
    express.use((_error: unknown, _req: Request, res: Response, next: () => void) => {
      if (res.headersSent) next()
      else res.status(500).set('X-Late', 'yes').send('a page of the error handler')
    })
  }

  async function set(browser: Browser, value: string, how = 'json') {
    return browser.request(`${app.baseUrl}/set/${how}?value=${value}`)
  }

  async function get(browser: Browser): Promise<Record<string, unknown>> {
    return (await browser.request(`${app.baseUrl}/get`)).json()
  }

  function call(browser: Browser, path: string) {
    return browser.request(app.baseUrl + path)
  }

  /** Sessions only: what a callback leaves for its duplicates is written after its answer, and may still be on its way. */
  async function sessionCount(): Promise<number> {
    return (await server.admin.keys('*}:s:*')).length
  }

  it('is kept by connect-redis, over ioredis', async () => {
    let store: unknown
    const watched = await startApp({
      provider,
      options: { session: { redis: server.url } },
      after: (express) =>
        express.get('/store', (req, res) => {
          store = (req as Request & { sessionStore?: unknown }).sessionStore
          res.end()
        }),
    })
    await watched.browser().request(`${watched.baseUrl}/store`)
    expect(store).toBeInstanceOf(RedisStore)
    await watched.stop()
  })

  describe.each([
    ['json', 200, '{"ok":true}'],
    ['write', 200, 'one two'],
    ['flush', 200, 'flushed'],
    ['head', 200, 'head'],
    ['file', 200, 'from a file'],
    ['pipe', 200, 'one two'],
    ['nothing', 204, ''],
    ['unchanged', 304, ''],
    ['redirect', 302, 'Found. Redirecting to /elsewhere'],
    ['twice', 200, 'once'],
    ['events', 200, 'data: one\n\ndata: two\n\n'],
  ])('SES-10 answered by %s', (how, status, body) => {
    it('sets the cookie of a new session, and has saved it when the answer is there', async () => {
      const browser = app.browser()
      const answer = await set(browser, how, how)
      expect([answer.status, answer.body, answer.setCookies.length]).toEqual([status, body, 1])
      expect(await get(browser)).toEqual({ value: how, signedIn: false })
    })

    it('changes a session that is there, and sets no cookie again', async () => {
      const browser = await app.signedIn()
      const answer = await set(browser, how, how)
      expect([answer.status, answer.body, answer.setCookies]).toEqual([status, body, []])
      expect(await get(browser)).toEqual({ value: how, signedIn: true })
    })
  })

  it('SES-10 is saved by a HEAD request too', async () => {
    const browser = app.browser()
    const answer = await browser.request(`${app.baseUrl}/set/json?value=head`, { method: 'HEAD' })
    expect([answer.status, answer.body, answer.setCookies.length]).toEqual([200, '', 1])
    expect(await get(browser)).toMatchObject({ value: 'head' })
  })

  it('M3, RED-24 is saved before a redirect leaves', async () => {
    const browser = app.browser()
    await set(browser, 'first', 'redirect')
    expect(await get(browser)).toMatchObject({ value: 'first' })
  })

  it.each(['json', 'redirect', 'nothing', 'pipe'])(
    'M2, RED-24 answers 503 and no cookie when it cannot be saved (%s)',
    async (how) => {
      meanwhile = () => server.admin.config('SET', 'maxmemory', '1')
      const browser = app.browser()
      // What is piped has left before it can be saved: then the answer is cut short.
      const streamed = how === 'pipe'
      const answer = await set(browser, 'lost', how).catch(() => undefined)
      await server.admin.config('SET', 'maxmemory', '0')
      if (streamed) expect(answer).toBeUndefined()
      else expect([answer?.status, answer?.setCookies]).toEqual([503, []])
      expect(await get(browser)).toMatchObject({ value: null })
    },
  )

  it('M4, RACE-1 does not bring an ended session back', async () => {
    const browser = await app.signedIn()
    const twin = browser.copy()
    meanwhile = () => twin.request(`${app.baseUrl}/logout`, { method: 'POST' })
    expect((await set(browser, 'late')).status).toBe(200)
    expect(await get(browser)).toEqual({ value: null, signedIn: false })
  })

  it('M6 slides without a write of the application', async () => {
    const browser = await app.signedIn()
    for (let minutes = 0; minutes < 40; minutes += 10) {
      app.clock.advance(600)
      expect(await get(browser)).toMatchObject({ signedIn: true })
    }
    app.clock.advance(900)
    expect(await get(browser)).toMatchObject({ signedIn: false })
  })

  it('M7, RACE-10 of parallel writes keeps the last, and who is signed in is touched by none', async () => {
    const browser = await app.signedIn()
    await Promise.all(Array.from({ length: 10 }, (_, each) => set(browser, String(each))))
    expect(await get(browser)).toEqual({ value: expect.stringMatching(/^\d$/) as string, signedIn: true })
    expect(await app.whoAmI(browser)).toMatchObject({ sub: NURSE.sub })
  })

  it.each(['/null', '/delete', '/call/destroy'])(
    'M8 set to nothing (%s) signs out, and clears the cookie',
    async (path) => {
      const browser = await app.signedIn()
      const twin = browser.copy()
      const answer = await call(browser, path)
      expect([answer.status, answer.setCookies.join()]).toEqual([200, expect.stringContaining('Max-Age=0')])
      expect(await app.whoAmI(twin)).toBeUndefined()
    },
  )

  it.each(['before', 'after'])('M8 tells no lie when the store fails %s the session is loaded', async (when) => {
    const browser = await app.signedIn()
    if (when === 'before') server.freeze()
    else
      meanwhile = () => {
        server.freeze()
        return Promise.resolve()
      }
    const answer = await call(browser, '/null').finally(() => {
      server.thaw()
    })
    expect(answer.status).toBe(when === 'before' ? 500 : 503)
    await until(async () => (await app.auth.health()).store.status === 'ok', 'it is back')
  })

  it('M9, M24 regenerated is a new anonymous session: the old one is dead, and nobody is signed in', async () => {
    const browser = await app.signedIn()
    const twin = browser.copy()
    expect((await call(browser, '/call/regenerate')).json()).toEqual({ failed: false, value: 'regenerated' })
    expect(await get(browser)).toEqual({ value: 'regenerated', signedIn: false })
    expect(await get(twin)).toEqual({ value: null, signedIn: false })
  })

  it('reloads what another request has saved, and fails to once it has ended', async () => {
    const browser = await app.signedIn()
    const twin = browser.copy()
    meanwhile = async () => {
      meanwhile = () => Promise.resolve()
      await set(twin, 'elsewhere')
    }
    expect((await call(browser, '/call/reload')).json()).toEqual({ failed: false, value: 'elsewhere' })
    meanwhile = () => twin.request(`${app.baseUrl}/logout`, { method: 'POST' })
    expect((await call(browser, '/call/reload')).json()).toMatchObject({ failed: true })
  })

  it('is saved when the application says so, once', async () => {
    const browser = await app.signedIn()
    expect((await call(browser, '/call/save')).json()).toMatchObject({ failed: false })
  })

  it('has a cookie whose settings nobody changes', async () => {
    const browser = app.browser()
    const answer = await call(browser, '/cookie')
    expect(answer.setCookies).toEqual([expect.stringMatching(/^cis2-app-data=\S+; Path=\/; HttpOnly; SameSite=Lax$/)])
    expect(await get(browser)).toMatchObject({ value: 'cookie' })
  })

  it('is not what an answer waits for that is given already', async () => {
    const answer = await call(app.browser(), '/late')
    expect([answer.status, answer.body, answer.headers.get('x-late')]).toEqual([200, '{"ok":true}', null])
  })

  it('that is no JSON is the application’s own error, and nothing hangs', async () => {
    const browser = await app.signedIn()
    const answer = await call(browser, '/circle')
    expect([answer.status, answer.body]).toEqual([500, 'a page of the error handler'])
    expect(await get(browser)).toEqual({ value: null, signedIn: true })
  })

  it.each([
    ['a status that is none', '/set/impossible?value=1', 500],
    ['a status that is none, and nothing to save', '/impossible', 500],
    ['a body that is none', '/set/number?value=1', undefined],
  ])('of an answer that cannot be sent (%s) hangs nobody and ends no process', async (_what, path, status) => {
    const rejections: unknown[] = []
    const note = (reason: unknown) => rejections.push(reason)
    process.on('unhandledRejection', note)
    const browser = await app.signedIn()
    const answered = await call(browser, path).then(
      (answer) => answer.status,
      () => undefined,
    )
    // What waited for its save has nobody left to answer it: the connection is closed.
    expect([status, undefined]).toContain(answered)
    if (path === '/impossible') expect(answered).toBe(500)
    expect(await app.whoAmI(browser)).toMatchObject({ sub: NURSE.sub })
    process.off('unhandledRejection', note)
    expect(rejections).toEqual([])
  })

  it.each([
    ['the user signs out', (browser: Browser) => browser.request(`${app.baseUrl}/logout`, { method: 'POST' })],
    ['an administrator ends it', () => app.auth.endSessions({ sub: NURSE.sub })],
  ])('is gone for good when %s, though a step-up was under way', async (_how, end) => {
    const browser = await app.signedIn()
    await call(browser, '/set/json?value=7')
    expect(await get(browser)).toMatchObject({ value: '7' })
    const address = await app.callbackAddress(browser, '/login?maxAge=60')
    await end(browser)
    expect((await browser.navigate(address)).status).toBe(303)
    expect(await get(browser)).toEqual({ value: null, signedIn: true })
  })

  it('outlives the logout that a step-up makes CIS2 send for the old session', async () => {
    let sid = ''
    provider.script.idTokenClaims = (claims) => {
      sid = String(claims.sid)
      return claims
    }
    const browser = await app.signedIn()
    await call(browser, '/set/json?value=8')
    const address = await app.callbackAddress(browser, '/login?maxAge=60')
    const body = new URLSearchParams({ logout_token: await provider.logoutToken({ sid }) })
    await app.browser().request(`${app.baseUrl}/backchannel-logout`, { method: 'POST', body })
    expect((await browser.navigate(address)).status).toBe(303)
    expect(await get(browser)).toMatchObject({ value: '8' })
    provider.reset()
  })

  it('M20, M21 takes no method away and gives nobody a prototype', async () => {
    const browser = await app.signedIn()
    await call(browser, '/poison')
    expect((await call(browser, '/poisoned')).json()).toEqual({ save: 'function', admin: null })
    expect(await app.whoAmI(browser)).toMatchObject({ sub: NURSE.sub })
  })

  it('SES-2 of a visitor is not carried into her sign-in, nor is a cookie that was planted', async () => {
    const attacker = app.browser()
    await set(attacker, 'planted')
    const victim = attacker.copy()
    expect((await app.signIn(victim)).status).toBe(303)
    expect(await get(victim)).toEqual({ value: null, signedIn: true })
    expect(await get(attacker)).toEqual({ value: null, signedIn: false })
    expect(victim.cookieValue('127.0.0.1', COOKIE)).not.toBe(attacker.cookieValue('127.0.0.1', COOKIE))
  })

  it('is not looked for in what another middleware has parsed', async () => {
    const browser = await app.signedIn()
    const value = decodeURIComponent(String(browser.cookieValue('127.0.0.1', COOKIE)))
    const planted = value.slice(2, value.lastIndexOf('.'))
    const answer = await app.browser().request(`${app.baseUrl}/get`, { headers: { 'x-planted': planted } })
    expect(answer.json()).toMatchObject({ signedIn: false })
  })

  it('M22 of two cookies with one name is the first: with __Host- no other host can set one', async () => {
    const [mine, theirs] = [await app.signedIn(), app.browser()]
    await set(theirs, 'theirs')
    const cookies = [theirs, mine].map((each) => `${COOKIE}=${String(each.cookieValue('127.0.0.1', COOKIE))}`)
    const answer = await app.browser().request(`${app.baseUrl}/get`, { headers: { cookie: cookies.join('; ') } })
    expect(answer.json()).toEqual({ value: 'theirs', signedIn: false })
  })

  it.each([
    ['empty', ''],
    ['a mark only', 's%3A'],
    ['unsigned', 'x'.repeat(65)],
    ['10 KB', 'x'.repeat(10_000)],
    ['broken encoding', '%E0%A4%A'],
    ['with a NUL', 's%3A%00.x'],
  ])('SES-5 is none for a cookie that is %s', async (_what, value) => {
    const before = await sessionCount()
    const browser = app.browser()
    browser.setCookie('127.0.0.1', COOKIE, value)
    expect(await get(browser)).toEqual({ value: null, signedIn: false })
    expect(await sessionCount()).toBe(before)
  })

  it('a passive read gives back its idle time, also after a reload', async () => {
    const browser = await app.signedIn()
    const first = (await call(browser, '/passive')).json()
    app.clock.advance(60)
    const second = (await call(browser, '/passive')).json()
    expect(first.idleExpiresAt).toBeDefined()
    app.clock.advance(839)
    expect((await call(browser, '/passive')).status).toBe(200)
    app.clock.advance(2)
    expect((await call(browser, '/passive')).status).toBe(401)
    expect(second.absoluteExpiresAt).toBe(first.absoluteExpiresAt)
  })

  it('PRC-5 is whole or absent when the browser goes away in the middle', async () => {
    const { port } = new URL(app.baseUrl)
    let arrived: () => void = () => {}
    const waiting = new Promise<void>((resolve) => {
      arrived = resolve
    })
    const done = new Promise<void>((resolve) => {
      meanwhile = async () => {
        arrived()
        await new Promise((next) => setImmediate(next))
        resolve()
      }
    })
    const request = httpRequest({ port, path: '/set/json?value=gone' })
    request.on('error', () => {})
    request.end()
    await waiting
    request.destroy()
    await done
    expect((await get(app.browser())).value).toBeNull()
  })
})
