/** What each journey costs in Redis: no more than is written here, whether undeclared keys are refused or not. */
import { createHash } from 'node:crypto'
import { Redis } from 'ioredis'

import { endNamed, namesOfSid, namesOfUser } from '../../src/session/redis/scripts/ending-scripts.js'
import { claimSidLogout, claimSubLogout } from '../../src/session/redis/scripts/logout-scripts.js'
import { rememberPending, settlePending, takePending } from '../../src/session/redis/scripts/pending-scripts.js'
import { end, read } from '../../src/session/redis/scripts/session-scripts.js'
import { signIn } from '../../src/session/redis/scripts/sign-in-scripts.js'
import { newPrefix } from '../support/redis/backends.js'
import { until } from '../support/redis/redis-server.js'
import { startPair, type Pair } from '../support/redis/redis-topologies.js'
import { startStrictRedis, type StrictRedis } from '../support/redis/strict-redis.js'
import { NURSE, ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp, TestClock, type TestApp } from '../support/app/start-app.js'

const NAMES = new Map(
  [
    ...[claimSidLogout, claimSubLogout, end, endNamed, namesOfSid, namesOfUser, read, rememberPending, settlePending],
    ...[signIn, takePending],
  ].map(({ script: { name, lua } }) => [createHash('sha1').update(lua).digest('hex'), name]),
)

type Browser = ReturnType<TestApp['browser']>

const MOST_TRIES = 6

/** On a busy machine the replica may confirm too late, and then duplicates are told nothing: that shows nothing. */
async function repeated<Result>(shows: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries++) {
    try {
      return await shows()
    } catch (error) {
      if (tries === MOST_TRIES) throw error
    }
  }
}

describe.each(['alone', 'with a replica'])('a Redis %s that refuses undeclared keys', (kind) => {
  let provider: ScriptedProvider
  let pair: Pair | undefined
  let strict: StrictRedis
  let app: TestApp

  beforeAll(async () => {
    provider = await ScriptedProvider.start(new TestClock())
    pair = kind === 'alone' ? undefined : await startPair()
    strict = await startStrictRedis(pair?.primary.port ?? Number(new URL(String(process.env.REDIS_URL)).port))
    app = await startApp({ provider, options: { session: { redis: strict.url, keyPrefix: newPrefix() } } })
    // From here on the scripts are known on both connections.
    await logOut(await app.signedIn())
  }, 60_000)

  afterAll(async () => {
    await app.stop()
    await strict.stop()
    await pair?.stop()
    await provider.stop()
  })

  async function scriptsOf(action: () => Promise<unknown>): Promise<string[]> {
    strict.scripts.length = 0
    await action()
    return strict.scripts.map((hash) => NAMES.get(hash) ?? hash)
  }

  const logOut = (browser: Browser) => browser.request(`${app.baseUrl}/logout`, { method: 'POST' })

  async function logOutByToken(names: { sid?: string; sub?: string }): Promise<void> {
    const body = new URLSearchParams({ logout_token: await provider.logoutToken(names) })
    const answer = await app.browser().request(`${app.baseUrl}/backchannel-logout`, { method: 'POST', body })
    expect(answer.status).toBe(200)
  }

  /** Signs in, and returns the browser. */
  async function signsIn(): Promise<Browser> {
    const browser = app.browser()
    let address = ''
    expect(await scriptsOf(async () => (address = await app.callbackAddress(browser)))).toEqual(['rememberPending'])
    // With a replica, duplicates are told only once it has the session.
    const settled = kind === 'alone' ? [] : ['settlePending']
    const wanted = ['takePending', 'signIn', ...settled]
    // The browser does not wait for the last.
    const signingIn = async () => {
      await browser.navigate(address)
      await until(() => strict.scripts.length >= wanted.length, 'duplicates are told', 5_000)
    }
    expect(await scriptsOf(signingIn)).toEqual(wanted)
    return browser
  }

  it('/login takes one, the callback two (three with a replica), a guarded request one, sign-out two', async () => {
    const browser = await (kind === 'alone' ? signsIn() : repeated(signsIn))
    expect(await scriptsOf(() => app.whoAmI(browser))).toEqual(['read'])
    expect(await scriptsOf(() => logOut(browser))).toEqual(['read', 'end'])
    expect(await app.whoAmI(browser)).toBeUndefined()
  })

  it('a logout by token takes three', async () => {
    let sid = ''
    provider.script.idTokenClaims = (claims) => {
      sid = String(claims.sid)
      return claims
    }
    const one = await app.signedIn()
    expect(await scriptsOf(() => logOutByToken({ sid }))).toEqual(['claimSidLogout', 'namesOfSid', 'endNamed'])
    const three = await app.signedIn()
    const both = { sid, sub: NURSE.sub }
    expect(await scriptsOf(() => logOutByToken(both))).toEqual(['claimSidLogout', 'namesOfSid', 'endNamed'])
    const two = await app.signedIn()
    expect(await scriptsOf(() => logOutByToken({ sub: NURSE.sub }))).toEqual([
      'claimSubLogout',
      'namesOfUser',
      'endNamed',
    ])
    expect(await Promise.all([one, two, three].map((browser) => app.whoAmI(browser)))).toEqual(Array(3).fill(undefined))
    expect(app.eventsOf('store.unavailable')).toEqual([])
  })

  it('is one that does refuse them', async () => {
    const redis = new Redis(strict.url)
    expect(await redis.eval("return redis.call('GET', KEYS[1])", 1, 'declared')).toBeNull()
    const undeclared = redis.eval("return redis.call('GET', KEYS[1] .. 'x')", 1, 'declared')
    await expect(undeclared).rejects.toThrow('undeclared key')
    redis.disconnect()
  })
})
