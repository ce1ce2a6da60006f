/** What lies in Redis: sealed, bound to its owner, with a lifetime; and what becomes of it when it is spoiled. */
import { randomBytes } from 'node:crypto'

import { Redis } from 'ioredis'

import type { Browser } from '../support/app/browser.js'
import type { SessionOptions } from '../../src/options/cis2-options.js'
import { newPrefix } from '../support/redis/backends.js'
import { until } from '../support/redis/redis-server.js'
import { storedText } from '../support/redis/stored-text.js'
import { NURSE, ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp, TestClock, type TestApp } from '../support/app/start-app.js'
import { TOKEN_IN_TEXT } from '../support/tokens-in-text.js'

const OLD = 'old-secret-b7Qx2mVt9LkR4wZp6HsD1n'
// The same on every port that a test listens on.
const COOKIE = 'cis2-records'
const NEW = 'new-secret-y3Fg8jNc5TbW7vXq2KzA9e'

describe('records in Redis', () => {
  let provider: ScriptedProvider
  let redis: Redis
  let prefix: string
  let app: TestApp

  beforeAll(async () => {
    provider = await ScriptedProvider.start(new TestClock())
    redis = new Redis(String(process.env.REDIS_URL))
    prefix = newPrefix()
    app = await start({})
  })

  beforeEach(() => {
    provider.reset()
    app.events.length = 0
  })

  afterAll(async () => {
    await app.stop()
    await provider.stop()
    redis.disconnect()
  })

  async function start(session: Partial<SessionOptions>): Promise<TestApp> {
    return startApp({
      provider,
      options: {
        session: { redis: process.env.REDIS_URL, keyPrefix: prefix, cookieName: COOKIE, secret: OLD, ...session },
      },
      after(server) {
        server.post('/note', (req, res) => {
          Object.assign(req.session, { note: 'canary-note' })
          res.json({ ok: true })
        })
        server.get('/note', (req, res) => {
          res.json({ note: (req.session as unknown as { note?: string }).note ?? null })
        })
      },
    })
  }

  async function keysOf(kind: string): Promise<string[]> {
    return (await redis.keys(`${prefix}*}:${kind}`)).sort()
  }

  async function write(browser: Browser): Promise<void> {
    expect((await browser.request(`${app.baseUrl}/note`, { method: 'POST' })).status).toBe(200)
  }

  async function noteOf(browser: Browser, of = app): Promise<unknown> {
    return (await browser.request(`${of.baseUrl}/note`)).json().note
  }

  /** A signed-in browser, and the key of its session. */
  async function fresh(): Promise<{ browser: Browser; key: string }> {
    const before = new Set(await keysOf('s:*'))
    const browser = await app.signedIn()
    const [key = ''] = (await keysOf('s:*')).filter((each) => !before.has(each))
    return { browser, key }
  }

  it('SES-8 give a thief of a dump no cookie, no token, no name, no user', async () => {
    const { browser } = await fresh()
    await write(browser)
    await app.callbackAddress(app.browser())
    const cookie = decodeURIComponent(String(browser.cookieValue('127.0.0.1', COOKIE)))
    const id = cookie.slice(2, cookie.lastIndexOf('.'))
    const dump = await storedText(redis, `${prefix}*`)
    const tokens = provider.requestsTo('/userinfo').map(({ headers }) => String(headers.authorization).slice(7))
    for (const secret of [id, id.slice(22), NURSE.sub, 'Ngozi', 'canary-note', '555098765432', ...tokens]) {
      expect(dump).not.toContain(secret)
    }
    expect(dump).not.toMatch(TOKEN_IN_TEXT)
    expect(tokens).not.toEqual([])
  })

  it('I8, TMO-7 all have a lifetime, and none longer than the longest session', async () => {
    const { browser } = await fresh()
    await write(browser)
    await write(app.browser())
    await app.callbackAddress(app.browser())
    const token = await provider.logoutToken({ sid: 'nobody', sub: NURSE.sub })
    const body = new URLSearchParams({ logout_token: token })
    await app.browser().request(`${app.baseUrl}/backchannel-logout`, { method: 'POST', body })
    await browser.request(`${app.baseUrl}/logout`, { method: 'POST' })
    const lifetimes = await Promise.all((await redis.keys(`${prefix}*`)).map((key) => redis.pttl(key)))
    expect(lifetimes.length).toBeGreaterThan(10)
    expect(Math.min(...lifetimes)).toBeGreaterThan(0)
    expect(Math.max(...lifetimes)).toBeLessThanOrEqual(43_200_000)
  })

  it('SES-11, M23 are none for a visitor who writes nothing, and none for a forged cookie', async () => {
    const before = (await redis.keys(`${prefix}*}:s:*`)).length
    const commands = await commandsSeen(async () => {
      for (let each = 0; each < 50; each++) {
        const answer = await app.browser().request(`${app.baseUrl}/`)
        expect(answer.setCookies).toEqual([])
        const forged = app.browser()
        forged.setCookie('127.0.0.1', COOKIE, randomBytes(80).toString('hex'))
        expect((await forged.request(`${app.baseUrl}/`)).setCookies).toEqual([])
      }
    })
    expect(commands).toEqual([])
    expect((await redis.keys(`${prefix}*}:s:*`)).length).toBe(before)
  })

  it('DOS-5 take one command for a cookie whose session is over, which makes no new one', async () => {
    const { browser } = await fresh()
    const copy = browser.copy()
    await browser.request(`${app.baseUrl}/logout`, { method: 'POST' })
    const before = (await redis.keys(`${prefix}*}:s:*`)).length
    const commands = await commandsSeen(async () => {
      const answer = await copy.request(`${app.baseUrl}/me`)
      expect([answer.status, answer.setCookies]).toEqual([401, []])
    })
    expect(commands).toEqual(['evalsha'])
    expect((await redis.keys(`${prefix}*}:s:*`)).length).toBe(before)
  })

  it('CB-9 take three commands for a sign-in, with the answer for duplicates of its callback', async () => {
    const browser = app.browser()
    let address = ''
    expect(await commandsSeen(async () => (address = await app.callbackAddress(browser)))).toEqual(['evalsha'])
    const duplicate = browser.copy()
    let lines: readonly string[] = []
    const commands = await commandsSeen(async () => ({ setCookies: lines } = await browser.navigate(address)))
    expect(commands).toEqual(['evalsha', 'evalsha'])
    const again = await duplicate.navigate(address)
    expect(again.status).toBe(303)
    expect(again.setCookies).toEqual(lines)
    expect(lines.join()).toMatch(new RegExp(`${COOKIE}=[0-9a-f]{160};`))
  })

  it('DOS-11 take one command for a guarded request, and none more', async () => {
    const { browser } = await fresh()
    const commands = await commandsSeen(() => app.whoAmI(browser))
    expect(commands).toEqual(['evalsha'])
  })

  /** What our application's connections sent meanwhile. */
  async function commandsSeen(action: () => Promise<unknown>): Promise<string[]> {
    const connection = redis.duplicate()
    await connection.ping()
    // Read as it comes: when others are busy at that moment, the client takes the first lines for answers.
    const { stream } = connection
    stream.removeAllListeners('data')
    let text = ''
    stream.on('data', (chunk: Buffer) => (text += chunk.toString()))
    try {
      stream.write('MONITOR\r\n')
      await until(() => text.includes('+OK'), 'the server tells of commands')
      await action()
      const marker = randomBytes(9).toString('base64url')
      await redis.echo(marker)
      await until(() => text.includes(marker), 'the last command is told')
    } finally {
      connection.disconnect()
    }
    const lines = text.split('\r\n').filter((line) => line.includes(prefix) && !/^\S+ \[\d+ lua\]/.test(line))
    return lines.map((line) => (/\] "(\w+)"/.exec(line)?.[1] ?? line).toLowerCase())
  }

  describe('RED-14 that are spoiled are no session, once: removed, reported, and then all is well', () => {
    it.each<[string, (key: string) => unknown]>([
      ['the small record is noise', (key) => redis.hset(key, 'm', randomBytes(80))],
      ['the small record is JSON in the open', (key) => redis.hset(key, 'm', '{"subject":{"sub":"1","aal":3}}')],
      ['the small record is empty', (key) => redis.hset(key, 'm', '')],
      ['the small record is missing', (key) => redis.hdel(key, 'm')],
      [
        'the small record says that it is of another format, and the session does not',
        async (key) => redis.hset(key, 'm', await changed(key, 'm', 0)),
      ],
      ['one bit of it has changed', async (key) => redis.hset(key, 'm', await changed(key, 'm', 40))],
      ['the user stands in its place', async (key) => redis.hset(key, 'm', String(await redis.hget(key, 'u')))],
      ['the user is missing', (key) => redis.hdel(key, 'u')],
      ['the application’s data are noise', (key) => redis.hset(key, 'a', 'noise')],
      ['the last moment was moved', (key) => redis.hset(key, 'x', String(Date.now() + 10 * 43_200_000))],
      ['the deadlines are no numbers', (key) => redis.hset(key, 'i', 'soon')],
      ['it is ten megabytes of something', (key) => redis.hset(key, 'm', Buffer.alloc(10_000_000, 'x'))],
      ['a list lies there', async (key) => [await redis.del(key), await redis.lpush(key, 'x')]],
      ['a text lies there', (key) => redis.set(key, 'x')],
      ['an empty text lies there, for ever', (key) => redis.set(key, '')],
    ])('%s', async (_what, spoil) => {
      const { browser, key } = await fresh()
      await write(browser)
      await spoil(key)
      app.events.length = 0
      expect((await browser.request(`${app.baseUrl}/me`)).status).toBe(401)
      expect(app.eventsOf('session.ended')).toEqual([expect.objectContaining({ reason: 'unreadable' })])
      expect(await redis.exists(key)).toBe(0)
      expect((await browser.request(`${app.baseUrl}/me`)).status).toBe(401)
      expect(app.eventsOf('session.ended')).toHaveLength(1)
      expect((await app.signIn(browser)).status).toBe(303)
      expect(await app.whoAmI(browser)).toMatchObject({ sub: NURSE.sub })
    })

    async function changed(key: string, field: string, at: number): Promise<Buffer> {
      const value = Buffer.from((await redis.hgetBuffer(key, field)) ?? Buffer.alloc(0))
      value[at] = (value[at] ?? 0) ^ 0x10
      return value
    }

    it('another’s record was copied over it', async () => {
      const victim = await fresh()
      provider.person = {
        ...NURSE,
        sub: '555099999999',
        userInfo: { ...NURSE.userInfo, nhsid_useruid: '555099999999' },
      }
      const thief = await fresh()
      expect(await app.whoAmI(thief.browser)).toMatchObject({ sub: '555099999999' })
      await redis.copy(victim.key, thief.key, 'REPLACE')
      expect((await thief.browser.request(`${app.baseUrl}/me`)).status).toBe(401)
      expect(await app.whoAmI(victim.browser)).toMatchObject({ sub: NURSE.sub })
    })

    it('the whole user is opened late, and found to be damaged', async () => {
      const { browser, key } = await fresh()
      await redis.hset(key, 'u', await changed(key, 'u', 40))
      // The guard reads the small record only; `GET /me` asks for the rest.
      expect((await browser.request(`${app.baseUrl}/me`)).status).not.toBe(200)
      expect((await browser.request(`${app.baseUrl}/me`)).status).toBe(401)
    })

    it.each(['u', 'i:*', 'e:*'])(
      'the index or tombstone (%s) is of another type, and is in nobody’s way',
      async (kind) => {
        const { browser } = await fresh()
        for (const key of await keysOf(kind)) await redis.set(key, 'x', 'PX', 10_000)
        expect((await app.signIn(browser)).status).toBe(303)
        expect((await browser.request(`${app.baseUrl}/logout`, { method: 'POST' })).status).toBe(303)
        expect((await browser.request(`${app.baseUrl}/me`)).status).toBe(401)
      },
    )
  })

  it('RED-15 get their lifetime back when somebody took it away', async () => {
    const { browser, key } = await fresh()
    await redis.persist(key)
    app.clock.advance(60)
    expect(await app.whoAmI(browser)).toBeDefined()
    expect(await redis.pttl(key)).toBeGreaterThan(0)
  })

  describe('SES-6 and a change of secrets', () => {
    it('lose no session, no data, and no sign-in under way', async () => {
      const before = await app.signedIn()
      await write(before)
      const waiting = app.browser()
      const callback = await app.callbackAddress(waiting)
      const rotated = await start({ secret: [NEW, OLD] })
      expect(await rotated.whoAmI(before)).toMatchObject({ sub: NURSE.sub })
      expect(await noteOf(before, rotated)).toBe('canary-note')
      await waiting.navigate(callback.replace(app.baseUrl, rotated.baseUrl))
      // The sign-in was found. The token is refused: in this test the redirect URI has moved to another port.
      expect(rotated.eventsOf('sign-in.refused')).toEqual([expect.objectContaining({ reason: 'token-response' })])
      // A node that has not been restarted yet knows what the new one seals, when both list both.
      const third = await start({ secret: [OLD, NEW] })
      const later = await rotated.signedIn()
      expect(await third.whoAmI(later)).toMatchObject({ sub: NURSE.sub })
      await Promise.all([rotated.stop(), third.stop()])
    })

    it('end sessions of both secrets by sub', async () => {
      const before = await app.signedIn()
      const rotated = await start({ secret: [NEW, OLD] })
      const after = await rotated.signedIn()
      expect(await rotated.auth.endSessions({ sub: NURSE.sub })).toBeGreaterThanOrEqual(2)
      expect(await rotated.whoAmI(before)).toBeUndefined()
      expect(await rotated.whoAmI(after)).toBeUndefined()
      await rotated.stop()
    })

    it('make users of a secret that was dropped sign in again, without an error', async () => {
      const before = await app.signedIn()
      const next = await start({ secret: NEW })
      expect((await before.request(`${next.baseUrl}/me`)).status).toBe(401)
      expect((await next.signIn(before)).status).toBe(303)
      await next.stop()
    })
  })

  it('RED-18 are not found by an application with another prefix, or with another secret', async () => {
    const { browser } = await fresh()
    const other = await start({ keyPrefix: newPrefix() })
    const stranger = await start({ secret: NEW })
    for (const { baseUrl } of [other, stranger]) expect((await browser.request(`${baseUrl}/me`)).status).toBe(401)
    await Promise.all([other.stop(), stranger.stop()])
    expect(await app.whoAmI(browser)).toBeDefined()
  })
})
