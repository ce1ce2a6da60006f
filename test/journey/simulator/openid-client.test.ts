import * as client from 'openid-client'
import { generateKeyPair, exportJWK, type CryptoKey } from 'jose'

import { type Simulator, startSimulator } from 'express-cis2/simulator'
import { openBrowser } from './browser.js'

const REDIRECT_URI = 'https://clinic.example/callback'
const DISPLAYED = 'https://am.sim.example:443/openam/oauth2/realms/root/realms/NHSIdentity/realms/Healthcare'
const SCOPE = 'openid profile email nhsperson nationalrbacaccess associatedorgs selectedrole'
const NURSE = '555000000101'

let simulator: Simulator
let privateKey: CryptoKey

beforeAll(async () => {
  const pair = await generateKeyPair('RS512', { extractable: true })
  privateKey = pair.privateKey
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'a-key', use: 'sig', alg: 'RS512' }
  simulator = await startSimulator({
    issuer: DISPLAYED,
    clients: [
      {
        clientId: 'a-client',
        redirectUris: [REDIRECT_URI],
        tokenEndpointAuthMethod: 'private_key_jwt',
        jwks: { keys: [jwk] },
      },
    ],
  })
})

afterAll(() => simulator.stop())

async function discover(authentication: client.ClientAuth): Promise<client.Configuration> {
  return client.discovery(new URL(DISPLAYED), 'a-client', undefined, authentication, {
    [client.customFetch]: (url, options) => simulator.fetch(url, options as RequestInit),
  })
}

/** openid-client, told what CIS2 wants: the audience is the token endpoint, as text. */
async function cis2Client(): Promise<client.Configuration> {
  const authentication = client.PrivateKeyJwt(
    { key: privateKey, kid: 'a-key' },
    {
      [client.modifyAssertion]: (_header, payload) => {
        payload.aud = `${DISPLAYED}/access_token`
        delete payload.nbf
      },
    },
  )
  const config = await discover(authentication)
  client.enableNonRepudiationChecks(config)
  return config
}

async function signIn(config: client.Configuration) {
  const codeVerifier = client.randomPKCECodeVerifier()
  const [state, nonce] = [client.randomState(), client.randomNonce()]
  const address = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: SCOPE,
    state,
    nonce,
    prompt: 'login',
    acr_values: 'AAL3_ANY',
    code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
  })
  const browser = openBrowser(simulator)
  const page = await browser.get(address.href)
  const back = await browser.post(page.location ?? '', { user: NURSE, authenticator: 'smartcard', action: 'sign-in' })
  return client.authorizationCodeGrant(config, new URL(back.location ?? ''), {
    pkceCodeVerifier: codeVerifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  })
}

describe('the simulator and a certified client', () => {
  it('signs a nurse in with her smartcard, under an issuer that displays :443', async () => {
    const config = await cis2Client()
    const tokens = await signIn(config)
    expect(tokens.claims()).toMatchObject({
      iss: DISPLAYED,
      sub: NURSE,
      aud: 'a-client',
      acr: 'AAL3_ANY',
      amr: ['CIS2_SMARTCARD'],
      authentication_assurance_level: '3',
      id_assurance_level: '3',
      selected_roleid: '555000010101',
    })
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 3599 })
    expect(tokens.refresh_token).toBeUndefined()
    const userInfo = await client.fetchUserInfo(config, tokens.access_token, NURSE)
    expect(userInfo).toMatchObject({ name: 'Okafor Ngozi Ms', nhsid_nrbac_roles: [{ role_code: 'S8000:G8000:R8001' }] })
  })

  it('refuses the audience that openid-client sends by itself, and says why in its log', async () => {
    const config = await discover(client.PrivateKeyJwt({ key: privateKey, kid: 'a-key' }))
    await expect(signIn(config)).rejects.toMatchObject({ error: 'invalid_client', status: 401 })
    expect(simulator.requests.at(-1)?.refusal).toMatch(/^aud is the issuer/)
  })
})
