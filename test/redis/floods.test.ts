/** FIELD-8: what anonymous requests can make the store, CIS2 and other users pay for. */
import { startRedis, type RedisServer } from '../support/redis/redis-server.js'
import { withProviderAndApp } from '../support/app/provider-and-app.js'
import { ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp, type TestApp } from '../support/app/start-app.js'
import {} from '../support/test-clock.js'
import type { Browser } from '../support/app/browser.js'

/** More sign-ins under way than a process keeps in the store. */
const FLOOD = 520

describe('FIELD-8 a flood of sign-ins', () => {
  let provider: ScriptedProvider
  let server: RedisServer
  let app: TestApp

  beforeAll(async () => {
    provider = await ScriptedProvider.start()
    server = await startRedis()
    app = await startApp({ provider, options: { session: { redis: server.url } } })
    await flood(FLOOD)
  })

  afterAll(async () => {
    await app.stop()
    await server.stop()
    await provider.stop()
  })

  beforeEach(() => {
    provider.reset()
  })

  async function flood(count: number): Promise<void> {
    for (let sent = 0; sent < count; sent += 20) {
      await Promise.all(Array.from({ length: 20 }, () => app.browser().navigate(`${app.baseUrl}/login`)))
    }
  }

  function signInCookies(browser: Browser): string[] {
    return browser.cookieHeader(new URL(app.baseUrl)).split('; ')
  }

  async function scriptsDuring(work: () => Promise<unknown>): Promise<number> {
    await server.admin.config('RESETSTAT')
    await work()
    const stats = await server.admin.info('commandstats')
    return [...stats.matchAll(/^cmdstat_(?:evalsha|eval):calls=(\d+)/gm)].reduce(
      (sum, [, calls]) => sum + Number(calls),
      0,
    )
  }

  it('leaves at most five hundred a minute in the store, and writes nothing for the others', async () => {
    expect((await server.admin.keys('*:l')).length).toBeLessThanOrEqual(500)
    expect(await scriptsDuring(() => flood(40))).toBe(0)
  })

  it('lets an honest user sign in all the same, to the page that she wanted, with a cookie that browsers store', async () => {
    const browser = app.browser()
    const callback = await app.callbackAddress(browser, '/login?returnTo=/patients/9%3Fpage=2')
    const [cookie = ''] = signInCookies(browser)
    expect(cookie.length).toBeGreaterThan(400)
    expect(cookie.length).toBeLessThan(3_900)
    const answer = await browser.navigate(callback)
    expect([answer.status, new URL(answer.location ?? '').pathname]).toEqual([303, '/patients/9'])
    expect(await app.whoAmI(browser)).toBeDefined()
    expect(signInCookies(browser)).toHaveLength(1)
  })

  it('never makes the cookies of one browser so long that servers on the way refuse them', async () => {
    const browser = app.browser()
    const long = `/login?returnTo=/${'x'.repeat(1_900)}`
    for (let tab = 0; tab < 6; tab++) await app.callbackAddress(browser, long)
    expect(signInCookies(browser)).toHaveLength(5)
    expect(browser.cookieHeader(new URL(app.baseUrl)).length).toBeLessThan(6_500)
  })

  it('redeems the code of a sign-in that its browser carries exactly once', async () => {
    const browser = app.browser()
    const callback = await app.callbackAddress(browser)
    const copy = browser.copy()
    const answers = await Promise.all([1, 2, 3].map(() => browser.copy().navigate(callback)))
    expect(answers.map(({ status, setCookies }) => [status, setCookies])).toEqual(
      answers.map(() => [303, answers[0]?.setCookies]),
    )
    expect(provider.requestsTo('/access_token')).toHaveLength(1)
    // The answer for duplicates is forgotten, the mark stands.
    await server.admin.del(...(await server.admin.keys('*:lo')))
    const mark = await server.admin.keys('*:lr')
    await Promise.all(mark.map((key) => server.admin.pexpire(key, 600_000)))
    expect((await copy.navigate(callback)).status).toBe(400)
    expect(provider.requestsTo('/access_token')).toHaveLength(1)
  })

  it.each([
    ['of another sign-in', (value: string) => value],
    ['changed', (value: string) => value.slice(0, -2) + (value.endsWith('00') ? '11' : '00')],
    ['cut', (value: string) => value.slice(0, -2)],
  ])('takes no such cookie that is %s', async (what, change) => {
    const [mine, other] = [app.browser(), app.browser()]
    const callback = await app.callbackAddress(mine)
    await app.callbackAddress(other)
    const host = new URL(app.baseUrl).hostname
    const [name = ''] = mine.cookieNames(host)
    const from = what === 'of another sign-in' ? other : mine
    mine.setCookie(host, name, change(from.cookieValue(host, from.cookieNames(host)[0] ?? '') ?? ''))
    expect((await mine.navigate(callback)).status).toBe(400)
    expect(provider.requestsTo('/access_token')).toEqual([])
  })

  it('keeps in the store what begins from a session, whatever strangers have used up', async () => {
    const browser = await app.signedIn()
    expect(await scriptsDuring(() => browser.navigate(`${app.baseUrl}/login?aal=3&maxAge=60`))).toBe(2)
  })

  it('of invented sign-in cookies costs at most one command more', async () => {
    const id = (index: number) => index.toString(16).padStart(32, 'f')
    const names = Array.from({ length: 60 }, (_, index) => `cis2-${id(index)}`)
    const prefix =
      signInCookies(await begun())[0]
        ?.split('=')[0]
        ?.slice(0, -32) ?? ''
    const cookie = names
      .map((name, at) => `${prefix}${name.slice(-32)}=${at.toString(16).padStart(10, '0')}${'a'.repeat(64)}`)
      .join('; ')
    app.clock.advance(61)
    expect(
      await scriptsDuring(() => app.browser().navigate(`${app.baseUrl}/login`, { headers: { cookie } })),
    ).toBeLessThanOrEqual(2)
    await flood(FLOOD)
    expect(await scriptsDuring(() => app.browser().navigate(`${app.baseUrl}/login`, { headers: { cookie } }))).toBe(0)
  })

  async function begun(): Promise<Browser> {
    const browser = app.browser()
    await app.callbackAddress(browser)
    return browser
  }
})

describe('FIELD-8 who starts a sign-in', () => {
  let provider: ScriptedProvider
  let app: TestApp

  withProviderAndApp((both) => {
    ;({ provider, app } = both)
  })

  beforeEach(() => {
    provider.reset()
  })

  const EMBEDDED = {
    'an image of another site': {
      'sec-fetch-mode': 'no-cors',
      'sec-fetch-dest': 'image',
      'sec-fetch-site': 'cross-site',
    },
    'a script that asks without CORS': { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'empty' },
    'a script of our own': { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'same-origin' },
    'a frame': { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe', 'sec-fetch-site': 'cross-site' },
    'no more than a mode': { 'sec-fetch-mode': 'no-cors' },
  }

  it.each(Object.entries(EMBEDDED))('is not %s', async (_what, headers) => {
    for (const path of ['/login', '/change-role']) {
      const answer = await app.browser().request(app.baseUrl + path, { headers })
      expect([answer.status, answer.setCookies]).toEqual([403, []])
      expect(answer.body).toContain('CIS2_NAVIGATION_ONLY')
    }
  })

  it('is a browser that goes there, an old one, and a program', async () => {
    for (const headers of [
      { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
      {},
      { 'sec-fetch-mode': 'cors' },
    ]) {
      expect((await app.browser().request(`${app.baseUrl}/login`, { headers })).status).toBe(302)
    }
  })

  it('is no image with the address of a callback that is too late', async () => {
    const address = await app.callbackAddress(app.browser())
    app.clock.advance(601)
    const headers = EMBEDDED['an image of another site']
    expect((await app.browser().request(address, { headers })).setCookies).toEqual([])
    expect((await app.browser().navigate(address)).status).toBe(302)
  })

  it.each([503, 429])('is not kept out by invented codes that CIS2 answers %i', async (status) => {
    const honest = app.browser()
    const callback = await app.callbackAddress(honest)
    provider.script.handle = (path, _req, res) => {
      if (path !== '/access_token') return false
      res.writeHead(status).end()
      return true
    }
    for (let sent = 0; sent < 12; sent++) {
      const stranger = app.browser()
      const invented = new URL(await app.callbackAddress(stranger))
      invented.searchParams.set('code', `invented-${sent}`)
      expect((await stranger.navigate(invented.href)).status).toBe(503)
    }
    provider.script.handle = () => false
    expect((await honest.navigate(callback)).status).toBe(303)
    expect(await app.auth.health()).toMatchObject({ status: 'ok', provider: { status: 'ok' } })
  })
})
