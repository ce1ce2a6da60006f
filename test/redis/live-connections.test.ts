/** `auth.authenticate` and `req.cis2.signal`: what stays open ends with the session, in every process. */
import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

import { WebSocket } from 'ws'

import type { Requirement } from '../../src/index.js'
import { Browser } from '../support/app/browser.js'
import { NURSE, ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp, TestClock, type TestApp } from '../support/app/start-app.js'
import { startOtherProcess, type InstanceSettings, type OtherProcess } from '../support/live/other-process.js'
import { serveLive, type Live, type LiveState } from '../support/live/serve-live.js'
import { newPrefix } from '../support/redis/backends.js'
import { startCluster, type ClusterSetup } from '../support/redis/redis-topologies.js'

const SECRET = 'Vn3k8sPq2Lr7wXy5bTz9cJm4dHf6gKa1'

describe('one Redis', () => {
  closesWhatIsOpen(() => {
    const redis = String(process.env.REDIS_URL)
    return Promise.resolve({ client: () => redis, address: redis, stop: () => Promise.resolve() })
  })
})

describe('a Redis Cluster', () => {
  closesWhatIsOpen(async () => {
    const setup: ClusterSetup = await startCluster({ replicas: false })
    return { client: () => setup.connect(), address: setup.nodes, stop: () => setup.stop() }
  })
})

interface Store {
  readonly client: () => ReturnType<ClusterSetup['connect']> | string
  /** For another process. */
  readonly address: InstanceSettings['redis']
  readonly stop: () => Promise<void>
}

/** Whose instance: the test's own, or that of a process beside it. */
type Process = 'this' | 'other'

/** What a WebSocket says when it is closed. */
type Closed = [code: number, reason: Buffer]

/** A WebSocket and a stream of one browser in one process, and why each was closed. */
interface Open {
  readonly closed: Promise<readonly [socket: string, stream: string]>
}

function closesWhatIsOpen(openStore: () => Promise<Store>): void {
  let provider: ScriptedProvider
  let store: Store
  /** The instance in this process. */
  let app: TestApp
  let server: Server
  let live: Live
  /** Where this process takes upgrades. */
  let socketUrl: string
  /** The instance in another. */
  let other: OtherProcess
  let sid = ''

  beforeAll(async () => {
    provider = await ScriptedProvider.start(new TestClock())
    store = await openStore()
    const session = { secret: SECRET, keyPrefix: newPrefix() }
    server = createServer()
    app = await startApp({
      provider,
      options: { session: { ...session, redis: store.client() } },
      after(express) {
        live = serveLive(express, server, () => app.auth)
        express.get('/nobody', (req, res) => {
          res.json({ aborted: req.cis2.signal.aborted })
        })
      },
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    socketUrl = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
    const { issuer, clientId } = provider
    other = await startOtherProcess(
      { issuer, clientId, baseUrl: app.baseUrl, session, redis: store.address },
      app.clock.now,
    )
  }, 60_000)

  beforeEach(() => {
    provider.script.idTokenClaims = (claims) => {
      sid = String(claims.sid)
      return claims
    }
    live.requirement = {}
  })

  afterAll(async () => {
    await other.stop()
    live.close()
    server.closeAllConnections()
    server.close()
    await app.stop()
    await store.stop()
    await provider.stop()
  })

  /** The clock of both processes. */
  async function advance(seconds: number): Promise<void> {
    app.clock.advance(seconds)
    await other.setClock(app.clock.now)
  }

  /** The same browser, in front of the other process. */
  function atOther(browser: Browser): Browser {
    const twin = new Browser({ [app.baseUrl]: other.url }, app.clock.read)
    twin.shareCookiesWith(browser)
    return twin
  }

  async function openIn(process: Process, browser: Browser): Promise<Open> {
    const cookie = cookieOf(browser)
    const socket = open(process === 'this' ? socketUrl : other.url, { cookie })
    const closed = once(socket, 'close') as Promise<Closed>
    await once(socket, 'open')
    const stream = await openStream(process === 'this' ? app.listening : other.url, cookie)
    return { closed: Promise.all([closed.then(([code, reason]) => `${code} ${String(reason)}`), stream.ended]) }
  }

  const ways: readonly [string, (browser: Browser, sid: string) => Promise<unknown>][] = [
    ['sign-out', (browser) => browser.request(`${app.baseUrl}/logout`, { method: 'POST' })],
    [
      'back-channel',
      async (browser, ofSession) => {
        const body = new URLSearchParams({ logout_token: await provider.logoutToken({ sid: ofSession }) })
        return browser.request(`${app.baseUrl}/backchannel-logout`, { method: 'POST', body })
      },
    ],
    [
      'administrator',
      (browser, ofSession) =>
        browser.request(`${app.baseUrl}/administrator?sid=${encodeURIComponent(ofSession)}`, { method: 'POST' }),
    ],
    ['replaced', (browser) => app.signIn(browser)],
  ]

  const urls = () => ({ this: app.listening, other: other.url })

  async function stateOf(process: Process): Promise<LiveState> {
    return (await (await fetch(`${urls()[process]}/live`)).json()) as LiveState
  }

  /** Both closed before five seconds have passed in their process, which a busy machine may give no time. */
  async function withinFiveSeconds(process: Process, { closed }: Open): Promise<readonly string[]> {
    let said: readonly string[] | undefined
    void closed.then((both) => (said = both))
    const { age: begun } = await stateOf(process)
    for (;;) {
      if (said !== undefined) return said
      if ((await stateOf(process)).age - begun > 50) throw new Error(`open after five seconds in ${process} process`)
      await Promise.race([closed, delay(200)])
    }
  }

  it.each([
    { ending: 'this', watching: 'other' },
    { ending: 'other', watching: 'this' },
  ] as const)(
    'closes a socket and a stream at once where the session ends ($ending process), and within five seconds in the other',
    async ({ ending, watching }) => {
      const sessions = []
      for (const [reason, end] of ways) {
        const browser = await app.signedIn()
        sessions.push({
          reason,
          end,
          sid,
          browser,
          near: await openIn(ending, browser),
          far: await openIn(watching, browser),
        })
      }
      const farEnds: Promise<unknown>[] = []
      for (const { reason, end, browser, near, ...session } of sessions) {
        const { fired } = await stateOf(ending)
        await end(ending === 'this' ? browser : atOther(browser), session.sid)
        // By the answer to the sign-out they have fired already.
        expect([reason, (await stateOf(ending)).fired - fired]).toEqual([reason, 2])
        const told = [`4001 ${reason}`, `data: open\n\ndata: ${reason}\n\n`]
        const { far } = session
        farEnds.push(expect(withinFiveSeconds(watching, far)).resolves.toEqual(told))
        expect(await near.closed).toEqual(told)
      }
      await Promise.all(farEnds)
    },
  )

  it('closes them in both processes within five seconds when the idle time is over', async () => {
    const browser = await app.signedIn()
    const [here, there] = [await openIn('this', browser), await openIn('other', browser)]
    await advance(901)
    const closed = await Promise.all([withinFiveSeconds('this', here), withinFiveSeconds('other', there)])
    expect(closed.map(([socket]) => socket)).toEqual(['4001 idle', '4001 idle'])
  })

  it('closes them in both at the last moment, however active she is', async () => {
    const browser = await app.signedIn()
    const [here, there] = [await openIn('this', browser), await openIn('other', browser)]
    for (let minutes = 0; minutes < 12 * 60; minutes += 14) {
      await advance(14 * 60)
      await app.whoAmI(browser)
    }
    const closed = await Promise.all([withinFiveSeconds('this', here), withinFiveSeconds('other', there)])
    expect(closed.map(([socket]) => socket)).toEqual(['4001 absolute', '4001 absolute'])
  })

  it('leaves open what has not ended, and does not slide it', async () => {
    const kept = await app.signedIn()
    const gone = await app.signedIn()
    const [socketKept, socketGone] = [kept, gone].map((browser) => open(other.url, { cookie: cookieOf(browser) }))
    if (socketKept === undefined || socketGone === undefined) throw new Error('two sockets')
    await Promise.all([once(socketKept, 'open'), once(socketGone, 'open')])
    await advance(600)
    expect(await app.whoAmI(kept)).toBeDefined()
    await gone.request(`${app.baseUrl}/logout`, { method: 'POST' })
    await once(socketGone, 'close')
    expect(socketKept.readyState).toBe(WebSocket.OPEN)
    // Watched since 901 seconds, slid by nobody for 301: over in 599 more, not before.
    await advance(301)
    expect(await app.whoAmI(kept)).toBeDefined()
    await advance(901)
    const [, said] = (await once(socketKept, 'close')) as Closed
    expect(String(said)).toBe('idle')
  })

  it.each<[string, number, Partial<Upgrade>]>([
    ['a page of another origin', 403, { origin: 'https://evil.example' }],
    ['a page without an origin', 403, { origin: 'null' }],
    ['a page that Fetch Metadata says is of another site', 403, { site: 'cross-site' }],
    ['nobody', 401, { cookie: '' }],
  ])('does not open for %s', async (_what, status, change) => {
    const browser = await app.signedIn()
    expect(await refusalOf(open(socketUrl, { cookie: cookieOf(browser), ...change }))).toBe(status)
    expect(await refusalOf(open(other.url, { cookie: cookieOf(browser), ...change }))).toBe(status)
  })

  it.each<[string, number, Requirement<IncomingMessage>]>([
    ['the role is another', 403, { roles: ['R8000'] }],
    ['a check says something truthy that is not true', 403, { check: () => 'yes' as never }],
    ['the authentication is too old', 401, { maxAuthAgeSeconds: 60 }],
  ])('decides as the guard does: refused when %s', async (_what, status, requirement) => {
    const browser = await app.signedIn()
    await advance(61)
    live.requirement = requirement
    expect(await refusalOf(open(socketUrl, { cookie: cookieOf(browser) }))).toBe(status)
  })

  it('slides the session only when that is asked for', async () => {
    const browser = await app.signedIn()
    await advance(600)
    const first = open(socketUrl, { cookie: cookieOf(browser) })
    await once(first, 'open')
    first.close()
    const [info] = await app.auth.listSessions({ sub: NURSE.sub })
    live.requirement = { extendSession: true }
    const second = open(socketUrl, { cookie: cookieOf(browser) })
    await once(second, 'open')
    second.close()
    const [slid] = await app.auth.listSessions({ sub: NURSE.sub })
    expect((slid?.idleExpiresAt ?? 0) - (info?.idleExpiresAt ?? 0)).toBe(600)
  })

  it('has fired already for nobody', async () => {
    expect((await app.browser().request(`${app.baseUrl}/nobody`)).json()).toEqual({ aborted: true })
  })
}

function cookieOf(browser: Browser): string {
  const names = browser.cookieNames('127.0.0.1')
  return names.map((name) => `${name}=${browser.cookieValue('127.0.0.1', name) ?? ''}`).join('; ')
}

interface Upgrade {
  readonly cookie: string
  readonly origin?: string
  readonly site?: string
}

function open(url: string, { cookie, origin, site }: Upgrade): WebSocket {
  const headers = {
    cookie,
    ...(site === undefined ? {} : { 'sec-fetch-site': site }),
    ...(origin === undefined ? {} : { origin }),
  }
  return new WebSocket(url.replace('http:', 'ws:'), { headers })
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

/** `ended`: all that it has sent. */
async function openStream(url: string, cookie: string): Promise<{ readonly ended: Promise<string> }> {
  const req = request(`${url}/stream`, { headers: { cookie } }).end()
  const [res] = (await once(req, 'response')) as [IncomingMessage]
  let text = ''
  res.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  return { ended: once(res, 'end').then(() => text) }
}
