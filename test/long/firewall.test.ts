import { Browser } from '../support/app/browser.js'
import { ScriptedProvider } from '../support/app/scripted-provider.js'
import { startFirewall, type Firewall } from '../support/app/firewall.js'
import { NAVIGATION, startApp, type TestApp } from '../support/app/start-app.js'
import { RealClock } from '../support/redis/topology-load.js'
import { freePort } from '../support/free-port.js'
import { leaveReport } from '../schedule/long-run.js'

const SIGN_INS = 5_000
/** The first, and a step-up. */
const SIGN_INS_OF_A_JOURNEY = 2
const AT_ONCE = 8
/** CIS2's own: the live realm. */
const ISSUER =
  'https://am.nhsidentity.spineservices.nhs.uk:443/openam/oauth2/realms/root/realms/NHSIdentity/realms/Healthcare'
/** As Chromium sends them. */
const BROWSER = {
  ...NAVIGATION,
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'accept-language': 'en-GB,en;q=0.9',
}
/** As a server in Java does. */
const SERVER = { 'user-agent': 'Apache-HttpClient/4.5.14 (Java/17.0.9)' }

describe('FIELD-24 behind Apache with ModSecurity and the OWASP Core Rule Set at paranoia level 2', () => {
  let provider: ScriptedProvider
  let app: TestApp
  let firewall: Firewall

  beforeAll(async () => {
    const port = await freePort()
    provider = await ScriptedProvider.start(new RealClock())
    app = await startApp({ provider, clock: new RealClock(), baseUrl: `http://localhost:${port}` })
    firewall = await startFirewall({ port, target: app.listening, exclusions: true })
  })

  afterAll(async () => {
    await firewall.stop()
    await app.stop()
    await provider.stop()
  })

  it(`blocks nothing of ${SIGN_INS} sign-ins, and no rule finds anything`, async () => {
    const from = performance.now()
    let begun = 0
    const wrong: string[] = []
    async function oneAfterTheOther(): Promise<void> {
      while (begun < SIGN_INS && wrong.length < 10) {
        begun += SIGN_INS_OF_A_JOURNEY
        const told = await journey()
        if (told !== undefined) wrong.push(told)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, oneAfterTheOther))
    const seconds = Math.round((performance.now() - from) / 1000)
    expect(wrong).toEqual([])
    expect(firewall.matches()).toEqual([])
    leaveReport('behind a firewall', [`${SIGN_INS} sign-ins in ${seconds} s, 0 blocked, 0 rules matched`])
  })

  /** A sign-in, a guarded page, a step-up and a sign-out; undefined when all went well. */
  async function journey(): Promise<string | undefined> {
    // Straight to Apache: the name is the public one.
    const browser = new Browser()
    const expected: [string, number][] = [
      ['/login?returnTo=%2Fme%3Fward%3D7', 303],
      ['/me?ward=7', 200],
      ['/login?aal=3&maxAge=60&returnTo=%2Fstrong', 303],
      ['/session', 200],
    ]
    for (const [path, status] of expected) {
      let answer = await browser.navigate(firewall.url + path, { headers: BROWSER })
      if (path.startsWith('/login')) {
        const { location: back = '' } = await browser.navigate(answer.location ?? '', { headers: BROWSER })
        answer = await browser.navigate(back, { headers: BROWSER })
      }
      if (answer.status !== status) return `${path}: ${answer.status} ${answer.body.slice(0, 200)}`
    }
    const out = await browser.request(`${firewall.url}/logout`, {
      method: 'POST',
      headers: { ...BROWSER, origin: firewall.url, 'sec-fetch-site': 'same-origin' },
      body: new URLSearchParams(),
    })
    return out.status === 303 ? undefined : `/logout: ${out.status}`
  }

  it.each([
    ['the answer', { code: 'Kx--9f_0x1fab-Zq--Lw', iss: ISSUER }],
    [
      'a refusal',
      {
        error: 'access_denied',
        error_description: "Resource Owner did not authorize; select * from 'x'--",
        iss: ISSUER,
      },
    ],
  ])('lets through what CIS2 sends, whatever it looks like: %s', async (_what, parameters) => {
    const query = new URLSearchParams({ ...parameters, state: 'f'.repeat(78), client_id: 'test-client' })
    const answer = await new Browser().navigate(`${firewall.url}/callback?${query.toString()}`, { headers: BROWSER })
    // Ours: that state was never issued.
    expect({ status: answer.status, blocked: firewall.isBlocked(answer) }).toEqual({ status: 400, blocked: false })
    expect(firewall.matches()).toEqual([])
  })

  it('lets CIS2 fetch keys and end sessions, without what a browser sends', async () => {
    const keys = await new Browser().request(`${firewall.url}/.well-known/jwks.json`, { headers: SERVER })
    const token = `${'e30--0x1f'.repeat(20)}.${'a--b'.repeat(50)}.${'Zq_-'.repeat(80)}`
    const body = new URLSearchParams({ logout_token: token })
    const logout = await new Browser().request(`${firewall.url}/backchannel-logout`, {
      method: 'POST',
      headers: SERVER,
      body,
    })
    expect([keys.status, logout.status]).toEqual([200, 400])
    expect(logout.body).not.toContain('firewall')
    expect(firewall.matches()).toEqual([])
  })

  it('is a firewall: what an attacker sends is blocked, and without the exclusions so are sign-ins', async () => {
    const attack = await new Browser().navigate(`${firewall.url}/me?ward=${encodeURIComponent("1' or '1'='1'--")}`, {
      headers: BROWSER,
    })
    expect(firewall.isBlocked(attack)).toBe(true)
    // What base64url holds at times.
    const state = await new Browser().navigate(`${firewall.url}/callback?code=a&state=Kz0--Lm_9-x`, {
      headers: BROWSER,
    })
    expect(firewall.isBlocked(state)).toBe(true)
    const port = await freePort()
    const strict = await startFirewall({ port, target: app.listening, exclusions: false })
    try {
      const query = new URLSearchParams({ code: 'abc', state: 'f'.repeat(78), iss: ISSUER })
      const answer = await new Browser().navigate(`${strict.url}/callback?${query.toString()}`, { headers: BROWSER })
      expect(strict.isBlocked(answer)).toBe(true)
      expect(strict.matches().join('\n')).toMatch(/^931130 at \/callback/m)
    } finally {
      await strict.stop()
    }
  })
})
