import { NAVIGATION } from '../support/app/browser.js'
import { withProviderAndApp } from '../support/app/provider-and-app.js'
import type { ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp, type TestApp } from '../support/app/start-app.js'

describe('/logout', () => {
  let provider: ScriptedProvider
  let app: TestApp

  withProviderAndApp((both) => {
    ;({ provider, app } = both)
  })

  beforeEach(() => {
    provider.reset()
    app.events.length = 0
  })

  const own = { ...NAVIGATION, 'sec-fetch-site': 'same-origin' }

  it('RPL-1, RPL-3, SES-13 ends the session, clears the cookie, and answers 303 to the landing', async () => {
    const browser = await app.signedIn()
    const thief = browser.copy()
    const answer = await browser.request(`${app.baseUrl}/logout`, { method: 'POST', headers: own })
    expect([answer.status, answer.location]).toEqual([303, `${app.baseUrl}/`])
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(browser.cookieNames('127.0.0.1')).toEqual([])
    expect(await app.whoAmI(thief)).toBeUndefined()
    expect(app.eventsOf('session.ended')).toEqual([
      expect.objectContaining({
        reason: 'sign-out',
        sub: '555012345678',
        sidHash: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
      }),
    ])
  })

  it.each<[string, string, Record<string, string>]>([
    ['POST', 'another site', { 'sec-fetch-site': 'cross-site' }],
    ['POST', 'a sibling subdomain', { 'sec-fetch-site': 'same-site' }],
    ['POST', 'another origin, by an old browser', { origin: 'https://evil.example' }],
  ])('RPL-2 refuses a %s from %s', async (method, _from, headers) => {
    const browser = await app.signedIn()
    const answer = await browser.request(`${app.baseUrl}/logout`, { method, headers })
    expect([answer.status, answer.json().code]).toEqual([403, 'CIS2_CROSS_ORIGIN'])
    expect(await app.whoAmI(browser)).toBeDefined()
  })

  it.each<[string, string, Record<string, string>]>([
    [
      'an image of another site',
      'GET',
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
    ],
    ['an image of our own', 'GET', { ...own, 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
    ['a link of another site', 'GET', { ...own, 'sec-fetch-site': 'cross-site' }],
    ['a typed address', 'GET', { ...own, 'sec-fetch-site': 'none' }],
    ['a prefetch', 'GET', { ...own, 'sec-purpose': 'prefetch' }],
    ['an old browser', 'GET', { accept: 'text/html' }],
    ['HEAD', 'HEAD', own],
  ])('RPL-2 asks first when %s leads there', async (_what, method, headers) => {
    const browser = await app.signedIn()
    const answer = await browser.request(`${app.baseUrl}/logout`, { method, headers })
    expect(answer.status).toBe(200)
    if (method === 'GET') expect(answer.body).toContain('<form method="post" action="/logout">')
    expect(await app.whoAmI(browser)).toBeDefined()
  })

  it("RPL-2 signs out on a click within the app's own pages", async () => {
    const browser = await app.signedIn()
    const answer = await browser.request(`${app.baseUrl}/logout`, { headers: own })
    expect(answer.status).toBe(303)
    expect(await app.whoAmI(browser)).toBeUndefined()
  })

  it('RPL-8 answers the same when nobody is signed in, however often', async () => {
    const browser = app.browser()
    for (let i = 0; i < 2; i++) {
      const answer = await browser.request(`${app.baseUrl}/logout`, { method: 'POST', headers: own })
      expect([answer.status, answer.location]).toEqual([303, `${app.baseUrl}/`])
    }
    expect(app.eventsOf('session.ended')).toEqual([])
  })

  it('RPL-9 takes no address from the request', async () => {
    const browser = await app.signedIn()
    const answer = await browser.request(
      `${app.baseUrl}/logout?post_logout_redirect_uri=https://evil.example&returnTo=//evil.example`,
      { method: 'POST', headers: own, body: new URLSearchParams({ returnTo: '//evil.example' }) },
    )
    expect(answer.location).toBe(`${app.baseUrl}/`)
  })

  it.each(['PUT', 'DELETE'])('answers %s with 405 and what it allows', async (method) => {
    const answer = await app.browser().request(`${app.baseUrl}/logout`, { method })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST'])
  })

  describe('with idpLogout', () => {
    let withIdp: TestApp

    beforeAll(async () => {
      withIdp = await startApp({ provider, options: { idpLogout: true } })
    })

    afterAll(() => withIdp.stop())

    it('HDR-4 leaves a form by a page that moves on, because form-action would stop the redirect', async () => {
      const browser = await withIdp.signedIn()
      const answer = await browser.request(`${withIdp.baseUrl}/logout`, { method: 'POST', headers: own })
      expect(answer.status).toBe(200)
      expect(answer.headers.get('refresh')).toMatch(/^0;url=http.*endSession\?.*id_token_hint=/)
      expect(answer.body).toContain('Continue')
      expect(await withIdp.whoAmI(browser)).toBeUndefined()
    })

    it('RPL-6 signs out locally when CIS2 offers no end-session endpoint', async () => {
      provider.script.metadata = ({ end_session_endpoint: _none, ...metadata }) => metadata
      const other = await startApp({ provider, options: { idpLogout: true } })
      const browser = await other.signedIn()
      const answer = await browser.request(`${other.baseUrl}/logout`, { method: 'POST', headers: own })
      expect([answer.status, answer.location]).toEqual([303, `${other.baseUrl}/`])
      expect(await other.whoAmI(browser)).toBeUndefined()
      await other.stop()
    })

    it('RPL-8 needs no CIS2 when nobody is signed in', async () => {
      const answer = await withIdp.browser().request(`${withIdp.baseUrl}/logout`, { method: 'POST' })
      expect([answer.status, answer.location]).toEqual([303, `${withIdp.baseUrl}/`])
    })
  })
})
