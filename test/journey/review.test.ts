/** What a hostile reader tried against the guard, the request's own API and the audit stream. */
import type { ErrorRequestHandler, RequestHandler } from 'express'

import { isCis2Error, requireCis2 } from '../../src/index.js'
import { ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp, TestClock, type TestApp } from '../support/app/start-app.js'

const LEAK: RequestHandler = (_req, res) => {
  res.json({ leaked: true })
}

/** Hands what `req.cis2` rejects with to the application's error handler, with Express 4 as with 5. */
function handing(work: (...args: Parameters<RequestHandler>) => Promise<void>): RequestHandler {
  return (req, res, next) => {
    work(req, res, next).catch(next)
  }
}

describe('a guard whose check does odd things', () => {
  /** What Express takes for "go on", "go on with the next route" and "leave this router". */
  const NO_ERRORS = [undefined, null, 0, '', false, 'route', 'router', 'no'] as const
  let provider: ScriptedProvider
  let app: TestApp
  let answerCheck: (held: boolean) => void

  /** Answers first, as a time-out does, and lets the guard go on waiting for its check. */
  const answerFirst: RequestHandler = (_req, res, next) => {
    res.status(503).end('too late')
    next()
  }

  beforeAll(async () => {
    provider = await ScriptedProvider.start(new TestClock())
    app = await startApp({
      provider,
      after(express) {
        NO_ERRORS.forEach((reason, index) => {
          const rejecting = requireCis2({ check: () => Promise.resolve().then(throwing(reason)) })
          express.get(`/rejects/${index}`, rejecting, LEAK)
          express.get(`/rejects/${index}`, LEAK)
          express.use(`/throws/${index}`, requireCis2({ check: throwing(reason) }))
          express.get(`/throws/${index}`, LEAK)
        })
        const waiting = requireCis2({
          check: () =>
            new Promise((resolve) => {
              answerCheck = resolve
            }),
        })
        express.get('/answered', answerFirst, waiting, (_req, res) => {
          app.events.push({ type: 'access.refused', at: 'the handler ran' })
          res.end()
        })
      },
    })
  })

  afterAll(async () => {
    await app.stop()
    await provider.stop()
  })

  function throwing(reason: unknown): () => never {
    return () => {
      throw reason
    }
  }

  it.each(NO_ERRORS.map((reason, index) => [String(reason), index]))(
    'lets nobody through when it throws or rejects with %s',
    async (_reason, index) => {
      const browser = await app.signedIn()
      for (const path of ['/rejects', '/throws']) {
        const answer = await browser.request(`${app.baseUrl}${path}/${index}`)
        expect([path, answer.status, answer.json().code]).toEqual([path, 403, 'CIS2_FORBIDDEN'])
      }
    },
  )

  it.each([true, false])('adds nothing to an answer that went out while the check waited to say %s', async (held) => {
    const browser = await app.signedIn()
    app.events.length = 0
    const answer = await browser.request(`${app.baseUrl}/answered`)
    answerCheck(held)
    // A rejection that nobody handles would end the process, and fails this test.
    await new Promise((resolve) => setImmediate(resolve))
    expect([answer.status, answer.body, app.events]).toEqual([503, 'too late', []])
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

describe('cis2Auth', () => {
  let provider: ScriptedProvider
  let app: TestApp

  beforeAll(async () => {
    provider = await ScriptedProvider.start(new TestClock())
    app = await startApp({
      provider,
      options: { aal: 2, prompt: false },
      after(express) {
        express.get('/note', (req, res) => {
          const { session } = req as unknown as { session: { note?: string } }
          const { note } = session
          session.note = 'written'
          res.json({ note })
        })
      },
    })
  })

  beforeEach(() => {
    provider.reset()
  })

  afterAll(async () => {
    await app.stop()
    await provider.stop()
  })

  it('AAL-2 has CIS2 authenticate afresh for a step-up, also with prompt: false: its session has not the level', async () => {
    provider.person = { ...provider.person, aal: '2' }
    const browser = await app.signedIn()
    const first = await browser.navigate(`${app.baseUrl}/strong`)
    const second = await browser.navigate(first.location ?? '')
    expect(new URL(second.location ?? '').searchParams.get('prompt')).toBe('login')
  })

  it("does not take an anonymous visitor's data into the session of whoever signs in", async () => {
    const browser = app.browser()
    await browser.request(`${app.baseUrl}/note`)
    expect((await browser.request(`${app.baseUrl}/note`)).json()).toEqual({ note: 'written' })
    expect((await app.signIn(browser)).status).toBe(303)
    expect((await browser.request(`${app.baseUrl}/note`)).json()).toEqual({})
  })

  it.each([{}, { sub: undefined }, { sub: '' }, { sid: undefined }, { sid: 'a', sub: 'b' }, undefined, null, 'sub'])(
    'endSessions(%j) is refused, and not answered with "none"',
    async (which) => {
      await expect(app.auth.endSessions(which as { sub: string })).rejects.toMatchObject({ code: 'CIS2_CONFIG' })
    },
  )
})

const codeAndPolicy: ErrorRequestHandler = (error, _req, res, next) => {
  if (!isCis2Error(error)) {
    next(error)
    return
  }
  res.status(error.status).json({ code: error.code, policy: res.getHeader('Content-Security-Policy') })
}
