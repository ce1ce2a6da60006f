/** Ends that must be ends, and bounds between instances, applications and tabs: in memory and on Redis alike. */
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'

import { Redis } from 'ioredis'

import { SignInRefusedError, StoreUnavailableError } from '../../src/errors.js'
import type { Cis2Event } from '../../src/index.js'
import type { Cis2Options, SessionOptions } from '../../src/options/cis2-options.js'
import { parseOptions } from '../../src/options/parse-options.js'
import type { Backend } from '../../src/session/backend.js'
import { createSessions } from '../../src/session/create-sessions.js'
import { createMemoryBackend } from '../../src/session/memory/backend.js'
import { createRedisBackend } from '../../src/session/redis/backend.js'
import type { NewSession, PendingSignIn, Sessions, SignInState } from '../../src/session/sessions.js'
import { aUser } from '../../src/testing/a-user.js'
import { healthyOptions } from '../support/commands/doctor-case.js'
import { newPrefix, signInRecord } from '../support/redis/backends.js'
import { until } from '../support/redis/redis-server.js'

const HOUR = 3_600
const SUB = '555012345678'
const PENDING: PendingSignIn = {
  nonce: 'nonce',
  codeVerifier: undefined,
  returnTo: '/patients',
  purpose: 'step-up',
  aal: 3,
  maxAuthAgeSeconds: 300,
  expectedSub: SUB,
  restarted: false,
}

type Stored = SessionOptions & { keyPrefix: string }
type Data = Record<string, unknown>
type Change = Partial<NewSession> & { readonly sub?: string; readonly ago?: number }

describe.each(['in memory', 'on Redis'])('sessions %s', (where) => {
  let redis: Redis
  let prefix: string
  let now: number
  let backend: Backend
  let events: Omit<Cis2Event, 'at'>[]

  beforeAll(() => {
    redis = new Redis(String(process.env.REDIS_URL))
  })

  beforeEach(() => {
    prefix = newPrefix()
    now = Date.now()
    events = []
    backend = open({})
  })

  afterEach(async () => {
    await backend.close()
  })

  afterAll(() => {
    redis.disconnect()
  })

  function configOf(session: Partial<SessionOptions>, options: Partial<Cis2Options> = {}) {
    const stored: Stored = { ...healthyOptions().session, redis: process.env.REDIS_URL, keyPrefix: prefix, ...session }
    return parseOptions(healthyOptions({ clock: () => now, ...options, session: stored }))
  }

  function open(session: Partial<SessionOptions>): Backend {
    if (where === 'in memory') return createMemoryBackend(() => now)
    const { session: parsed } = configOf(session)
    const { redis: source } = parsed
    if (source === 'memory') throw new Error('this is not in memory')
    return createRedisBackend({ session: { ...parsed, redis: source }, clock: () => now, emit: () => {} })
  }

  /** An instance with such options, over the same store. */
  function instance(session: Partial<SessionOptions> = {}, options: Partial<Cis2Options> = {}): Sessions {
    return createSessions(configOf(session, options), (event) => events.push(event), backend)
  }

  function exchange(cookie = ''): { req: IncomingMessage & { session?: Data }; res: ServerResponse } {
    const req = new IncomingMessage(new Socket())
    req.url = '/'
    req.headers.cookie = cookie
    return { req, res: new ServerResponse(req) }
  }

  function cookieOf(res: ServerResponse): string {
    return String([res.getHeader('Set-Cookie')].flat().at(-1)).split(';')[0] ?? ''
  }

  /** @param ago - Age of the authentication, in seconds. */
  function newSession({ sub = SUB, ago = 0, ...change }: Change = {}): NewSession {
    const authenticatedAt = Math.floor(now / 1000) - ago
    return {
      user: aUser({ sub, authenticatedAt }),
      subject: { sub, aal: 3, authenticatedAt },
      sid: 'sid',
      tokens: { idToken: 'id', accessToken: 'access', accessTokenExpiresAt: undefined, idTokenExpiresAt: undefined },
      appData: undefined,
      ...change,
    }
  }

  /** Signs in, and writes into `req.session`; returns the browser's cookie. */
  async function signIn(sessions: Sessions, change: Change = {}, data: Data = {}, cookie = '') {
    const { req, res } = exchange(cookie)
    await sessions.load(req, res, false)
    await sessions.start(req, res, newSession(change))
    Object.assign(req.session ?? {}, data)
    await ended(res)
    return cookieOf(res)
  }

  async function ended(res: ServerResponse): Promise<void> {
    res.end()
    await until(() => res.writableEnded, 'what it wrote is stored')
  }

  async function load(sessions: Sessions, cookie: string, passive = false) {
    const { req, res } = exchange(cookie)
    const { session } = await sessions.load(req, res, passive)
    return { session, data: { ...req.session, cookie: undefined } as Data }
  }

  async function isSignedIn(sessions: Sessions, cookie: string): Promise<boolean> {
    return (await load(sessions, cookie, true)).session !== undefined
  }

  describe('FIELD-9 when absoluteTimeoutSeconds is lowered', () => {
    const before = { absoluteTimeoutSeconds: 12 * HOUR, idleTimeoutSeconds: 900 }
    const after = { absoluteTimeoutSeconds: HOUR, idleTimeoutSeconds: 900 }

    async function aged(sessions: Sessions, cookie: string, seconds: number): Promise<void> {
      for (let passed = 0; passed < seconds; passed += 600) {
        now += 600_000
        await load(sessions, cookie)
      }
    }

    it('end older sessions by the stricter of record and configuration, and report that once', async () => {
      const old = instance(before)
      const cookie = await signIn(old)
      const { session } = await load(instance(after), cookie)
      expect(session?.absoluteExpiresAt).toBe(Math.floor(now / 1000) + HOUR)
      await aged(old, cookie, HOUR)
      events.length = 0
      const lowered = instance(after)
      expect(await isSignedIn(lowered, cookie)).toBe(false)
      const { req, res } = exchange(cookie)
      expect(await lowered.status(req, res, false)).toEqual({ signedIn: false, reason: 'absolute' })
      expect(events).toEqual([expect.objectContaining({ type: 'session.ended', reason: 'absolute', sub: SUB })])
      expect(await isSignedIn(old, cookie)).toBe(false)
    })

    it('find older sessions by sub all the same, as long as an older instance lets them in', async () => {
      const old = instance(before)
      const cookie = await signIn(old)
      await aged(old, cookie, 2 * HOUR)
      // Makes room in the index, by the lowered limit.
      await signIn(instance(after), { sid: 'another' })
      expect(await isSignedIn(old, cookie)).toBe(true)
      expect(await instance(after).endAll({ sub: SUB }, 'administrator')).toBe(2)
      expect(await isSignedIn(old, cookie)).toBe(false)
    })

    it('are listed as long as they live, with the end that they have now; by the id of an older list they end all the same', async () => {
      const old = instance(before)
      const lowered = instance(after)
      const cookie = await signIn(old)
      const begun = Math.floor(now / 1000)
      expect(await lowered.list(SUB)).toMatchObject([{ absoluteExpiresAt: begun + HOUR }])
      await aged(old, cookie, HOUR - 600)
      expect(await lowered.list(SUB)).toMatchObject([{ idleExpiresAt: begun + HOUR, absoluteExpiresAt: begun + HOUR }])
      await aged(old, cookie, 600)
      const [listed] = await old.list(SUB)
      expect(await lowered.list(SUB)).toEqual([])
      expect(await lowered.endListed({ sub: SUB, id: listed?.id ?? '' }, 'administrator')).toBe(1)
      expect(await isSignedIn(old, cookie)).toBe(false)
    })

    it('take the record’s, when the configuration allows for more', async () => {
      const cookie = await signIn(instance(after))
      const { session } = await load(instance(before), cookie)
      expect(session?.absoluteExpiresAt).toBe(Math.floor(now / 1000) + HOUR)
    })
  })

  describe('FIELD-11 what is to be ended', () => {
    const token = (change: Partial<Parameters<Sessions['endByLogoutToken']>[0]>) => ({
      sid: 'sid',
      sub: SUB,
      issuedAt: Math.floor(now / 1000),
      tokenId: Math.random().toString(),
      ...change,
    })

    it('ends though its ID token had no sid, when a logout names sid and sub', async () => {
      const sessions = instance()
      const without = await signIn(sessions, { sid: undefined })
      const other = await signIn(sessions, { sid: 'other' })
      expect(await sessions.endByLogoutToken(token({}))).toBe('done')
      expect([await isSignedIn(sessions, without), await isSignedIn(sessions, other)]).toEqual([false, true])
    })

    it('is spared by such a logout when it is newer, and when it is another user’s', async () => {
      const sessions = instance()
      const theirs = await signIn(sessions, { sid: undefined, sub: '555099999999' })
      const earlier = token({})
      now += 5_000
      const newer = await signIn(sessions, { sid: undefined })
      await sessions.endByLogoutToken(earlier)
      expect([await isSignedIn(sessions, newer), await isSignedIn(sessions, theirs)]).toEqual([true, true])
    })

    it('does not begin after such a logout either', async () => {
      const sessions = instance()
      await sessions.endByLogoutToken(token({}))
      await expect(signIn(sessions, { sid: undefined, ago: 60 })).rejects.toThrow(SignInRefusedError)
      expect(await signIn(sessions, { sid: 'other', ago: 60 })).toContain('=')
    })

    it('does not begin after endSessions({ sid }), known or not', async () => {
      const sessions = instance()
      expect(await sessions.endAll({ sid: 'sid' }, 'administrator')).toBe(0)
      await expect(signIn(sessions)).rejects.toMatchObject({ reason: 'signed-out' })
      const cookie = await signIn(sessions, { sid: 'other' })
      expect(await sessions.endAll({ sid: 'other' }, 'administrator')).toBe(1)
      expect(await isSignedIn(sessions, cookie)).toBe(false)
      await expect(signIn(sessions, { sid: 'other' })).rejects.toMatchObject({ reason: 'signed-out' })
    })

    it('lives on when the sign-in that was to replace it is refused, with onePerUser too', async () => {
      const cookie = await signIn(instance({ onePerUser: true }))
      const another = await signIn(instance(), { sid: 'another browser' })
      await backend.close()
      const memory = backend
      // There is no replica, and in memory none to speak of: the write is made, and not confirmed.
      backend = open({ confirmReplicas: 'require' })
      if (where === 'in memory') {
        backend = {
          ...memory,
          async signIn(record) {
            await memory.signIn(record)
            throw new StoreUnavailableError()
          },
        }
      }
      const strict = instance({ onePerUser: true, confirmReplicas: 'require' })
      await expect(signIn(strict, { sid: 'new' }, {}, cookie)).rejects.toThrow(StoreUnavailableError)
      expect([await isSignedIn(strict, cookie), await isSignedIn(strict, another)]).toEqual([true, true])
    })
  })

  describe('FIELD-13 two applications with one prefix and one secret', () => {
    it('do not take each other’s cookies, and leave each other’s sessions alone', async () => {
      const ours = instance({ cookieName: '__Host-session' })
      const theirs = instance({ cookieName: '__Host-session' }, { clientId: 'another-application' })
      const cookie = await signIn(ours, {}, { note: 'ours' })
      expect(await load(theirs, cookie)).toMatchObject({ session: undefined, data: {} })
      expect((await load(theirs, cookie)).data).not.toHaveProperty('note')
      expect(events).toEqual([])
      expect(await load(ours, cookie)).toMatchObject({ session: { sid: 'sid' }, data: { note: 'ours' } })
    })

    it('do not take each other’s data of visitors', async () => {
      const ours = instance({ cookieName: '__Host-session' })
      const { req, res } = exchange()
      await ours.load(req, res, false)
      Object.assign(req.session ?? {}, { note: 'ours' })
      await ended(res)
      const theirs = instance({ cookieName: '__Host-session' }, { clientId: 'another-application' })
      expect((await load(theirs, cookieOf(res))).data).not.toHaveProperty('note')
      expect((await load(ours, cookieOf(res))).data).toMatchObject({ note: 'ours' })
    })
  })

  describe('FIELD-14 several tabs', () => {
    it('of six sign-ins begun in one second the first goes, not a newer one', async () => {
      const sessions = instance()
      const jar = new Map<string, string>()
      const states: SignInState[] = []
      for (let begun = 0; begun < 6; begun++) {
        const { req, res } = exchange([...jar].map((pair) => pair.join('=')).join('; '))
        states.push(await sessions.rememberSignIn(req, res, PENDING, undefined))
        for (const line of [res.getHeader('Set-Cookie')].flat()) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(String(line)) ?? []
          if (value === '') jar.delete(name)
          else jar.set(name, value)
        }
      }
      const found: string[] = []
      for (const state of states) {
        const { req, res } = exchange([...jar].map((pair) => pair.join('=')).join('; '))
        found.push((await sessions.takeSignIn(req, res, state)).found)
      }
      expect(found).toEqual(['nothing', ...Array<string>(5).fill('pending')])
    })

    /** Begins a step-up in a session with data, has it ended so, and comes back in a browser that another tab got a new cookie. */
    async function steppedUpAfter(end: (sessions: Sessions, cookie: string) => Promise<unknown>) {
      const sessions = instance()
      const cookie = await signIn(sessions, {}, { note: 'mine' })
      const begin = exchange(cookie)
      await sessions.load(begin.req, begin.res, false)
      const state = await sessions.rememberSignIn(begin.req, begin.res, PENDING, { note: 'mine' })
      const pendingCookie = cookieOf(begin.res)
      await end(sessions, cookie)
      const tab = exchange(cookie)
      await sessions.load(tab.req, tab.res, false)
      Object.assign(tab.req.session ?? {}, { visitor: true })
      await ended(tab.res)
      const back = exchange(`${cookieOf(tab.res)}; ${pendingCookie}`)
      await sessions.load(back.req, back.res, false)
      const taken = await sessions.takeSignIn(back.req, back.res, state)
      if (taken.found !== 'pending') throw new Error(`found ${taken.found}`)
      const { appData, startedFrom } = taken
      await sessions.start(back.req, back.res, newSession({ sid: 'new', appData, startedFrom }))
      return { ...back.req.session, cookie: undefined }
    }

    it('keep req.session through a step-up when another tab writes anonymously meanwhile', async () => {
      const data = await steppedUpAfter((sessions) =>
        sessions.endByLogoutToken({ sid: 'sid', sub: SUB, issuedAt: Math.floor(now / 1000), tokenId: 'one' }),
      )
      expect(data).toEqual({ note: 'mine', cookie: undefined })
    })

    it('drop it for good when the user signed out in the other tab', async () => {
      const data = await steppedUpAfter(async (sessions, cookie) => {
        const { req, res } = exchange(cookie)
        await sessions.load(req, res, false)
        await sessions.end(req, res, 'sign-out')
      })
      expect(data).not.toHaveProperty('note')
    })
  })

  if (where === 'on Redis') {
    describe('FIELD-10 a hand in Redis', () => {
      async function keyOf(kind: string): Promise<string> {
        const [key = ''] = await redis.keys(`${prefix}*}:${kind}:*`)
        return key
      }

      it('cannot make a session live past its last moment: both deadlines are judged on every read', async () => {
        const sessions = instance({ absoluteTimeoutSeconds: HOUR })
        const cookie = await signIn(sessions)
        await redis.hset(await keyOf('s'), 'i', String(now + 10 * HOUR * 1000))
        now += HOUR * 1000 - 1
        const { session } = await load(sessions, cookie)
        expect(session?.idleExpiresAt).toBe(session?.absoluteExpiresAt)
        now += 1
        expect(await isSignedIn(sessions, cookie)).toBe(false)
        const { req, res } = exchange(cookie)
        expect(await sessions.status(req, res, false)).toEqual({ signedIn: false, reason: 'absolute' })
      })

      it('is judged by the store itself: an idle deadline beyond the last moment is none', async () => {
        const { place, ...record } = signInRecord({ now, until: now + 900_000, absolute: now + HOUR * 1000 })
        await backend.signIn({ place, ...record })
        const key = await keyOf('s')
        await redis.hset(key, 'i', String(now + 10 * HOUR * 1000))
        await redis.persist(key)
        const last = record.absolute - 1
        expect(await backend.read(place, { now: last, idle: 0 })).toMatchObject({ state: 'live', until: last + 1 })
        expect(await backend.saveAppData(place, Buffer.from('late'), last + 1)).toBe(false)
        expect(await backend.read(place, { now: last + 1, idle: 900_000 })).toMatchObject({ state: 'none' })
        expect(await redis.exists(key)).toBe(0)
      })

      it('cannot put a session back that has ended', async () => {
        const sessions = instance()
        const cookie = await signIn(sessions)
        const key = await keyOf('s')
        const copy = await redis.dumpBuffer(key)
        expect(await sessions.endAll({ sub: SUB }, 'administrator')).toBe(1)
        await redis.restore(key, 0, copy)
        const { req, res } = exchange(cookie)
        expect(await sessions.status(req, res, false)).toEqual({ signedIn: false, reason: 'administrator' })
        expect(await redis.exists(key)).toBe(0)
      })

      it('cannot put it back when the note of its end is gone either', async () => {
        const sessions = instance()
        const cookie = await signIn(sessions)
        const key = await keyOf('s')
        const copy = await redis.dumpBuffer(key)
        await sessions.endAll({ sub: SUB }, 'administrator')
        await redis.del(await keyOf('e'))
        await redis.restore(key, 0, copy)
        events.length = 0
        expect(await isSignedIn(sessions, cookie)).toBe(false)
        expect(events).toEqual([expect.objectContaining({ type: 'session.ended', reason: 'unreadable' })])
        expect(await redis.exists(key)).toBe(0)
      })
    })

    it('FIELD-10 no key outlives absoluteTimeoutSeconds and a quarter of an hour', async () => {
      const sessions = instance({ absoluteTimeoutSeconds: 300, idleTimeoutSeconds: 300 })
      await signIn(sessions)
      await signIn(sessions, { sid: undefined })
      const { req, res } = exchange()
      await sessions.rememberSignIn(req, res, PENDING, { note: 'x' })
      const issuedAt = Math.floor(now / 1000)
      await sessions.endByLogoutToken({ sid: 'other', sub: SUB, issuedAt, tokenId: 'one' })
      await sessions.endByLogoutToken({ sid: undefined, sub: SUB, issuedAt, tokenId: 'two' })
      const lifetimes = await Promise.all((await redis.keys(`${prefix}*`)).map((key) => redis.pttl(key)))
      expect(lifetimes.length).toBeGreaterThan(8)
      expect(Math.min(...lifetimes)).toBeGreaterThan(0)
      expect(Math.max(...lifetimes)).toBeLessThanOrEqual((300 + 15 * 60) * 1000)
    })
  }
})
