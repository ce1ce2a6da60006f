/** Several browsers, tabs and instances of one application: what belongs to whom. */
import { createConnection } from 'node:net'

import { withProviderAndApp } from '../support/app/provider-and-app.js'
import type { ScriptedProvider } from '../support/app/scripted-provider.js'
import { NURSE } from '../support/app/scripted-provider.js'
import { startApp, TestClock, type TestApp } from '../support/app/start-app.js'

const HOST = '127.0.0.1'

describe('browsers, tabs and instances', () => {
  const clock = new TestClock()
  let provider: ScriptedProvider
  let app: TestApp

  withProviderAndApp(
    (both) => {
      ;({ provider, app } = both)
    },
    {
      clock,
      after(server) {
        server.post('/note', (req, res) => {
          Object.assign(req.session, { note: 'of the first user' })
          res.json({})
        })
        server.get('/note', (req, res) => {
          res.json({ note: (req.session as unknown as { note?: string }).note })
        })
      },
    },
  )

  it.each([true, false])(
    'SES-5 gives nothing of a user’s step-up to another who signs in at the prompt (her session ended: %s)',
    async (ended) => {
      const browser = await app.signedIn()
      await browser.request(`${app.baseUrl}/note`, { method: 'POST' })
      provider.person = { ...NURSE, sub: '555099999999' }
      const address = await app.callbackAddress(browser, '/login?aal=3&returnTo=/note')
      if (ended) {
        const body = new URLSearchParams({ logout_token: await provider.logoutToken({ sub: NURSE.sub }) })
        await app.browser().request(`${app.baseUrl}/backchannel-logout`, { method: 'POST', body })
      }
      expect((await browser.navigate(address)).location).toBe(`${app.baseUrl}/`)
      expect(await app.whoAmI(browser)).toMatchObject({ sub: '555099999999' })
      expect((await browser.request(`${app.baseUrl}/note`)).json()).toEqual({})
    },
  )

  it('FIELD-13 completes nothing at a level that this instance does not accept, wherever it began', async () => {
    const shared = { redis: process.env.REDIS_URL, cookieName: 'cis2-shared', keyPrefix: 'field-13:' }
    const baseUrl = 'http://localhost:4999'
    const lenient = await startApp({ provider, clock, baseUrl, options: { session: shared, aal: 2 } })
    const strict = await startApp({ provider, clock, baseUrl, options: { session: shared, aal: 3 } })
    provider.person = { ...NURSE, aal: '2' }
    const browser = lenient.browser()
    const address = await lenient.callbackAddress(browser)
    const atStrict = strict.browser()
    atStrict.shareCookiesWith(browser)
    expect((await atStrict.navigate(address)).status).toBe(403)
    expect(strict.eventsOf('sign-in.refused')).toEqual([expect.objectContaining({ reason: 'assurance' })])
    expect(await strict.whoAmI(atStrict)).toBeUndefined()
    provider.authAgeSeconds = 200
    provider.person = { ...NURSE, aal: '3' }
    const fresher = await startApp({ provider, clock, baseUrl, options: { session: shared, maxAuthAgeSeconds: 60 } })
    const old = await lenient.callbackAddress(browser)
    const atFresher = fresher.browser()
    atFresher.shareCookiesWith(browser)
    expect((await atFresher.navigate(old)).status).toBe(403)
    expect(fresher.eventsOf('sign-in.refused')).toEqual([expect.objectContaining({ reason: 'auth-time' })])
    await Promise.all([lenient.stop(), strict.stop(), fresher.stop()])
  })

  afterEach(() => {
    provider.reset()
    app.events.length = 0
  })

  it('LIN-9 completes on one instance what began on another, and knows the session on both', async () => {
    const shared = { redis: process.env.REDIS_URL, cookieName: 'cis2-shared', keyPrefix: 'lin-9:' }
    // As behind one address: the browser cannot tell them apart.
    const one = await startApp({ provider, clock, baseUrl: 'http://localhost:4999', options: { session: shared } })
    const two = await startApp({ provider, clock, baseUrl: 'http://localhost:4999', options: { session: shared } })
    const browser = one.browser()
    const address = await one.callbackAddress(browser)
    const atTwo = two.browser()
    atTwo.shareCookiesWith(browser)
    expect((await atTwo.navigate(address)).status).toBe(303)
    expect(await two.whoAmI(atTwo)).toMatchObject({ sub: NURSE.sub })
    expect(await one.whoAmI(browser)).toMatchObject({ sub: NURSE.sub })
    // Ended on the one, it is over on the other, though the browser sends its cookie still.
    await two.auth.endSessions({ sub: NURSE.sub })
    expect(browser.cookieNames('localhost')).toEqual(['cis2-shared'])
    expect(await one.whoAmI(browser)).toBeUndefined()
    await one.stop()
    await two.stop()
  })

  it('LIN-8 takes no sign-in cookie that was changed, cut, or is of another sign-in', async () => {
    const browser = app.browser()
    const address = await app.callbackAddress(browser)
    const [name = ''] = browser.cookieNames(HOST)
    const value = browser.cookieValue(HOST, name) ?? ''
    const other = app.browser()
    await app.callbackAddress(other)
    const [otherName = ''] = other.cookieNames(HOST)
    const last = value.endsWith('A') ? 'B' : 'A'
    const spoiled = [
      value.slice(0, -1) + last,
      value.slice(0, -5),
      value.replace(/^[0-9a-z]+/, '1'),
      '',
      'x'.repeat(5000),
      other.cookieValue(HOST, otherName) ?? '',
    ]
    for (const wrong of spoiled) {
      const thief = app.browser()
      thief.setCookie(HOST, name, wrong)
      const answer = await thief.request(address)
      expect([answer.status, answer.json().reason]).toEqual([400, 'no-transaction'])
    }
    // None of that has used it up.
    expect((await browser.navigate(address)).status).toBe(303)
  })

  it("CB-3 does not take an attacker's sign-in for the victim's, whatever cookie is tossed into her jar", async () => {
    const attacker = app.browser()
    const address = await app.callbackAddress(attacker)
    const [name = ''] = attacker.cookieNames(HOST)
    const victim = app.browser()
    // A browser lets nobody toss a `__Host-` cookie; one without the prefix is another cookie.
    victim.setCookie(HOST, `tossed-${name}`, attacker.cookieValue(HOST, name) ?? '')
    expect((await victim.request(address)).json().reason).toBe('no-transaction')
    expect(await app.whoAmI(victim)).toBeUndefined()
    const secure = await startApp({ provider, clock, baseUrl: 'https://clinic.example' })
    const login = await secure.browser().navigate(`${secure.baseUrl}/login`)
    expect(login.setCookies).toEqual([
      expect.stringMatching(/^__Host-[^;]+; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
    ])
    await secure.stop()
  })

  it('RACE-11 leaves one session when two tabs sign in, the one that came last', async () => {
    const browser = app.browser()
    const [first, second] = [await app.callbackAddress(browser), await app.callbackAddress(browser)]
    await browser.navigate(first)
    const earlier = browser.copy()
    await browser.navigate(second)
    expect(await app.whoAmI(browser)).toBeDefined()
    expect(await app.whoAmI(earlier)).toBeUndefined()
  })

  it('RPL-10, RPL-11 tells the other tab that it is signed out, and lets no cache show it the page', async () => {
    const tab = await app.signedIn()
    const page = await tab.navigate(`${app.baseUrl}/me`)
    expect(page.headers.get('cache-control')).toBe('no-store')
    const other = tab.copy()
    await tab.request(`${app.baseUrl}/logout`, { method: 'POST' })
    const answer = await other.request(`${app.baseUrl}/prescriptions`, { method: 'POST' })
    expect([answer.status, answer.json().code]).toEqual([401, 'CIS2_NOT_SIGNED_IN'])
    expect(provider.requestsTo('/authorize')).toHaveLength(1)
  })

  it('RT-15 comes back to the page of a form that was refused, never to where the form went', async () => {
    const headers = { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'same-origin', accept: 'text/html' }
    const post = (referer?: string) =>
      app.browser().request(`${app.baseUrl}/prescriptions`, {
        method: 'POST',
        headers: referer === undefined ? headers : { ...headers, referer },
      })
    expect((await post(`${app.baseUrl}/form`)).body).toContain('href="/login?returnTo=%2Fform"')
    for (const referer of [undefined, 'https://evil.example/form', `${app.baseUrl}/logout`, 'rubbish']) {
      expect((await post(referer)).body).toContain('href="/login?returnTo=%2F"')
    }
  })

  it('RT-11 never redirects by what a query says beyond returnTo', async () => {
    for (const query of ['next=https://evil.example', 'returnTo=https://evil.example', 'url=//evil.example']) {
      const browser = app.browser()
      const answer = await app.signIn(browser, `/login?${query}`)
      expect(answer.location).toBe(`${app.baseUrl}/`)
    }
  })

  it('TMO-8 keeps a session whose ID token has expired: that bounds the token, not the session', async () => {
    provider.script.idTokenClaims = (claims) => ({ ...claims, exp: Number(claims.iat) + 60 })
    const browser = await app.signedIn()
    clock.advance(120)
    expect(await app.whoAmI(browser)).toBeDefined()
    clock.advance(-120)
  })

  it.each(['before the exchange', 'during the exchange'])(
    'PRC-5 is unharmed by a browser that goes away %s',
    async (when) => {
      const browser = app.browser()
      const url = new URL(await app.callbackAddress(browser))
      let arrived: () => void = () => {}
      const exchange = new Promise<void>((resolve) => (arrived = resolve))
      provider.script.handle = (path) => {
        if (path === '/access_token') arrived()
        return false
      }
      const socket = createConnection(Number(url.port), url.hostname)
      socket.on('error', () => {})
      socket.write(
        `GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nCookie: ${browser.cookieHeader(url)}\r\n\r\n`,
      )
      if (when === 'during the exchange') await exchange
      else await new Promise((resolve) => socket.once('connect', resolve))
      socket.destroy()
      await exchange
      // The same browser comes again: one exchange, and the session that it made.
      const answer = await browser.navigate(url.href)
      expect(answer.status).toBe(303)
      expect(provider.requestsTo('/access_token')).toHaveLength(1)
      expect(await app.whoAmI(browser)).toBeDefined()
    },
  )

  it('SES-14 lets a session move to another address and browser', async () => {
    const browser = await app.signedIn()
    const answer = await browser.copy().request(`${app.baseUrl}/me`, { headers: { 'user-agent': 'another' } })
    expect(answer.status).toBe(200)
  })

  it('LOGG-3 puts no line break, and nothing that breaks JSON, into an event', async () => {
    provider.script.callback = (honest) => {
      honest.delete('code')
      honest.set('error', 'x"\r\n{"type":"sign-in.succeeded"}\u001b[31m')
      honest.set('error_description', '"}\n{')
      return honest
    }
    await app.signIn(app.browser())
    await app.browser().request(`${app.baseUrl}/callback?state=${encodeURIComponent('"\r\n{}')}`)
    expect(app.events.length).toBeGreaterThanOrEqual(3)
    for (const event of app.events) {
      expect(JSON.parse(JSON.stringify(event))).toEqual(event)
      for (const value of Object.values(event)) expect(String(value)).not.toMatch(/\p{Cc}|sign-in\.succeeded"/u)
    }
  })
})
