import { newSessionId } from '../../src/session/records/session-id.js'
import { signedCookieValue } from '../../src/session/plain-cookie-value.js'
import type { Browser } from '../support/app/browser.js'
import { withProviderAndApp } from '../support/app/provider-and-app.js'
import type { ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp, type TestApp } from '../support/app/start-app.js'

/** Digits cannot be SQL, a script, a command or a path: OWASP Core Rule Set 3.3 and 4. */
const HARMLESS = /^[0-9a-f]+$/
const HOST = '127.0.0.1'

describe('FIELD-24 what a browser sends back, which a web application firewall reads', () => {
  let provider: ScriptedProvider
  let app: TestApp

  withProviderAndApp(
    (both) => {
      ;({ provider, app } = both)
    },
    { options: { idpLogout: true } },
  )

  function sessionCookieName(browser: Browser): string {
    const name = browser.cookieNames(HOST).find((each) => !each.includes('sign-in'))
    if (name === undefined) throw new Error('the browser has no session')
    return name
  }

  it('has no random part but hexadecimal digits: state, nonce, cookie names, cookie values', async () => {
    for (let each = 0; each < 20; each++) {
      const browser = app.browser()
      const { location = '' } = await browser.navigate(`${app.baseUrl}/login`)
      const asked = new URL(location).searchParams
      expect(asked.get('state')).toMatch(HARMLESS)
      expect(asked.get('nonce')).toMatch(HARMLESS)
      const callback = (await browser.navigate(location)).location ?? ''
      expect(new URL(callback).searchParams.get('state')).toBe(asked.get('state'))
      for (const name of browser.cookieNames(HOST)) {
        expect(name).toMatch(/^cis2-[0-9a-f]{8}-sign-in-[0-9a-f]{32}$/)
        expect(browser.cookieValue(HOST, name)).toMatch(HARMLESS)
      }
      await browser.navigate(callback)
      expect(browser.cookieNames(HOST)).toEqual([expect.stringMatching(/^cis2-[0-9a-f]{8}$/)])
      expect(browser.cookieValue(HOST, sessionCookieName(browser))).toMatch(HARMLESS)
      const out = await browser.navigate(`${app.baseUrl}/logout`, {
        method: 'POST',
        headers: { 'sec-fetch-site': 'same-origin' },
      })
      const leaving = /(?:url=|href=")([^"]*state=[^"]*)/.exec(out.location ?? out.body)?.[1] ?? out.location ?? ''
      expect(/state=([^&"]+)/.exec(leaving)?.[1]).toMatch(HARMLESS)
    }
  })

  it('is the session of an older version too', async () => {
    const browser = await app.signedIn()
    const name = sessionCookieName(browser)
    const signed = signedCookieValue(browser.cookieValue(HOST, name) ?? '') ?? ''
    browser.setCookie(HOST, name, encodeURIComponent(signed))
    expect(await app.whoAmI(browser)).toMatchObject({ sub: '555012345678' })
    // The application sees nothing of what express-session was shown.
    expect(browser.cookieValue(HOST, name)).toBe(encodeURIComponent(signed))
  })

  it('FIELD-15 is the valid one of two session cookies with one name, wherever it stands', async () => {
    const browser = await app.signedIn()
    const name = sessionCookieName(browser)
    const mine = `${name}=${String(browser.cookieValue(HOST, name))}`
    const others = [
      `${name}=`,
      `${name}=x`,
      `${name}=${'a'.repeat(160)}`,
      `${name}=s%3A${newSessionId()}.${'x'.repeat(43)}`,
      `${name}=%E0%A4%A`,
    ]
    for (const other of others) {
      for (const cookie of [`${mine}; ${other}`, `${other}; ${mine}`, [...others, mine].join('; ')]) {
        const answer = await app.browser().request(`${app.baseUrl}/me`, { headers: { cookie } })
        expect({ cookie, status: answer.status }).toEqual({ cookie, status: 200 })
      }
    }
  })

  it('leaves the request as it was for the application', async () => {
    const seen: (string | undefined)[] = []
    const other = await startApp({
      provider,
      after: (express) => express.get('/seen', (req, res) => res.json(seen.push(req.headers.cookie))),
    })
    const browser = await other.signedIn()
    await browser.request(`${other.baseUrl}/seen`)
    expect(seen).toEqual([browser.cookieHeader(new URL(other.baseUrl))])
    await other.stop()
  })
})
