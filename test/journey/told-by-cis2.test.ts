/** What CIS2 tells us beside what we ask for: none of it may stop a sign-in, and none of it is kept from the operator. */
import type { Cis2Event } from '../../src/index.js'
import { NAVIGATION } from '../support/app/start-app.js'
import { NURSE, ScriptedProvider, type Claims } from '../support/app/scripted-provider.js'
import { startApp, TestClock, type TestApp } from '../support/app/start-app.js'

let provider: ScriptedProvider
let app: TestApp
let handedOn: unknown[]

beforeAll(async () => {
  provider = await ScriptedProvider.start(new TestClock())
  handedOn = []
  app = await startApp({
    provider,
    options: { errors: 'next' },
    after(server) {
      server.use(
        (error: unknown, _req: unknown, res: { status: (status: number) => { end: () => void } }, _next: unknown) => {
          handedOn.push(error)
          res.status((error as { status: number }).status).end()
        },
      )
    },
  })
})

afterEach(() => {
  provider.reset()
  app.events.length = 0
  handedOn.length = 0
})

afterAll(async () => {
  await app.stop()
  await provider.stop()
})

/** Odd values for a member that no standard requires. */
const ODD = [null, '', 'x', 7, true, [], {}, ['x'], { x: 1 }]

describe('FIELD-30 optional members', () => {
  it.each([
    'registration_endpoint',
    'revocation_endpoint',
    'introspection_endpoint',
    'end_session_endpoint',
    'check_session_iframe',
    'scopes_supported',
    'response_types_supported',
    'response_modes_supported',
    'grant_types_supported',
    'acr_values_supported',
    'subject_types_supported',
    'id_token_signing_alg_values_supported',
    'userinfo_signing_alg_values_supported',
    'token_endpoint_auth_methods_supported',
    'token_endpoint_auth_signing_alg_values_supported',
    'code_challenge_methods_supported',
    'claims_supported',
    'claims_parameter_supported',
    'request_uri_parameter_supported',
    'authorization_response_iss_parameter_supported',
    'backchannel_logout_supported',
    'mtls_endpoint_aliases',
    'service_documentation',
  ])('of the discovery document: %s', async (name) => {
    for (const value of name === 'authorization_response_iss_parameter_supported' ? [...ODD, false] : ODD) {
      provider.script.metadata = (honest) => ({ ...honest, [name]: value })
      const odd = await startApp({ provider })
      expect((await odd.signIn(odd.browser())).status).toBe(303)
      await odd.stop()
    }
  })

  it.each(['kid', 'alg', 'key_ops', 'x5c', 'x5t', 'x5t#S256', 'x5u', 'exp', 'nbf', 'iat'])(
    'of a published key, null: %s',
    async (name) => {
      provider.script.jwks = ({ keys }) => ({ keys: keys.map((key) => ({ ...key, [name]: null })) })
      if (name === 'kid') provider.script.idTokenHeader = (honest) => ({ ...honest, kid: undefined })
      const odd = await startApp({ provider })
      expect((await odd.signIn(odd.browser())).status).toBe(303)
      await odd.stop()
    },
  )

  it('of the key set: keys that are none beside one that is', async () => {
    provider.script.jwks = ({ keys }) => ({ keys: [...ODD, { kty: 'XX' }, { kty: 'RSA', use: 'sig' }, ...keys], x: 1 })
    const odd = await startApp({ provider })
    expect((await odd.signIn(odd.browser())).status).toBe(303)
    await odd.stop()
  })

  it.each(['expires_in', 'refresh_token', 'scope', 'nonce', 'session_state', 'issued_token_type', 'x'])(
    'of the token answer: %s',
    async (name) => {
      for (const value of ODD) {
        provider.script.tokenResponse = (honest) => ({ ...honest, [name]: value })
        expect((await app.signIn(app.browser())).status).toBe(303)
      }
    },
  )

  it.each([
    'acr',
    'amr',
    'selected_roleid',
    'jti',
    'tokenName',
    'tokenType',
    'realm',
    'c_hash',
    's_hash',
    'auditTrackingId',
  ])('of the ID token: %s', async (name) => {
    for (const value of ODD) {
      provider.script.idTokenClaims = (honest) => ({ ...honest, [name]: value })
      expect((await app.signIn(app.browser())).status).toBe(303)
    }
  })

  it.each([
    ...['name', 'display_name', 'given_name', 'family_name', 'title', 'initials', 'middle_names', 'email', 'uid'],
    ...['nhsid_useruid', 'nhsid_user_orgs', 'nhsid_nrbac_roles', 'idassurancelevel', 'gmc_id', 'address', 'x'],
  ])('of UserInfo: %s', async (name) => {
    for (const value of ODD) {
      provider.script.userInfoClaims = (honest) => ({ ...honest, [name]: value })
      expect((await app.signIn(app.browser())).status).toBe(303)
    }
  })
})

describe('FIELD-31 an error that comes without a sign-in to belong to', () => {
  const refused = (): Cis2Event | undefined => app.eventsOf('sign-in.refused')[0]

  async function callback(query: string, browser = app.browser()): Promise<number> {
    return (await browser.request(`${app.baseUrl}/callback?${query}`, { headers: NAVIGATION })).status
  }

  it.each([
    ['no state', 'error=invalid_scope'],
    ['an empty state', 'error=invalid_scope&state='],
    ['a state that is not ours', 'error=invalid_scope&state=x&error_description=canary'],
    ['two states', 'error=invalid_scope&state=x&state=y'],
  ])('is named in event and cause: %s', async (_what, query) => {
    expect(await callback(query)).toBe(400)
    expect(refused()).toMatchObject({
      reason: 'state',
      cause: expect.stringContaining('CIS2 answered invalid_scope') as unknown,
    })
    expect(handedOn).toEqual([expect.objectContaining({ cause: new Error('CIS2 answered invalid_scope.') })])
    expect(JSON.stringify(app.events)).not.toContain('canary')
  })

  it('is named when the sign-in is not under way in this browser', async () => {
    const address = new URL(await app.callbackAddress(app.browser()))
    app.events.length = 0
    expect(await callback(`error=server_error&state=${String(address.searchParams.get('state'))}`)).toBe(400)
    expect(refused()).toMatchObject({
      reason: 'no-transaction',
      cause: expect.stringContaining('server_error') as unknown,
    })
    expect(handedOn).toEqual([expect.objectContaining({ cause: new Error('CIS2 answered server_error.') })])
  })

  it('is named when the issuer beside it is another', async () => {
    const browser = app.browser()
    const state = new URL(await app.callbackAddress(browser)).searchParams.get('state') ?? ''
    expect(await callback(`error=login_required&state=${state}&iss=https%3A%2F%2Felsewhere.example`, browser)).toBe(400)
    expect(refused()).toMatchObject({ reason: 'issuer', cause: expect.stringContaining('login_required') as unknown })
  })

  it.each(['canary_of_my_own', '<script>', 'invalid_scope%0d%0aX: 1', 'INVALID_SCOPE', '__proto__'])(
    'is not repeated when anybody may have made it up: %s',
    async (error) => {
      expect(await callback(`error=${error}`)).toBe(400)
      expect(refused()?.cause).toBe('The callback has no state, several, or one that we did not make.')
      expect(handedOn).not.toContainEqual(expect.objectContaining({ cause: expect.anything() as unknown }))
    },
  )
})

describe('FIELD-32 roles that cannot be read', () => {
  const [role] = NURSE.userInfo.nhsid_nrbac_roles as [Claims]

  it.each([
    { what: 'an honest one', sent: [role], roles: { sent: 1, read: 1, selectedFound: true } },
    {
      what: 'one without a code',
      sent: [{ ...role, role_code: '' }],
      roles: { sent: 1, read: 0, selectedFound: false },
    },
    {
      what: 'one of two without an organisation',
      sent: [role, { ...role, person_roleid: '1', org_code: undefined }],
      roles: { sent: 2, read: 1, selectedFound: true },
    },
    {
      what: 'another than the selected',
      sent: [{ ...role, person_roleid: '1' }],
      roles: { sent: 1, read: 1, selectedFound: false },
    },
    { what: 'none', sent: [], roles: { sent: 0, read: 0, selectedFound: false } },
  ])('are counted in sign-in.succeeded: $what', async ({ sent, roles }) => {
    provider.script.userInfoClaims = (honest) => ({ ...honest, nhsid_nrbac_roles: sent })
    await app.signedIn()
    expect(app.eventsOf('sign-in.succeeded')).toMatchObject([{ roles }])
    expect(Object.isFrozen(app.eventsOf('sign-in.succeeded')[0]?.roles)).toBe(true)
  })
})
