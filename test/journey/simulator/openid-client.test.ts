/** openid-client alone, an independent and certified client, signs people in. */
import * as client from 'openid-client'

import { type Simulator, startSimulator } from 'express-cis2/simulator'
import { openBrowser } from './browser.js'
import {
  ISSUER,
  makeRegistration,
  NURSE,
  type Registration,
  type RelyingParty,
  startRelyingParty,
} from './relying-party.js'

const MIDWIFE = '555000000103'
const NOBODYS_ROLE = '555000000111'

let simulator: Simulator
let registration: Registration
let app: RelyingParty

beforeAll(async () => {
  registration = await makeRegistration()
  simulator = await startSimulator({ issuer: ISSUER, clients: [registration.client] })
  app = await startRelyingParty({ simulator, registration, strict: true })
})

afterAll(() => simulator.stop())

describe('openid-client', () => {
  it('signs a nurse in with her smartcard, under an issuer that displays :443', async () => {
    const { claims, tokens, userInfo } = await app.signIn()
    expect(claims).toMatchObject({
      iss: ISSUER,
      sub: NURSE,
      aud: 'a-client',
      azp: 'a-client',
      acr: 'AAL3_ANY',
      amr: ['CIS2_SMARTCARD'],
      authentication_assurance_level: '3',
      id_assurance_level: '3',
      selected_roleid: '555000010101',
      tokenName: 'id_token',
      realm: '/NHSIdentity/Healthcare',
    })
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 3599 })
    expect(tokens.refresh_token).toBeUndefined()
    expect(userInfo).toMatchObject({ name: 'Okafor Ngozi Ms', nhsid_nrbac_roles: [{ role_code: 'S8000:G8000:R8001' }] })
  })

  it.each([
    { user: NURSE, authenticator: 'microsoft-authenticator', level: '2', amr: 'TOTP', role: '555000010101' },
    { user: MIDWIFE, authenticator: 'security-key', level: '3', amr: 'FIDO2', role: '555000010302' },
    { user: NOBODYS_ROLE, authenticator: 'security-key', level: '3', amr: 'FIDO2', role: undefined },
  ])('signs $user in with $authenticator', async ({ user, authenticator, level, amr, role }) => {
    const { claims } = await app.signIn({
      user,
      authenticator,
      ...(role === undefined ? {} : { role }),
      parameters: { acr_values: 'AAL2_OR_AAL3_ANY' },
    })
    expect(claims).toMatchObject({ authentication_assurance_level: level, amr: [amr], acr: 'AAL2_OR_AAL3_ANY' })
    expect(claims.selected_roleid).toBe(role)
  })

  it('verifies tokens on both sides of a rotation of keys, and after the next one with new keys alone', async () => {
    const before = await startRelyingParty({ simulator, registration, strict: true })
    await before.signIn()
    await simulator.rotateKeys()
    const after = await startRelyingParty({ simulator, registration, strict: true })
    await expect(after.signIn()).resolves.toMatchObject({ claims: { sub: NURSE } })
    await simulator.rotateKeys()
    // openid-client keeps keys for a while: the key that it knows is no longer the one that signs.
    await expect(after.signIn()).rejects.toThrow()
  })

  it('is refused when it sends the audience that it sends by itself, and the log says why', async () => {
    const careless = await client.discovery(
      new URL(ISSUER),
      'a-client',
      undefined,
      client.PrivateKeyJwt({ key: registration.privateKey, kid: 'a-key' }),
      { [client.customFetch]: (url, options) => simulator.fetch(url, options as RequestInit) },
    )
    const code = await codeOf(simulator)
    const back = new URL(code)
    await expect(
      client.authorizationCodeGrant(careless, back, { expectedState: 'a-state', idTokenExpected: true }),
    ).rejects.toMatchObject({ error: 'invalid_client', status: 401, error_description: 'JWT is not valid' })
    expect(simulator.requests.at(-1)?.refusal).toMatch(/^aud is the issuer/)
  })

  it('gets an old auth_time when somebody takes prompt=login out of the address, as CIS2 gives it', async () => {
    const sittingDown = Date.now() - 20 * 60 * 1000
    let now = sittingDown
    const aged = await startSimulator({ issuer: ISSUER, clients: [registration.client], clock: () => now })
    const there = await startRelyingParty({ simulator: aged, registration, strict: false })
    const browser = openBrowser(aged)
    await codeOf(aged, browser)
    now = Date.now()
    const tampered = await there.signIn({ browser, parameters: { prompt: '' } })
    expect(tampered.claims.auth_time).toBe(Math.floor(sittingDown / 1000))
    await aged.stop()
  })
})

async function codeOf(at: Simulator, browser = openBrowser(at)): Promise<string> {
  const parameters = {
    response_type: 'code',
    client_id: 'a-client',
    redirect_uri: 'https://clinic.example/callback',
    scope: 'openid',
    state: 'a-state',
  }
  const page = await browser.get(`${ISSUER}/authorize?${new URLSearchParams(parameters).toString()}`)
  const back = await browser.post(page.location ?? '', { user: NURSE, authenticator: 'smartcard', action: 'sign-in' })
  return back.location ?? ''
}
