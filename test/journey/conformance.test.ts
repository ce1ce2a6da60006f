/**
 * The OpenID Foundation's relying-party modules that apply to a code-flow client, re-created by name
 * (plans: Basic, Config, RP-initiated logout, Back-channel logout). As the suite does, a negative test is passed by
 * not making the next call.
 */
import { createSecretKey, generateKeyPairSync } from 'node:crypto'
import { CompactSign } from 'jose'

import type { Cis2Options } from '../../src/index.js'
import { NAVIGATION } from '../support/app/browser.js'
import { withProviderAndApp } from '../support/app/provider-and-app.js'
import type { ScriptedProvider } from '../support/app/scripted-provider.js'
import { createProviderKey, signJwt, type Claims } from '../support/app/scripted-provider.js'
import { APP_KEY, startApp, type TestApp } from '../support/app/start-app.js'

const CLIENT_SECRET = 'b7Yk2mQx9Rz4Wp1Tn6Vc8Ls3'

const METHODS: { method: string; clientAuthentication: Cis2Options['clientAuthentication'] }[] = [
  { method: 'private_key_jwt', clientAuthentication: { method: 'private_key_jwt', keys: [{ privateKey: APP_KEY }] } },
  {
    method: 'client_secret_basic',
    clientAuthentication: { method: 'client_secret_basic', clientSecret: CLIENT_SECRET },
  },
]

describe.each(METHODS)('OpenID Foundation RP modules with $method', ({ method, clientAuthentication }) => {
  let provider: ScriptedProvider
  let app: TestApp

  withProviderAndApp(
    (both) => {
      ;({ provider, app } = both)
    },
    { options: { clientAuthentication, idpLogout: true } },
  )

  beforeEach(() => {
    provider.reset()
    app.events.length = 0
  })

  /** Signs in with one thing changed; the refusal's reason and how many UserInfo calls were made. */
  async function refusal(): Promise<{ status: number; reason: unknown; userInfoCalls: number; signedIn: boolean }> {
    const browser = app.browser()
    const answer = await browser.request(await app.callbackAddress(browser))
    return {
      status: answer.status,
      reason: answer.json().reason,
      userInfoCalls: provider.requestsTo('/userinfo').length,
      signedIn: (await app.whoAmI(browser)) !== undefined,
    }
  }

  const stopped = (reason: string) => ({ status: 400, reason, userInfoCalls: 0, signedIn: false })

  function changeClaims(change: (claims: Claims) => Claims): void {
    provider.script.idTokenClaims = change
  }

  describe('Basic RP', () => {
    it('OIDF-1 oidcc-client-test: completes the flow', async () => {
      const browser = await app.signedIn()
      expect(await app.whoAmI(browser)).toMatchObject({ sub: '555012345678' })
      const [authorize] = provider.requestsTo('/authorize')
      const [token] = provider.requestsTo('/access_token')
      const [userInfo] = provider.requestsTo('/userinfo')
      expect(authorize?.query.get('client_id')).toBe(provider.clientId)
      expect(authorize?.query.get('redirect_uri')).toBe(`${app.baseUrl}/callback`)
      expect(authorize?.query.get('scope')?.split(' ')).toContain('openid')
      expect(authorize?.query.get('code_challenge_method')).toBe('S256')
      expect(token?.form.get('redirect_uri')).toBe(`${app.baseUrl}/callback`)
      expect(userInfo?.headers.authorization).toMatch(/^Bearer /)
      expect(userInfo?.query.has('access_token')).toBe(false)
    })

    it('OIDF-2 oidcc-client-test-invalid-iss: stops', async () => {
      changeClaims((claims) => ({ ...claims, iss: `${String(claims.iss)}1` }))
      expect(await refusal()).toEqual(stopped('issuer'))
    })

    it('OIDF-3 oidcc-client-test-missing-sub: stops', async () => {
      changeClaims(({ sub: _sub, ...claims }) => claims)
      expect(await refusal()).toEqual(stopped('claims'))
    })

    it('OIDF-4 oidcc-client-test-invalid-aud: stops', async () => {
      changeClaims((claims) => ({ ...claims, aud: `${String(claims.aud)}1` }))
      expect(await refusal()).toEqual(stopped('audience'))
    })

    it('OIDF-5 oidcc-client-test-missing-iat: stops', async () => {
      changeClaims(({ iat: _iat, ...claims }) => claims)
      expect((await refusal()).userInfoCalls).toBe(0)
      expect((await refusal()).status).toBe(400)
    })

    it('OIDF-6 oidcc-client-test-kid-absent-single-jwks: accepts', async () => {
      provider.script.jwks = ({ keys }) => ({ keys: keys.map(({ kid: _kid, ...key }) => key) })
      provider.script.idTokenHeader = () => ({ kid: undefined })
      const other = await startApp({ provider, options: { clientAuthentication } })
      expect(await other.whoAmI(await other.signedIn())).toBeDefined()
      await other.stop()
    })

    it('OIDF-7 oidcc-client-test-kid-absent-multiple-jwks: rejects', async () => {
      const more = await Promise.all([createProviderKey(), createProviderKey()])
      provider.script.jwks = ({ keys }) => ({
        keys: [...keys, ...more.map((key) => key.publicJwk)].map(({ kid: _kid, ...key }) => key),
      })
      provider.script.idTokenHeader = () => ({ kid: undefined })
      const other = await startApp({ provider, options: { clientAuthentication } })
      const answer = await other.signIn(other.browser())
      expect(answer.status).toBe(400)
      await other.stop()
    })

    it('OIDF-8 oidcc-client-test-idtoken-sig-rs256: accepts', async () => {
      expect(provider.key.alg).toBe('RS256')
      expect(await app.whoAmI(await app.signedIn())).toBeDefined()
    })

    it.each(['OIDF-9', 'OIDF-23'])('%s oidcc-client-test-idtoken-sig-none: never completes', async () => {
      provider.script.idToken = (_honest, claims) => `${encode({ alg: 'none' })}.${encode(claims)}.`
      expect(await refusal()).toEqual(stopped('signature'))
    })

    it('OIDF-10 oidcc-client-test-invalid-sig-rs256: rejects', async () => {
      const stranger = await createProviderKey('RS256', provider.key.kid)
      provider.script.idToken = (_honest, claims) => signJwt(claims, stranger)
      expect(await refusal()).toEqual(stopped('signature'))
    })

    it('OIDF-11 oidcc-client-test-userinfo-invalid-sub: discards UserInfo and signs nobody in', async () => {
      provider.script.userInfoClaims = (claims) => ({ ...claims, sub: `${String(claims.sub)}1` })
      expect(await refusal()).toEqual({ status: 400, reason: 'userinfo-subject', userInfoCalls: 1, signedIn: false })
    })

    it('OIDF-12 oidcc-client-test-nonce-invalid: stops', async () => {
      changeClaims((claims) => ({ ...claims, nonce: `${String(claims.nonce)}1` }))
      expect(await refusal()).toEqual(stopped('nonce'))
    })

    it('OIDF-13 oidcc-client-test-scope-userinfo-claims: asks for profile and email, and reads them', async () => {
      provider.script.userInfoClaims = (claims) => ({ ...claims, email: 'ngozi@example.nhs.net' })
      const browser = await app.signedIn()
      expect(provider.requestsTo('/authorize')[0]?.query.get('scope')?.split(' ')).toEqual(
        expect.arrayContaining(['profile', 'email']),
      )
      expect(await app.whoAmI(browser)).toMatchObject({ name: 'Okafor Ngozi Ms', email: 'ngozi@example.nhs.net' })
    })

    it(`OIDF-14 oidcc-client-test-client-secret-basic: authenticates with ${method}`, async () => {
      await app.signedIn()
      const [token] = provider.requestsTo('/access_token')
      if (method === 'client_secret_basic') {
        const credentials = Buffer.from(token?.headers.authorization?.replace('Basic ', '') ?? '', 'base64').toString()
        expect(credentials).toBe(`${provider.clientId}:${CLIENT_SECRET}`)
        expect(token?.form.has('client_secret')).toBe(false)
      } else {
        expect(token?.form.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
        expect(token?.form.has('client_secret')).toBe(false)
      }
    })
  })

  describe('Config RP', () => {
    it('OIDF-20 oidcc-client-test-discovery-openid-config: fetches the metadata at start', async () => {
      const other = await startApp({ provider, options: { clientAuthentication } })
      expect(provider.requestsTo('/.well-known/openid-configuration')).toHaveLength(1)
      expect(provider.requestsTo('/authorize')).toHaveLength(0)
      await other.stop()
    })

    it('OIDF-21 oidcc-client-test-discovery-jwks-uri-keys: fetches the keys that the metadata names', async () => {
      provider.script.metadata = (honest) => ({ ...honest, jwks_uri: `${provider.issuer}/keys-of-this-run` })
      provider.script.handle = (path, _req, res) => {
        if (path !== '/keys-of-this-run') return false
        res.writeHead(200, { 'content-type': 'application/json' })
        res.end(JSON.stringify({ keys: [provider.key.publicJwk] }))
        return true
      }
      const other = await startApp({ provider, options: { clientAuthentication } })
      expect(await other.whoAmI(await other.signedIn())).toBeDefined()
      expect(provider.requestsTo('/keys-of-this-run')).toHaveLength(1)
      await other.stop()
    })

    it('OIDF-22 oidcc-client-test-discovery-issuer-mismatch: stops before any authorization request', async () => {
      provider.script.metadata = (honest) => ({ ...honest, issuer: `${provider.issuer}1` })
      const other = await startApp({ provider, options: { clientAuthentication }, impatient: true })
      await expect(other.auth.ready()).rejects.toMatchObject({ code: 'CIS2_PROVIDER_UNAVAILABLE' })
      const answer = await other.browser().navigate(`${other.baseUrl}/login`)
      expect([answer.status, answer.location]).toEqual([503, undefined])
      expect(provider.requestsTo('/authorize')).toHaveLength(0)
      await other.stop()
    })

    it('OIDF-24 oidcc-client-test-signing-key-rotation-just-before-signing: refetches the keys and accepts', async () => {
      const browser = app.browser()
      const address = await app.callbackAddress(browser)
      provider.keys = [await createProviderKey()]
      expect((await browser.navigate(address)).status).toBe(303)
    })

    it('OIDF-25 oidcc-client-test-signing-key-rotation: accepts before and after', async () => {
      await app.signedIn()
      provider.keys = [await createProviderKey()]
      await app.signedIn()
      expect(provider.requestsTo('/connect/jwk_uri').length).toBeGreaterThanOrEqual(1)
    })
  })

  describe('RP-initiated logout', () => {
    async function signOut() {
      const browser = await app.signedIn()
      const answer = await browser.request(`${app.baseUrl}/logout`, {
        method: 'POST',
        headers: { origin: app.baseUrl },
      })
      return { browser, answer, url: new URL(answer.location ?? '') }
    }

    it('OIDF-50 oidcc-client-test-rp-init-logout: sends the hint it was given, a registered address and a state', async () => {
      let issued = ''
      provider.script.idToken = (honest) => (issued = honest)
      const { browser, url } = await signOut()
      expect(url.pathname).toBe('/openam/oauth2/realms/root/connect/endSession')
      expect(url.searchParams.get('id_token_hint')).toBe(issued)
      expect(url.searchParams.get('post_logout_redirect_uri')).toBe(`${app.baseUrl}/`)
      expect(url.searchParams.get('state')?.length).toBeGreaterThanOrEqual(20)
      expect((await browser.navigate(`${app.baseUrl}/?state=${String(url.searchParams.get('state'))}`)).status).toBe(
        200,
      )
      expect(await app.whoAmI(browser)).toBeUndefined()
    })

    it.each([
      ['OIDF-51, RPL-4 oidcc-client-test-rp-init-logout-other-state', '?state=other'],
      ['OIDF-52, RPL-4 oidcc-client-test-rp-init-logout-no-state', ''],
    ])('%s: lands, and stays signed out', async (_name, query) => {
      const { browser } = await signOut()
      expect((await browser.navigate(`${app.baseUrl}/${query}`)).status).toBe(200)
      expect(await app.whoAmI(browser)).toBeUndefined()
    })
  })

  describe('Back-channel RP', () => {
    let sid = ''

    /** As the suite sends it: an unknown claim, no `typ`, an extra parameter, after our own logout. */
    async function send(token: string) {
      const answer = await app.browser().request(`${app.baseUrl}/backchannel-logout`, {
        method: 'POST',
        body: new URLSearchParams({ logout_token: token, extra: 'ignored' }),
      })
      return { status: answer.status, cacheControl: answer.headers.get('cache-control') }
    }

    async function tokenWith(change: (claims: Claims) => Claims, header: Claims = {}): Promise<string> {
      return provider.logoutToken({ sid, sub: '555012345678' }, (claims) => change({ ...claims, unknown: 'claim' }), {
        header: { typ: undefined, ...header },
      })
    }

    beforeEach(() => {
      changeClaims((claims) => {
        sid = String(claims.sid)
        return claims
      })
    })

    it('OIDF-60 oidcc-client-test-rp-backchannel-rpinitlogout: 200 after our own sign-out', async () => {
      const browser = await app.signedIn()
      await browser.request(`${app.baseUrl}/logout`, {
        method: 'POST',
        headers: { ...NAVIGATION, 'sec-fetch-site': 'same-origin' },
      })
      expect(await send(await tokenWith((claims) => claims))).toEqual({ status: 200, cacheControl: 'no-store' })
    })

    it('OIDF-61 oidcc-client-test-rp-backchannel-rpinitlogout-alg-none: 400', async () => {
      const honest = await tokenWith((claims) => claims)
      const payload = honest.split('.')[1] ?? ''
      expect(await refused(`${encode({ alg: 'none' })}.${payload}.`)).toBe(true)
    })

    it('OIDF-62 oidcc-client-test-rp-backchannel-rpinitlogout-wrong-alg: 400 for ES256 by a published key', async () => {
      const elliptic = await createProviderKey('ES256')
      provider.keys = [provider.key, elliptic]
      const token = await provider.logoutToken({ sid, sub: '555012345678' }, undefined, { key: elliptic })
      expect(await refused(token)).toBe(true)
    })

    it.each<[string, (claims: Claims) => Claims]>([
      ['OIDF-63 -no-event', ({ events: _events, ...claims }) => claims],
      ['OIDF-64 -wrong-event', (claims) => ({ ...claims, events: { 'http://schemas.openid.net/event/other': {} } })],
      ['OIDF-65 -wrong-aud', (claims) => ({ ...claims, aud: `${String(claims.aud)}INVALID` })],
      ['OIDF-66 -wrong-iss', (claims) => ({ ...claims, iss: `${String(claims.iss)}INVALID` })],
      ['OIDF-67 -with-nonce', (claims) => ({ ...claims, nonce: 'nonce' })],
    ])('%s: 400', async (_name, change) => {
      const browser = await app.signedIn()
      expect(await refused(await tokenWith(change))).toBe(true)
      expect(await app.whoAmI(browser)).toBeDefined()
    })

    async function refused(token: string): Promise<boolean> {
      const { status, cacheControl } = await send(token)
      return status === 400 && cacheControl === 'no-store'
    }
  })

  it('OIDF-30 -missing-aud stops', async () => {
    changeClaims(({ aud: _aud, ...claims }) => claims)
    expect((await refusal()).userInfoCalls).toBe(0)
  })

  it('OIDF-33 -invalid-sig-hs256, signed with what an attacker knows, is rejected', async () => {
    const pem = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' })
    provider.script.idToken = async (_honest, claims) =>
      new CompactSign(Buffer.from(JSON.stringify(claims)))
        .setProtectedHeader({ alg: 'HS256', kid: provider.key.kid })
        .sign(createSecretKey(Buffer.from(pem)))
    expect(await refusal()).toEqual(stopped('signature'))
  })

  it('OIDF-33 -invalid-sig-es256 is rejected although the key is published', async () => {
    const elliptic = await createProviderKey('ES256')
    provider.keys = [provider.key, elliptic]
    provider.script.idToken = (_honest, claims) => signJwt(claims, elliptic)
    expect(await refusal()).toEqual(stopped('signature'))
  })

  it('OIDF-36 -aggregated-claims and -distributed-claims: no source is fetched, the sign-in succeeds', async () => {
    provider.script.userInfoClaims = (claims) => ({
      ...claims,
      _claim_names: { address: 'source' },
      _claim_sources: { source: { endpoint: `${provider.issuer}/claim-source`, access_token: 'x' } },
    })
    await app.signedIn()
    expect(provider.requestsTo('/claim-source')).toHaveLength(0)
  })
})

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
