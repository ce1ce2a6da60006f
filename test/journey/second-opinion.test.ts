/** The whole middleware against a certified provider that others wrote: what both sides believe of the standards. */
import type { ClientMetadata } from 'oidc-provider'

import type { Cis2Options } from '../../src/index.js'
import type { Answer, Browser } from '../support/app/browser.js'
import { CertifiedProvider, SUBJECT } from '../support/app/certified-provider.js'
import { APP_KEY, startApp, type TestApp } from '../support/app/start-app.js'
import { until } from '../support/redis/redis-server.js'

const SECRET = 'b7Yk2mQx9Rz4Wp1Tn6Vc8Ls3 &=%+'

interface Setting {
  readonly name: string
  readonly options: Partial<Pick<Cis2Options, 'clientAuthentication' | 'userInfo' | 'idpLogout' | 'logoutTokenType'>>
  readonly client: (baseUrl: string) => Partial<ClientMetadata>
}

const SETTINGS: Setting[] = [
  {
    name: 'private_key_jwt and UserInfo as JSON',
    options: { clientAuthentication: { method: 'private_key_jwt', keys: [{ privateKey: APP_KEY }] }, idpLogout: true },
    client: (baseUrl) => ({
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'RS512',
      jwks_uri: `${baseUrl}/.well-known/jwks.json`,
    }),
  },
  {
    name: 'client_secret_basic and signed UserInfo',
    options: {
      clientAuthentication: { method: 'client_secret_basic', clientSecret: SECRET },
      userInfo: 'signed',
      idpLogout: true,
      logoutTokenType: 'logout+jwt',
    },
    client: () => ({
      token_endpoint_auth_method: 'client_secret_basic',
      client_secret: SECRET,
      userinfo_signed_response_alg: 'RS256',
    }),
  },
]

describe.each(SETTINGS)('a certified provider, with $name', ({ options, client }) => {
  let provider: CertifiedProvider
  let app: TestApp

  beforeAll(async () => {
    // It speaks of settings for production, and of Node 20.
    jest.spyOn(console, 'info').mockReturnValue()
    jest.spyOn(console, 'warn').mockReturnValue()
    provider = await CertifiedProvider.listen()
    app = await startApp({ provider, options, impatient: true })
    await provider.register({
      redirect_uris: [`${app.baseUrl}/callback`],
      post_logout_redirect_uris: [`${app.baseUrl}/`],
      backchannel_logout_uri: `${app.baseUrl}/backchannel-logout`,
      backchannel_logout_session_required: true,
      id_token_signed_response_alg: 'RS256',
      require_auth_time: true,
      ...client(app.baseUrl),
    })
    await app.auth.ready()
    // Loading what it is made of may take longer than anybody waits for an answer.
    await until(
      () =>
        app.signedIn().then(
          () => true,
          () => false,
        ),
      'the provider answers in time',
    )
    provider.refusals.length = 0
    app.events.length = 0
  })

  afterAll(async () => {
    await app.stop()
    await provider.stop()
    jest.restoreAllMocks()
  })

  afterEach(() => {
    expect(provider.refusals.splice(0)).toEqual([])
  })

  it('signs a user in, who has her role', async () => {
    const browser = await app.signedIn()
    expect(await app.whoAmI(browser)).toMatchObject({
      sub: SUBJECT,
      name: 'Okafor Ngozi Ms',
      email: 'ngozi.okafor@example.nhs.net',
      aal: 3,
      authenticator: 'smartcard',
      selectedRole: { jobRole: 'R8001', organisation: { code: 'A99901', name: 'RIVERSIDE SURGERY' } },
    })
    expect((await browser.request(`${app.baseUrl}/nurses`)).status).toBe(200)
    expect((await browser.request(`${app.baseUrl}/doctors`)).status).toBe(403)
  })

  it('signs the same browser in again, for a step-up and for another role', async () => {
    const browser = await app.signedIn()
    expect((await app.signIn(browser, '/login?aal=3&maxAge=60')).status).toBe(303)
    expect((await app.signIn(browser, '/change-role')).status).toBe(303)
    expect(app.eventsOf('step-up.succeeded')).toHaveLength(1)
    expect(app.eventsOf('role.changed')).toHaveLength(1)
    expect(await app.whoAmI(browser)).toMatchObject({ sub: SUBJECT })
  })

  it('OIDF-60 ends the session by back-channel logout when the user signs out there', async () => {
    const browser = await app.signedIn()
    const other = await app.signedIn()
    const answer = await confirmSignOut(provider, browser, `${provider.issuer}/session/end`)
    expect(answer.status).toBeLessThan(400)
    expect(await app.whoAmI(browser)).toBeUndefined()
    expect(await app.whoAmI(other)).toBeDefined()
    expect(app.eventsOf('session.ended').at(-1)).toMatchObject({ reason: 'back-channel', sub: SUBJECT })
    expect(app.eventsOf('back-channel-logout.refused')).toEqual([])
  })

  it('OIDF-50 hands the browser over for signing out, with a hint and a landing page that it accepts', async () => {
    const browser = await app.signedIn()
    const answer = await browser.navigate(`${app.baseUrl}/logout`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-origin' },
    })
    const address = /url=(.+)$/.exec(answer.headers.get('refresh') ?? '')?.[1] ?? answer.location ?? ''
    expect(address).toContain(`${provider.issuer}/session/end?`)
    const landing = await confirmSignOut(provider, browser, address)
    expect(landing.location).toMatch(new RegExp(`^${app.baseUrl}/\\?state=`))
    expect((await browser.navigate(landing.location ?? '')).status).toBe(200)
    expect(await app.whoAmI(browser)).toBeUndefined()
  })

  it('refuses a code that was used before', async () => {
    const browser = app.browser()
    const address = await app.callbackAddress(browser)
    expect((await browser.navigate(address)).status).toBe(303)
    expect((await app.browser().navigate(address)).status).toBe(400)
  })
})

/** The provider's own page for signing out, confirmed. */
async function confirmSignOut(provider: CertifiedProvider, browser: Browser, address: string): Promise<Answer> {
  const page = await browser.navigate(address)
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.body)?.[1] ?? ''
  return browser.navigate(`${provider.issuer}/session/end/confirm`, {
    method: 'POST',
    body: new URLSearchParams({ xsrf, logout: 'yes' }),
  })
}
