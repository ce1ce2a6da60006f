/** What browsers do that is not in the laboratory: looking ahead, service workers, other host names, old versions, stand-ins. */
import helmet from 'helmet'

import { requireCis2 } from '../../src/index.js'
import { Browser } from '../support/app/browser.js'
import { NURSE, ScriptedProvider } from '../support/app/scripted-provider.js'
import { NAVIGATION, startApp, TestClock, type TestApp } from '../support/app/start-app.js'

describe('browsers in the field', () => {
  const clock = new TestClock()
  let provider: ScriptedProvider
  let app: TestApp
  let elsewhere: TestApp

  beforeAll(async () => {
    provider = await ScriptedProvider.start(clock)
    app = await startApp({
      provider,
      clock,
      before: (outer) => outer.use(helmet()),
      after(outer) {
        outer.get('/ward', requireCis2({ aal: 3, maxAuthAgeSeconds: 300 }), (_req, res) => res.end('ward'))
        outer.get('/sign-in-here', (req, _res, next) => {
          req.cis2.signIn({ returnTo: '/ward' }).catch(next)
        })
      },
    })
    elsewhere = await startApp({ provider, clock, baseUrl: 'http://localhost:4998' })
  })

  afterEach(() => {
    provider.reset()
    app.events.length = 0
  })

  afterAll(async () => {
    await app.stop()
    await elsewhere.stop()
    await provider.stop()
  })

  describe('FIELD-19 a browser that only looks ahead', () => {
    it.each(['/login', '/change-role', '/callback', '/session', '/ward', '/me'])(
      'gets from %s an answer that it does not keep',
      async (path) => {
        for (const browser of [app.browser(), await app.signedIn()]) {
          app.events.length = 0
          for (const ahead of [{ 'sec-purpose': 'prefetch;prerender' }, { 'x-moz': 'prefetch' }]) {
            const answer = await browser.navigate(app.baseUrl + path, { headers: ahead })
            expect([answer.status, answer.headers.get('cache-control'), answer.setCookies, answer.body]).toEqual([
              503,
              'no-store',
              [],
              '',
            ])
          }
          expect(app.events).toEqual([])
        }
      },
    )

    it('does not keep its user signed in by it', async () => {
      const browser = await app.signedIn()
      for (let minutes = 0; minutes < 16; minutes += 4) {
        clock.advance(240)
        await browser.navigate(`${app.baseUrl}/me`, { headers: { 'sec-purpose': 'prefetch' } })
      }
      expect(await app.whoAmI(browser)).toBeUndefined()
    })

    it('drops what it has when somebody signs in or out', async () => {
      const browser = app.browser()
      const signedIn = await app.signIn(browser)
      const signedOut = await browser.request(`${app.baseUrl}/logout`, { method: 'POST' })
      for (const answer of [signedIn, signedOut]) {
        expect(answer.headers.get('clear-site-data')).toBe('"prefetchCache", "prerenderCache"')
      }
    })
  })

  describe('FIELD-20 a service worker that rebuilds a navigation', () => {
    const REBUILT = { accept: NAVIGATION.accept, 'sec-fetch-dest': 'empty', 'sec-fetch-site': 'same-origin' }

    it.each(['cors', 'same-origin'])('gets a page, not JSON, with mode %s', async (mode) => {
      const answer = await app
        .browser()
        .request(`${app.baseUrl}/ward`, { headers: { ...REBUILT, 'sec-fetch-mode': mode } })
      expect([answer.status, answer.headers.get('content-type')]).toEqual([401, 'text/html; charset=utf-8'])
      expect(answer.body).toContain('href="/login?returnTo=%2Fward"')
    })

    it('can begin the sign-in: the page moves on by itself', async () => {
      const answer = await app
        .browser()
        .request(`${app.baseUrl}/login`, { headers: { ...REBUILT, 'sec-fetch-mode': 'cors' } })
      expect(answer.status).toBe(200)
      expect(answer.headers.get('refresh')).toContain(provider.issuer)
    })

    it('a script that fetches gets problem details, as ever', async () => {
      const answer = await app.browser().request(`${app.baseUrl}/ward`, {
        headers: { ...REBUILT, accept: '*/*', 'sec-fetch-mode': 'cors' },
      })
      expect([answer.status, answer.json().code]).toEqual([401, 'CIS2_NOT_SIGNED_IN'])
    })
  })

  describe('FIELD-21 another host name than that of baseUrl', () => {
    const alias = () => new Browser({ 'http://127.0.0.1:4998': elsewhere.listening }, clock.read)

    it.each(['/login', '/change-role'])('%s goes there, and only then to CIS2', async (path) => {
      const there = await alias().navigate(`http://127.0.0.1:4998${path}?returnTo=/me`)
      expect(there.status).toBe(302)
      const { origin, pathname, searchParams } = new URL(there.location ?? '')
      expect([origin, pathname, searchParams.get('returnTo')]).toEqual(['http://localhost:4998', path, '/me'])
      expect(there.setCookies).toEqual([])
      expect((await elsewhere.browser().navigate(there.location ?? '')).location).toContain(provider.issuer)
    })

    it("a guard's redirect goes there, to the page at once where the user is signed in", async () => {
      const there = await alias().navigate('http://127.0.0.1:4998/strong')
      expect(there.location).toMatch(/^http:\/\/localhost:4998\/login\?/)
      const known = await elsewhere.signedIn()
      const answer = await known.navigate(there.location ?? '')
      expect([answer.status, answer.location]).toEqual([303, 'http://localhost:4998/strong'])
      const stranger = elsewhere.browser()
      expect((await stranger.navigate(there.location ?? '')).location).toContain(provider.issuer)
    })

    it('a guard that asks for more than the user there has still leads to a sign-in', async () => {
      const there = await alias().navigate('http://127.0.0.1:4998/fresh')
      const known = await elsewhere.signedIn()
      clock.advance(120)
      expect((await known.navigate(there.location ?? '')).location).toContain(provider.issuer)
    })

    it('and so does one that asks for a higher level', async () => {
      const weaker = await startApp({ provider, clock, baseUrl: 'http://localhost:4998', options: { aal: 2 } })
      provider.person = { ...NURSE, aal: '2' }
      const browser = new Browser({ 'http://127.0.0.1:4998': weaker.listening }, clock.read)
      const there = await browser.navigate('http://127.0.0.1:4998/strong')
      const known = await weaker.signedIn()
      expect((await known.navigate(there.location ?? '')).location).toContain(provider.issuer)
      await weaker.stop()
    })

    it('signs in through a proxy that puts its own name into Host, with one redirect more', async () => {
      const browser = new Browser({ 'http://localhost:4998': elsewhere.listening }, clock.read)
      const headers = { host: 'clinic-upstream:3000' }
      const first = await browser.navigate('http://localhost:4998/login?returnTo=/me', { headers })
      expect(new URL(first.location ?? '').origin).toBe('http://localhost:4998')
      const second = await browser.navigate(first.location ?? '', { headers })
      const back = await browser.navigate(second.location ?? '')
      const landed = await browser.navigate(back.location ?? '', { headers })
      expect([landed.status, landed.location]).toEqual([303, 'http://localhost:4998/me'])
      expect((await browser.navigate('http://localhost:4998/me', { headers })).status).toBe(200)
    })

    it.each([
      ['that says which name the browser used', { host: 'upstream', 'x-forwarded-host': 'localhost:4998' }],
      ['that says so in the words of RFC 7239', { host: 'upstream', forwarded: 'for=10.0.0.1;host=localhost:4998' }],
      ['of another port of the same host', { host: 'localhost:3000' }],
    ])('spares a proxy %s that redirect', async (_what, headers) => {
      const answer = await elsewhere.browser().navigate('http://localhost:4998/login', { headers })
      expect(answer.location).toContain(provider.issuer)
    })

    it("takes a loopback name in front of a public application for a proxy's", async () => {
      const clinic = await startApp({ provider, clock, baseUrl: 'https://clinic.example' })
      const answer = await clinic
        .browser()
        .navigate('https://clinic.example/login', { headers: { host: '127.0.0.1:3000' } })
      expect(answer.location).toContain(provider.issuer)
      await clinic.stop()
    })

    it('req.cis2.signIn goes there too', async () => {
      const browser = new Browser({}, clock.read)
      const answer = await browser.navigate(`${app.baseUrl}/sign-in-here`, { headers: { host: 'clinic.local' } })
      const { origin, pathname, searchParams } = new URL(answer.location ?? '')
      expect([origin, pathname, searchParams.get('returnTo')]).toEqual([app.baseUrl, '/login', '/ward'])
    })
  })

  describe("FIELD-22 a browser without Sec-Fetch-Site, beside helmet's no-referrer", () => {
    const OLD = { accept: 'text/html' }

    it('is told a policy under which its forms name their origin, and then may post', async () => {
      const browser = await app.signedIn()
      const page = await browser.request(`${app.baseUrl}/ward`, { headers: OLD })
      expect(page.headers.get('referrer-policy')).toBe('same-origin')
      const posted = await browser.request(`${app.baseUrl}/prescriptions`, {
        method: 'POST',
        headers: { ...OLD, origin: app.baseUrl },
      })
      expect(posted.status).toBe(201)
    })

    it('is refused where it hides its origin all the same', async () => {
      const browser = await app.signedIn()
      const answer = await browser.request(`${app.baseUrl}/prescriptions`, {
        method: 'POST',
        headers: { ...OLD, origin: 'null' },
      })
      expect(answer.status).toBe(403)
    })

    it("other browsers keep the application's policy", async () => {
      const browser = await app.signedIn()
      const page = await browser.navigate(`${app.baseUrl}/ward`)
      expect(page.headers.get('referrer-policy')).toBe('no-referrer')
    })
  })

  describe("a guard's demands reach the first sign-in", () => {
    it.each([
      ['the level', { aal: 2 as const }, '/strong', '/login?aal=3&returnTo=%2Fstrong'],
      ['the freshness', {}, '/fresh', '/login?maxAge=60&returnTo=%2Ffresh'],
      ['nothing that every sign-in reaches', {}, '/strong', '/login?returnTo=%2Fstrong'],
    ])('%s, so that one is enough', async (_what, options, path, login) => {
      const lax = await startApp({ provider, clock, options })
      const browser = lax.browser()
      const first = await browser.navigate(lax.baseUrl + path)
      expect(first.location).toBe(lax.baseUrl + login)
      expect((await browser.follow(lax.baseUrl + path)).status).toBe(200)
      expect(provider.requestsTo('/authorize')).toHaveLength(1)
      await lax.stop()
    })
  })

  describe('FIELD-25 a program that stands in for a browser', () => {
    const WORD = 'Mozilla/4.0 (compatible; ms-office; MSOffice rmj)'

    it.each([
      ['Word', 'GET', '/ward', WORD],
      ['Word', 'HEAD', '/ward', WORD],
      ['Word', 'GET', '/login?returnTo=/ward', WORD],
      ['Word', 'HEAD', '/login', WORD],
      ['Excel', 'GET', '/change-role', 'Microsoft Office Excel 2014'],
      ['Outlook', 'GET', '/ward', 'Microsoft Outlook 16.0.17928; ms-office; MSOffice 16'],
      ['Teams', 'GET', '/ward', 'Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5'],
      ['Slack', 'GET', '/ward', 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)'],
    ])('%s gets from %s %s a page that refreshes, and nothing else', async (_who, method, path, agent) => {
      for (const accept of ['*/*', 'text/html']) {
        const answer = await app
          .browser()
          .request(app.baseUrl + path, { method, headers: { 'user-agent': agent, accept } })
        expect([answer.status, answer.location, answer.setCookies]).toEqual([200, undefined, []])
        expect([answer.headers.get('refresh'), answer.headers.get('cache-control')]).toEqual(['0', 'no-store'])
        expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
      }
      expect(app.events).toEqual([])
    })

    it('leaves the address as it is for the browser that comes next', async () => {
      const answer = await app.browser().follow(`${app.baseUrl}/ward`)
      expect([answer.status, answer.body]).toEqual([200, 'ward'])
    })

    it('passes nobody: what it posts is refused, and a signed-in one gets the page itself', async () => {
      const headers = { 'user-agent': WORD }
      const posted = await app.browser().request(`${app.baseUrl}/prescriptions`, { method: 'POST', headers })
      expect(posted.status).toBe(401)
      const browser = await app.signedIn()
      expect((await browser.request(`${app.baseUrl}/me`, { headers })).json()).toMatchObject({ sub: NURSE.sub })
    })
  })
})
