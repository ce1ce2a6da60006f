/** `auth.authenticate` and `req.cis2.signal`: what stays open ends with the session, on every instance. */
import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { WebSocket, WebSocketServer } from 'ws'

import { cis2Auth, requireCis2, SessionEndedError, type Cis2Auth, type Requirement } from '../../src/index.js'
import type { Browser } from '../support/app/browser.js'
import { NURSE, ScriptedProvider } from '../support/app/scripted-provider.js'
import { APP_KEY, startApp, TestClock, type TestApp } from '../support/app/start-app.js'
import { newPrefix } from '../support/redis/backends.js'
import { startCluster, type ClusterSetup } from '../support/redis/redis-topologies.js'

const SECRET = 'Vn3k8sPq2Lr7wXy5bTz9cJm4dHf6gKa1'

describe('one Redis', () => {
  closesWhatIsOpen(() => Promise.resolve({ redis: () => process.env.REDIS_URL, stop: () => Promise.resolve() }))
})

describe('a Redis Cluster', () => {
  closesWhatIsOpen(async () => {
    const setup: ClusterSetup = await startCluster({ replicas: false })
    return { redis: () => setup.connect(), stop: () => setup.stop() }
  })
})

/** What a WebSocket says when it is closed. */
type Closed = [code: number, reason: Buffer]

interface Store {
  readonly redis: () => ReturnType<ClusterSetup['connect']> | string | undefined
  readonly stop: () => Promise<void>
}

/** An instance that shares the store with the application, and keeps WebSockets open. */
interface OtherInstance {
  readonly auth: Cis2Auth
  readonly url: string
  readonly stop: () => Promise<void>
  /** What the upgrade asks for. */
  requirement: Requirement<IncomingMessage>
}

function closesWhatIsOpen(openStore: () => Promise<Store>): void {
  let provider: ScriptedProvider
  let store: Store
  let app: TestApp
  let other: OtherInstance
  let sid = ''

  beforeAll(async () => {
    provider = await ScriptedProvider.start(new TestClock())
    store = await openStore()
    const session = { secret: SECRET, keyPrefix: newPrefix() }
    app = await startApp({
      provider,
      options: { session: { ...session, redis: store.redis() } },
      after(express) {
        express.get('/stream', requireCis2(), (req, res) => {
          res.setHeader('Content-Type', 'text/event-stream')
          res.write('data: open\n\n')
          req.cis2.signal.addEventListener('abort', () => {
            res.end(`data: ${(req.cis2.signal.reason as SessionEndedError).reason ?? ''}\n\n`)
          })
        })
        express.get('/nobody', (req, res) => {
          res.json({ aborted: req.cis2.signal.aborted })
        })
      },
    })
    other = await startOther(provider, app, { ...session, redis: store.redis() })
  }, 60_000)

  beforeEach(() => {
    provider.script.idTokenClaims = (claims) => {
      sid = String(claims.sid)
      return claims
    }
    other.requirement = {}
  })

  afterAll(async () => {
    await other.stop()
    await app.stop()
    await store.stop()
    await provider.stop()
  })

  it.each<[string, string, (browser: Browser) => unknown]>([
    ['she signs out', 'sign-out', (browser) => browser.request(`${app.baseUrl}/logout`, { method: 'POST' })],
    ['an administrator ends it', 'administrator', () => app.auth.endSessions({ sid })],
    [
      'CIS2 ends it',
      'back-channel',
      async (browser) => {
        const body = new URLSearchParams({ logout_token: await provider.logoutToken({ sid }) })
        expect((await browser.request(`${app.baseUrl}/backchannel-logout`, { method: 'POST', body })).status).toBe(200)
      },
    ],
    ['she signs in anew', 'replaced', (browser) => app.signIn(browser)],
    [
      'its idle time is over',
      'idle',
      () => {
        app.clock.advance(901)
      },
    ],
  ])('closes a socket on another instance, and a stream on this one, when %s', async (_what, reason, end) => {
    const browser = await app.signedIn()
    const socket = open(other, browser)
    await once(socket, 'open')
    const stream = await openStream(app, browser)
    await end(browser)
    const [closed, told] = await Promise.all([once(socket, 'close'), stream.ended])
    const [code, said] = closed as Closed
    expect([code, String(said)]).toEqual([4001, reason])
    expect(told).toContain(`data: ${reason}`)
  })

  it('closes it at its last moment, however active she is', async () => {
    const browser = await app.signedIn()
    const socket = open(other, browser)
    await once(socket, 'open')
    for (let minutes = 0; minutes < 12 * 60; minutes += 14) {
      app.clock.advance(14 * 60)
      await app.whoAmI(browser)
    }
    const [, said] = (await once(socket, 'close')) as Closed
    expect(String(said)).toBe('absolute')
  })

  it('leaves open what has not ended, and does not slide it', async () => {
    const kept = await app.signedIn()
    const gone = await app.signedIn()
    const [socketKept, socketGone] = [open(other, kept), open(other, gone)]
    await Promise.all([once(socketKept, 'open'), once(socketGone, 'open')])
    app.clock.advance(600)
    expect(await app.whoAmI(kept)).toBeDefined()
    await gone.request(`${app.baseUrl}/logout`, { method: 'POST' })
    await once(socketGone, 'close')
    expect(socketKept.readyState).toBe(WebSocket.OPEN)
    // Watched since 901 seconds, slid by nobody for 301: over in 599 more, not before.
    app.clock.advance(301)
    expect(await app.whoAmI(kept)).toBeDefined()
    app.clock.advance(901)
    const [, said] = (await once(socketKept, 'close')) as Closed
    expect(String(said)).toBe('idle')
  })

  it.each<[string, number, (browser: Browser) => { origin?: string; cookie?: string; site?: string }]>([
    ['a page of another origin', 403, () => ({ origin: 'https://evil.example' })],
    ['a page without an origin', 403, () => ({ origin: 'null' })],
    ['a page that Fetch Metadata says is of another site', 403, () => ({ site: 'cross-site' })],
    ['nobody', 401, () => ({ cookie: '' })],
  ])('does not open for %s', async (_what, status, change) => {
    const browser = await app.signedIn()
    expect(await refusalOf(open(other, browser, change(browser)))).toBe(status)
  })

  it.each<[string, number, Requirement<IncomingMessage>]>([
    ['the role is another', 403, { roles: ['R8000'] }],
    ['a check says something truthy that is not true', 403, { check: () => 'yes' as never }],
    ['the authentication is too old', 401, { maxAuthAgeSeconds: 60 }],
  ])('decides as the guard does: refused when %s', async (_what, status, requirement) => {
    const browser = await app.signedIn()
    app.clock.advance(61)
    other.requirement = requirement
    expect(await refusalOf(open(other, browser))).toBe(status)
  })

  it('slides the session only when that is asked for', async () => {
    const browser = await app.signedIn()
    app.clock.advance(600)
    const first = open(other, browser)
    await once(first, 'open')
    first.close()
    const [info] = await app.auth.listSessions({ sub: NURSE.sub })
    other.requirement = { extendSession: true }
    const second = open(other, browser)
    await once(second, 'open')
    second.close()
    const [slid] = await app.auth.listSessions({ sub: NURSE.sub })
    expect((slid?.idleExpiresAt ?? 0) - (info?.idleExpiresAt ?? 0)).toBe(600)
  })

  it('has fired already for nobody', async () => {
    expect((await app.browser().request(`${app.baseUrl}/nobody`)).json()).toEqual({ aborted: true })
  })
}

async function startOther(
  provider: ScriptedProvider,
  app: TestApp,
  session: { secret: string; keyPrefix: string; redis: ReturnType<Store['redis']> },
): Promise<OtherInstance> {
  const auth = cis2Auth({
    issuer: provider.issuer,
    clientId: provider.clientId,
    clientAuthentication: { method: 'private_key_jwt', keys: [{ privateKey: APP_KEY }] },
    baseUrl: app.baseUrl,
    clock: app.clock.read,
    session,
  })
  await auth.ready()
  const server: Server = createServer()
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (req, socket, head) => {
    auth.authenticate(req, self.requirement).then(
      ({ user, signal }) => {
        sockets.handleUpgrade(req, socket, head, (ws) => {
          ws.send(user.sub)
          signal.addEventListener('abort', () => {
            const { reason } = signal as { reason: unknown }
            ws.close(4001, reason instanceof SessionEndedError ? reason.reason : 'unknown')
          })
        })
      },
      (error: unknown) => {
        auth.refuseUpgrade(socket, error)
      },
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const self: OtherInstance = {
    auth,
    url: `ws://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    requirement: {},
    async stop() {
      for (const client of sockets.clients) client.terminate()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await auth.close()
    },
  }
  return self
}

function cookieOf(app: { baseUrl: string }, browser: Browser): string {
  const { hostname } = new URL(app.baseUrl)
  return browser
    .cookieNames(hostname)
    .map((name) => `${name}=${browser.cookieValue(hostname, name) ?? ''}`)
    .join('; ')
}

function open(
  { url }: OtherInstance,
  browser: Browser,
  { origin, cookie, site }: { origin?: string; cookie?: string; site?: string } = {},
): WebSocket {
  const headers = {
    cookie: cookie ?? cookieOf({ baseUrl: url.replace('ws:', 'http:') }, browser),
    ...(site === undefined ? {} : { 'sec-fetch-site': site }),
    ...(origin === undefined ? {} : { origin }),
  }
  return new WebSocket(url, { headers })
}

function refusalOf(socket: WebSocket): Promise<number | undefined> {
  return new Promise((resolve) => {
    socket.once('error', () => {})
    socket.once('unexpected-response', (_req, res: IncomingMessage) => {
      resolve(res.statusCode)
      socket.terminate()
    })
    socket.once('open', () => {
      resolve(101)
    })
  })
}

async function openStream(app: TestApp, browser: Browser): Promise<{ readonly ended: Promise<string> }> {
  const req = request(`${app.listening}/stream`, { headers: { cookie: cookieOf(app, browser) } }).end()
  const [res] = (await once(req, 'response')) as [IncomingMessage]
  let text = ''
  res.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  return { ended: once(res, 'end').then(() => text) }
}
