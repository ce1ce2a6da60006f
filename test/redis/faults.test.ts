/** Whatever Redis does, nobody is let in by it, nobody waits long, and nothing has to be restarted. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { Redis } from 'ioredis'

import type { Browser } from '../support/app/browser.js'
import { startRedis, temporaryDirectory, until, type RedisServer } from '../support/redis/redis-server.js'
import { NURSE, ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp, TestClock, type TestApp } from '../support/app/start-app.js'

/** Five at once, of those who do not wait; in milliseconds. */
const AT_ONCE = 400

/** The longest answer while the store is out of reach, in milliseconds. */
const LONGEST_ANSWER = 2_000
const LONGEST_RECOVERY = 10_000
const PASSWORD = 'canary-password-4d1f'

interface Fault {
  readonly name: string
  readonly apply: () => unknown
  readonly remove: () => unknown
  /** Sessions are gone with it. */
  readonly forgets?: boolean
  /** It shows only when something is written: what is read goes on. */
  readonly writesOnly?: boolean
}

describe('Redis in trouble', () => {
  let provider: ScriptedProvider
  let server: RedisServer
  let app: TestApp
  let directory: string

  beforeAll(async () => {
    provider = await ScriptedProvider.start(new TestClock())
    directory = temporaryDirectory()
    server = await startRedis({
      directory,
      settings: ['--enable-debug-command', 'yes', '--busy-reply-threshold', '50'],
    })
    await allowApp()
    app = await startApp({ provider, options: { session: { redis: urlOf(server) } } })
  })

  afterAll(async () => {
    await app.stop()
    await server.stop()
    await provider.stop()
  })

  function urlOf({ port }: RedisServer): string {
    return `redis://app:${PASSWORD}@127.0.0.1:${String(port)}`
  }

  async function allowApp(): Promise<void> {
    await server.admin.call('ACL', 'SETUSER', 'app', 'on', `>${PASSWORD}`, '~*', '&*', '+@all')
  }

  async function failToSnapshot(): Promise<void> {
    // A folder where the snapshot should go: saving fails, as on a full disk.
    mkdirSync(join(directory, 'dump.rdb'))
    writeFileSync(join(directory, 'dump.rdb', 'full'), '')
    await server.admin.config('SET', 'save', '3600 1')
    await server.admin.bgsave()
    await until(async () => (await server.admin.info('persistence')).includes('rdb_last_bgsave_status:err'), 'it fails')
  }

  async function keepBusy(): Promise<void> {
    const other = new Redis(server.port, { retryStrategy: () => null })
    other.on('error', () => {})
    other.eval('while true do end', 0).catch(() => {
      other.disconnect()
    })
    await until(
      () =>
        server.admin.ping().then(
          () => false,
          () => true,
        ),
      'it is busy',
    )
  }

  const faults: readonly Fault[] = [
    {
      name: 'RED-3 frozen',
      apply: () => {
        server.freeze()
      },
      remove: () => {
        server.thaw()
      },
    },
    {
      name: 'RED-6 READONLY: a demoted primary',
      apply: () => server.admin.replicaof('127.0.0.1', 1),
      remove: () => server.admin.replicaof('NO', 'ONE'),
    },
    {
      name: 'RED-13 MASTERDOWN: a replica that will not serve what is stale',
      async apply() {
        await server.admin.config('SET', 'replica-serve-stale-data', 'no')
        await server.admin.replicaof('127.0.0.1', 1)
      },
      remove: () => server.admin.replicaof('NO', 'ONE'),
    },
    {
      name: 'RED-12 NOPERM: rights taken away',
      apply: () => server.admin.call('ACL', 'SETUSER', 'app', '-@scripting'),
      remove: allowApp,
    },
    {
      name: 'RED-12 WRONGPASS: the account is gone',
      apply: () => server.admin.call('ACL', 'DELUSER', 'app'),
      remove: allowApp,
    },
    { name: 'RED-13 BUSY with somebody’s script', apply: keepBusy, remove: () => server.admin.script('KILL') },
    {
      name: 'RED-13 MISCONF: it cannot save',
      apply: failToSnapshot,
      remove: () => server.admin.config('SET', 'stop-writes-on-bgsave-error', 'no'),
    },
    {
      name: 'RED-10 OOM: full',
      writesOnly: true,
      apply: () => server.admin.config('SET', 'maxmemory', '1'),
      remove: () => server.admin.config('SET', 'maxmemory', '0'),
    },
    {
      name: 'RED-2 killed',
      forgets: true,
      apply: () => server.crash(),
      async remove() {
        await server.restart()
        await allowApp()
      },
    },
  ]

  describe.each(faults)('$name', ({ apply, remove, forgets = false, writesOnly = false }) => {
    let signedIn: Browser
    let signingIn: Browser
    let callback: string
    let leaving: Browser

    beforeAll(async () => {
      app.events.length = 0
      signedIn = await app.signedIn()
      leaving = await app.signedIn()
      signingIn = app.browser()
      callback = await app.callbackAddress(signingIn)
      await apply()
    })

    async function timed<T>(answer: Promise<T>): Promise<T> {
      const begun = performance.now()
      const answered = await answer
      expect(performance.now() - begun).toBeLessThan(LONGEST_ANSWER)
      return answered
    }

    it('RED-22 answers 503 on a guarded route, with and without a cookie', async () => {
      const answer = await timed(signedIn.request(`${app.baseUrl}/me`))
      expect(answer.status).toBe(writesOnly ? 200 : 503)
      const anonymous = await timed(app.browser().navigate(`${app.baseUrl}/me`))
      expect(anonymous.status).toBe(writesOnly ? 302 : 503)
      if (writesOnly) return
      expect(answer.json()).toMatchObject({ code: 'CIS2_STORE_UNAVAILABLE' })
      expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
      expect([...answer.setCookies, ...anonymous.setCookies]).toEqual([])
    })

    it('answers without waiting once it is known', async () => {
      let fastest = Infinity
      // Whoever waits for Redis always does; a busy machine hardly holds up every one of five.
      for (let times = 0; times < 5 && fastest >= AT_ONCE; times++) {
        const begun = performance.now()
        const answers = await Promise.all(Array.from({ length: 5 }, () => signedIn.request(`${app.baseUrl}/me`)))
        fastest = Math.min(fastest, performance.now() - begun)
        for (const answer of answers) expect(answer.status).toBe(writesOnly ? 200 : 503)
      }
      expect(fastest).toBeLessThan(AT_ONCE)
    })

    it('goes on with open routes, and tells them', async () => {
      const answer = await timed(app.browser().request(`${app.baseUrl}/`))
      expect(answer.status).toBe(200)
      expect(answer.json()).toEqual({ signedIn: false, store: writesOnly ? 'ok' : 'unavailable' })
      const known = await timed(signedIn.request(`${app.baseUrl}/`))
      expect([known.status, known.json().signedIn]).toEqual([200, writesOnly])
    })

    it('answers 503 to a sign-in that begins or comes back, and sets no cookie', async () => {
      const login = await timed(app.browser().navigate(`${app.baseUrl}/login`))
      expect([login.status, login.setCookies]).toEqual([503, []])
      const answer = await timed(signingIn.navigate(callback))
      expect(answer.status).toBe(503)
      expect(answer.setCookies.filter((line) => !line.includes('-sign-in') && !line.includes('Max-Age=0'))).toEqual([])
    })

    it('RPL-5 says that a sign-out is not confirmed, and clears the cookie', async () => {
      const answer = await timed(leaving.request(`${app.baseUrl}/logout`, { method: 'POST' }))
      // Full, it can still take something away.
      expect(answer.status).toBe(writesOnly ? 303 : 503)
      expect(answer.setCookies.join()).toMatch(/Max-Age=0/)
    })

    it('BCL-17 never answers 200 to a logout token whose session may live', async () => {
      const token = await provider.logoutToken({ sub: 'nobody-here' })
      const body = new URLSearchParams({ logout_token: token })
      const answer = await timed(app.browser().request(`${app.baseUrl}/backchannel-logout`, { method: 'POST', body }))
      expect(answer.status).toBe(writesOnly ? 200 : 400)
    })

    it('tells the operator, without a word that is nobody’s business', async () => {
      const [event] = app.eventsOf('store.unavailable')
      expect(event?.reason).toMatch(/^[\w-]+$/)
      const { status, store } = await app.auth.health()
      expect([status, store.status]).toEqual(writesOnly ? ['degraded', 'degraded'] : ['down', 'down'])
      expect(JSON.stringify([store, app.events])).not.toContain(PASSWORD)
    })

    it('recovers by itself, and whoever was signed in still is', async () => {
      await remove()
      await until(async () => (await app.auth.health()).store.status === 'ok', 'it recovers', LONGEST_RECOVERY)
      expect((await app.whoAmI(signedIn))?.sub).toBe(forgets ? undefined : NURSE.sub)
      expect((await app.signIn(app.browser())).status).toBe(303)
      expect(app.eventsOf('store.recovered').length).toBeGreaterThan(0)
    })
  })

  it('RED-16 signs everybody out cleanly when it was flushed', async () => {
    const browser = await app.signedIn()
    await server.admin.flushall()
    expect((await browser.request(`${app.baseUrl}/me`)).status).toBe(401)
    expect((await browser.navigate(`${app.baseUrl}/me`)).status).toBe(302)
    expect((await browser.request(`${app.baseUrl}/`)).json()).toEqual({ signedIn: false, store: 'ok' })
    expect((await app.signIn(browser)).status).toBe(303)
  })

  it('knows its scripts again when the server has forgotten them', async () => {
    const browser = await app.signedIn()
    await server.admin.script('FLUSH')
    expect(await app.whoAmI(browser)).toMatchObject({ sub: NURSE.sub })
  })
})
