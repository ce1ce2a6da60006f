/** Releases side by side: what the next one writes, before and after it may, and what this one makes of it. */
import { Redis } from 'ioredis'

import type { Cis2Auth } from '../../src/index.js'
import type * as formats from '../../src/session/record-format.js'
import { NEWEST_FORMAT, WRITTEN_FORMAT } from '../../src/session/record-format.js'
import { newPrefix } from '../support/redis/backends.js'
import { NURSE, ScriptedProvider } from '../support/app/scripted-provider.js'
import { TestClock, type TestApp } from '../support/app/start-app.js'

const NEXT = NEWEST_FORMAT + 1

const clock = new TestClock()
let provider: ScriptedProvider
let redis: Redis
let prefix: string
/** This release; the next one, which writes what this one reads; the one after, which no longer does. */
let now: TestApp
let next: TestApp
let later: TestApp

beforeAll(async () => {
  provider = await ScriptedProvider.start(clock)
  redis = new Redis(String(process.env.REDIS_URL))
  prefix = newPrefix()
  now = await start({ NEWEST_FORMAT, WRITTEN_FORMAT })
  next = await start({ NEWEST_FORMAT: NEXT, WRITTEN_FORMAT: NEWEST_FORMAT })
  later = await start({ NEWEST_FORMAT: NEXT, WRITTEN_FORMAT: NEXT })
})

afterAll(async () => {
  await Promise.all([now, next, later].map((app) => app.stop()))
  await provider.stop()
  redis.disconnect()
})

beforeEach(() => {
  for (const { events } of [now, next, later]) events.length = 0
})

/** As if it were built with other formats. All answer under the same address: they are one application. */
async function start(built: Record<keyof typeof formats, number>): Promise<TestApp> {
  let app: TestApp | undefined
  await jest.isolateModulesAsync(async () => {
    jest.doMock('../../src/session/record-format.js', () => built)
    const { startApp } = await import('../support/app/start-app.js')
    app = await startApp({
      provider,
      clock,
      options: { session: { redis: process.env.REDIS_URL, keyPrefix: prefix, cookieName: 'cis2-formats' } },
      after(server) {
        server.post('/note', (req, res) => {
          Object.assign(req.session, { note: 'x' })
          res.json({})
        })
      },
    })
  })
  jest.dontMock('../../src/session/record-format.js')
  if (app === undefined) throw new Error('it did not start')
  return app
}

const sessionKeys = () => redis.keys(`${prefix}*}:s:*`)
const endsOf = (auth: Pick<Cis2Auth, 'endSessions'>) => auth.endSessions({ sub: NURSE.sub })

it('PRC-6 this release and the next read each other’s sessions', async () => {
  for (const [from, to] of [
    [now, next],
    [next, now],
  ] as const) {
    const browser = await from.signedIn()
    expect(await to.whoAmI(browser)).toMatchObject({ sub: NURSE.sub })
    expect(await from.whoAmI(browser)).toMatchObject({ sub: NURSE.sub })
    expect(await endsOf(to.auth)).toBe(1)
    expect(await from.whoAmI(browser)).toBeUndefined()
  }
})

it('the next reads what the one after writes, and the one after what the next has written', async () => {
  const [old, young] = [await next.signedIn(), await later.signedIn()]
  expect(await next.whoAmI(young)).toMatchObject({ sub: NURSE.sub })
  expect(await later.whoAmI(old)).toMatchObject({ sub: NURSE.sub })
  expect(await endsOf(next.auth)).toBe(2)
  expect([await later.whoAmI(old), await later.whoAmI(young)]).toEqual([undefined, undefined])
})

describe('a session of a format that this release does not know', () => {
  it('is none here, is not touched, and goes on where it is known', async () => {
    const browser = await later.signedIn()
    const [key = ''] = await sessionKeys()
    const before = await redis.hgetallBuffer(key)
    for (let times = 0; times < 3; times++) {
      const answer = await browser.request(`${now.baseUrl}/me`)
      expect([answer.status, answer.setCookies]).toEqual([401, []])
    }
    expect(await redis.hgetallBuffer(key)).toEqual(before)
    expect(now.events.filter(({ type }) => type === 'session.ended')).toEqual([])
    expect(await later.whoAmI(browser)).toMatchObject({ sub: NURSE.sub })
    await endsOf(later.auth)
  })

  it.each(['administrator', 'by sub', 'by sid', 'its own sign-out'])('is ended here all the same: %s', async (how) => {
    let sid = ''
    provider.script.idTokenClaims = (claims) => {
      sid = String(claims.sid)
      return claims
    }
    const browser = await later.signedIn()
    const copy = browser.copy()
    if (how === 'administrator') expect(await endsOf(now.auth)).toBe(1)
    else if (how === 'its own sign-out') {
      expect((await browser.request(`${now.baseUrl}/logout`, { method: 'POST' })).status).toBe(303)
    } else {
      const names = how === 'by sid' ? { sid } : { sub: NURSE.sub }
      const body = new URLSearchParams({ logout_token: await provider.logoutToken(names) })
      const answer = await now.browser().request(`${now.baseUrl}/backchannel-logout`, { method: 'POST', body })
      expect(answer.status).toBe(200)
    }
    expect(await sessionKeys()).toEqual([])
    expect(await later.whoAmI(copy)).toBeUndefined()
    expect(await now.whoAmI(copy)).toBeUndefined()
    provider.reset()
  })

  it('that has ended is gone for good here too, were it put back', async () => {
    const browser = await later.signedIn()
    const [key = ''] = await sessionKeys()
    const copy = await redis.dumpBuffer(key)
    await endsOf(later.auth)
    await redis.restore(key, 60_000, copy)
    expect(await now.whoAmI(browser)).toBeUndefined()
    expect(await redis.exists(key)).toBe(0)
  })

  it('is found by whoever asks where a user is signed in', async () => {
    await later.signedIn()
    expect(await now.auth.listSessions({ sub: NURSE.sub })).toHaveLength(1)
    await endsOf(now.auth)
  })

  it('holds the application’s data of a visitor, which are not touched either', async () => {
    const visitor = later.browser()
    await visitor.request(`${later.baseUrl}/note`, { method: 'POST' })
    const [key = ''] = await sessionKeys()
    await visitor.request(`${now.baseUrl}/`)
    expect(await redis.exists(key)).toBe(1)
    await redis.del(key)
  })
})

it('a sign-in under way of a newer format is left for a newer release', async () => {
  const browser = later.browser()
  const address = await later.callbackAddress(browser)
  const here = await browser.copy().request(address.replace(later.baseUrl, now.baseUrl))
  expect(here.status).not.toBe(500)
  expect((await browser.navigate(address)).status).toBe(303)
  expect(await later.whoAmI(browser)).toMatchObject({ sub: NURSE.sub })
  await endsOf(later.auth)
})

it('a format that is no number is read as this release’s', async () => {
  const browser = await now.signedIn()
  const [key = ''] = await sessionKeys()
  await redis.hset(key, 'v', 'nonsense')
  expect(await now.whoAmI(browser)).toMatchObject({ sub: NURSE.sub })
  await endsOf(now.auth)
})
