/** An application as a team would write it, on a real port, in front of a provider that a test controls. */
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Express } from 'express'

import { cis2Auth, requireCis2, type Cis2Auth, type Cis2Event, type Cis2Options } from '../../../src/index.js'
import { Browser, NAVIGATION, type Answer } from './browser.js'
import type { ScriptedProvider } from './scripted-provider.js'
import { TestClock, type Clock } from '../test-clock.js'

/** A key of our own, once a test file: making one takes longer than a sign-in. */
export const APP_KEY = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey

export interface StartOptions {
  readonly provider: Pick<ScriptedProvider, 'issuer' | 'clientId'> & { readonly clock?: Clock }
  /** Default: the provider's, when that is one that a test advances. */
  readonly clock?: TestClock
  /** Over the defaults; `session` is merged. */
  readonly options?: Omit<Partial<Cis2Options>, 'session'> & { session?: Partial<Cis2Options['session']> }
  /** Before `cis2Auth`. */
  readonly before?: (app: Express) => void
  /** After the usual routes. */
  readonly after?: (app: Express) => void
  /** A public address that is not the one listened on, as behind a proxy. */
  readonly baseUrl?: string
  /** Does not wait until discovery is done. */
  readonly impatient?: boolean
}

export interface TestApp {
  readonly auth: Cis2Auth
  readonly app: Express
  readonly baseUrl: string
  /** Where it really listens. */
  readonly listening: string
  readonly events: Cis2Event[]
  readonly clock: TestClock
  browser(): Browser
  /** A browser with a signed-in user. */
  signedIn(path?: string): Promise<Browser>
  /** From `/login` to the answer of the callback. */
  signIn(browser: Browser, path?: string): Promise<Answer>
  /** As far as the address of the callback, which is not called. */
  callbackAddress(browser: Browser, path?: string): Promise<string>
  /** `req.cis2User` as `GET /me` tells it, or undefined. */
  whoAmI(browser: Browser): Promise<Record<string, unknown> | undefined>
  eventsOf(type: Cis2Event['type']): Cis2Event[]
  stop(): Promise<void>
}

export async function startApp({
  provider,
  clock = provider.clock instanceof TestClock ? provider.clock : new TestClock(),
  options = {},
  before,
  after,
  baseUrl,
  impatient,
}: StartOptions): Promise<TestApp> {
  const app = express()
  const server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const listening = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  const publicUrl = baseUrl ?? listening
  const events: Cis2Event[] = []
  before?.(app)
  const auth = cis2Auth({
    issuer: provider.issuer,
    clientId: provider.clientId,
    clientAuthentication: { method: 'private_key_jwt', keys: [{ privateKey: APP_KEY }] },
    baseUrl: publicUrl,
    clock: clock.read,
    onEvent: (event) => events.push(event),
    ...options,
    // Memory is for loopback only.
    session: {
      secret: 'Vn3k8sPq2Lr7wXy5bTz9cJm4dHf6gKa1',
      redis: baseUrl === undefined ? 'memory' : process.env.REDIS_URL,
      ...options.session,
    },
  })
  app.use(auth)
  addRoutes(app)
  after?.(app)
  if (impatient !== true) await auth.ready()
  return createTestApp({ auth, app, publicUrl, listening, events, clock, stopServer: () => stop(server, auth) })
}

function addRoutes(app: Express): void {
  app.get('/', (req, res) => {
    res.json({ signedIn: req.cis2User !== undefined, store: req.cis2.store })
  })
  app.get('/me', requireCis2(), (req, res) => {
    res.json(req.cis2User)
  })
  app.get('/strong', requireCis2({ aal: 3 }), (req, res) => {
    res.json({ aal: req.cis2User?.aal })
  })
  app.get('/nurses', requireCis2({ roles: ['R8001'] }), (_req, res) => {
    res.json({ ok: true })
  })
  app.get('/doctors', requireCis2({ roles: ['R8000'] }), (_req, res) => {
    res.json({ ok: true })
  })
  app.get('/fresh', requireCis2({ maxAuthAgeSeconds: 60 }), (_req, res) => {
    res.json({ ok: true })
  })
  app.post('/prescriptions', requireCis2(), (_req, res) => {
    res.status(201).json({ ok: true })
  })
}

interface Running {
  readonly auth: Cis2Auth
  readonly app: Express
  readonly publicUrl: string
  readonly listening: string
  readonly events: Cis2Event[]
  readonly clock: TestClock
  readonly stopServer: () => Promise<void>
}

function createTestApp({ auth, app, publicUrl, listening, events, clock, stopServer }: Running): TestApp {
  const { origin } = new URL(publicUrl)
  const callback = new URL(`${publicUrl.replace(/\/$/, '')}/callback`).pathname
  const self: TestApp = {
    auth,
    app,
    baseUrl: publicUrl.replace(/\/$/, ''),
    listening,
    events,
    clock,
    browser: () => new Browser({ [origin]: listening }, clock.read),
    async signedIn(path) {
      const browser = self.browser()
      const answer = await self.signIn(browser, path)
      if (answer.status !== 303) throw new Error(`the sign-in was answered ${String(answer.status)}: ${answer.body}`)
      return browser
    },
    async signIn(browser, path) {
      return browser.navigate(await self.callbackAddress(browser, path))
    },
    async callbackAddress(browser, path = '/login') {
      let next = self.baseUrl + path
      for (let hop = 0; hop < 8; hop++) {
        const answer = await browser.navigate(next)
        if (answer.location === undefined) throw new Error(`no redirect but ${String(answer.status)}: ${answer.body}`)
        next = answer.location
        if (next.startsWith(origin) && new URL(next).pathname === callback) return next
      }
      throw new Error('the sign-in never came back')
    },
    async whoAmI(browser) {
      const answer = await browser.request(`${self.baseUrl}/me`)
      return answer.status === 200 ? answer.json() : undefined
    },
    eventsOf: (type) => events.filter((event) => event.type === type),
    stop: stopServer,
  }
  return self
}

async function stop(server: ReturnType<typeof createServer>, auth: Cis2Auth): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await auth.close()
}

export { NAVIGATION, TestClock }
