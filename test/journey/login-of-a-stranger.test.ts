/** `GET /login` without a session's cookie, which is how nearly everybody arrives: nothing is loaded for it. */
import type { ErrorRequestHandler } from 'express'
import type { SessionData } from 'express-session'

import { isCis2Error } from '../../src/index.js'
import { ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp, TestClock, type TestApp } from '../support/app/start-app.js'
import { startProxy } from '../support/redis/tcp-proxy.js'

/** An error page as teams write it: it leaves a note in the session, and says who is signed in. */
const noteError: ErrorRequestHandler = (error: unknown, req, res, next) => {
  if (!isCis2Error(error)) {
    next(error)
    return
  }
  const session = (req as unknown as { session: SessionData & { seen?: number } }).session
  session.seen = (session.seen ?? 0) + 1
  res.status(error.status).json({ code: error.code, seen: session.seen, store: req.cis2.store })
}

const apps: TestApp[] = []
let provider: ScriptedProvider

beforeAll(async () => {
  provider = await ScriptedProvider.start(new TestClock())
})

afterAll(async () => {
  for (const app of apps) await app.stop()
  await provider.stop()
})

async function start(options: Parameters<typeof startApp>[0]): Promise<TestApp> {
  const app = await startApp(options)
  apps.push(app)
  return app
}

it('gives the error page of the application its session all the same', async () => {
  const unreachable = { issuer: 'http://127.0.0.1:9', clientId: 'client' }
  const app = await start({
    provider: unreachable,
    impatient: true,
    options: { errors: 'next' },
    after: (express) => express.use(noteError),
  })
  const browser = app.browser()
  for (const seen of [1, 2]) {
    const { status, json } = await browser.navigate(`${app.baseUrl}/login`)
    expect({ status, ...json() }).toEqual({ status: 503, code: 'CIS2_PROVIDER_UNAVAILABLE', seen, store: 'ok' })
  }
})

it('RED-2 sends nobody to CIS2 while the store is gone', async () => {
  const proxy = await startProxy(Number(new URL(String(process.env.REDIS_URL)).port))
  const app = await start({ provider, options: { session: { redis: `redis://127.0.0.1:${String(proxy.port)}` } } })
  expect((await app.browser().request(`${app.baseUrl}/login`)).status).toBe(302)
  await proxy.stop()
  const { status, json } = await app.browser().request(`${app.baseUrl}/login`)
  expect({ status, code: json().code }).toEqual({ status: 503, code: 'CIS2_STORE_UNAVAILABLE' })
})
