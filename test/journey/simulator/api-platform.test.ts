/** The NHS API platform's token exchange: its checks, in its order, with its status and its words. */
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { generateKeyPair } from 'jose'

import { type Simulator, type SimulatorClient, startSimulator } from 'express-cis2/simulator'
import { CLIENT, lastRefusal, signInAs } from './conversation.js'
import { altered, API_KEY, Application, refusal } from './platform-conversation.js'

let simulator: Simulator
let app: Application
let now = Date.now()

const client = (apiPlatform: SimulatorClient['apiPlatform'] = app.registered) => ({ ...CLIENT, apiPlatform })

beforeAll(async () => {
  app = await Application.make({ simulator: () => simulator, now: () => now })
  simulator = await startSimulator({ clients: [client()], clock: () => now })
})
afterAll(() => simulator.stop())
beforeEach(() => {
  now = Date.now()
  simulator.clearFaults()
  simulator.addClient(client())
})

const GRANT_TYPE = 'grant_type is invalid'
const KEY_REFUSED = 'JWT signature verification failed'

describe('the token exchange', () => {
  it.each(['/oauth2/token', '/oauth2-mock/token'])(
    'at %s swaps an ID token, and says every value as text',
    async (path) => {
      const client_assertion = await app.assertion({ claims: { aud: simulator.url + path } })
      const { status, body } = await app.exchange({ client_assertion }, path)
      expect(status).toBe(200)
      expect(body).toEqual({
        access_token: expect.any(String) as string,
        expires_in: '599',
        token_type: 'Bearer',
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        refresh_token: expect.any(String) as string,
        refresh_token_expires_in: '43199',
        refresh_count: '0',
      })
    },
  )

  it('uses the keys that the client has at CIS2, unless it has others for the platform', async () => {
    const published = {
      clientSecret: undefined,
      tokenEndpointAuthMethod: 'private_key_jwt' as const,
      jwks: { keys: [app.jwk] },
    }
    const token = await app.idToken()
    simulator.addClient({ ...CLIENT, ...published, clientId: 'second', apiPlatform: { apiKey: 'second-key' } })
    const claims = { iss: 'second-key', sub: 'second-key' }
    const reply = await app.exchange({ subject_token: token, client_assertion: await app.assertion({ claims }) })
    expect(reply.status).toBe(200)
  })

  it('belongs to the sign-in whose token it takes, also when it is refused', async () => {
    await app.exchange()
    await app.exchange({ client_assertion: 'x' })
    const sentTo = simulator.requests.filter(({ path }) => path === '/oauth2/token')
    for (const sent of sentTo.slice(-2)) {
      expect(simulator.requests.filter(({ journey }) => journey === sent.journey).length).toBeGreaterThan(2)
    }
  })
})

describe('what is posted', () => {
  it('must be a form, and no charset may be named', async () => {
    const said = refusal(415, 'invalid_request', 'Content-Type header must be application/x-www-urlencoded')
    for (const type of ['application/x-www-form-urlencoded;charset=UTF-8', 'application/json']) {
      expect(await app.exchange({}, undefined, type)).toMatchObject(said)
    }
    expect(lastRefusal(simulator)).toBe('Content-Type is "application/json"; no charset may follow the type')
  })

  it.each([
    { fields: { grant_type: 'authorization_code' }, error: 'unsupported_grant_type', text: GRANT_TYPE },
    { fields: { grant_type: undefined }, text: 'grant_type is missing' },
    {
      fields: { client_assertion_type: undefined },
      text: "Missing or invalid client_assertion_type - must be 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'",
    },
    {
      fields: { subject_token_type: 'x' },
      text: "missing or invalid subject_token_type - must be 'urn:ietf:params:oauth:token-type:id_token'",
    },
    { fields: { client_assertion: undefined }, text: 'Missing client_assertion' },
    { fields: { client_assertion: 'x' }, text: 'Malformed JWT in client_assertion' },
    { fields: { subject_token: undefined }, text: 'Missing subject_token' },
    { fields: { subject_token: 'x' }, text: 'Malformed JWT in subject_token' },
  ])('is refused: $text', async ({ fields, error = 'invalid_request', text }) => {
    expect(await app.exchange(fields)).toMatchObject(refusal(400, error, text))
  })
})

describe("an assertion's claims", () => {
  const wrong = (what: string) => `Invalid ${what} in client_assertion JWT`
  const missing = (what: string) => `Missing ${what} in client_assertion JWT`
  const notText = `${wrong("'jti' claim")} - must be a unique string value such as a GUID`
  const noMatch = "Missing or non-matching 'iss'/'sub' claims in client_assertion JWT"

  it.each([
    { header: { alg: 'RS256' }, text: `${wrong("'alg' header")} - unsupported JWT algorithm - must be 'RS512'` },
    { claims: { exp: 1000 }, text: `${wrong("'exp' claim")} - JWT has expired` },
    { header: { kid: undefined }, text: missing("'kid' header") },
    { header: { typ: 'at+jwt' }, text: `${wrong("'typ' header")} - must be 'JWT'` },
    { header: { typ: undefined }, text: `${wrong("'typ' header")} - must be 'JWT'` },
    { claims: { exp: undefined }, text: missing("'exp' claim") },
    { claims: { exp: 99999999999.5 }, text: `${wrong("'exp' claim")} - must be an integer` },
    { claims: { iss: undefined }, text: noMatch },
    { claims: { sub: 'other' }, text: noMatch },
    { claims: { jti: undefined }, text: missing("'jti' claim") },
    { claims: { jti: 7 }, text: notText },
    { claims: { jti: '' }, text: notText },
  ])('are refused: $text', async ({ text, header, claims }) => {
    // `sign` reads `alg` from the header, so that an RS256 one needs a key of its kind.
    const signWith = header?.alg === 'RS256' ? (await generateKeyPair('RS256')).privateKey : undefined
    const client_assertion = await app.assertion({ header, claims, signWith })
    expect(await app.exchange({ client_assertion })).toMatchObject(refusal(400, 'invalid_request', text))
  })

  it('are refused without alg', async () => {
    const [, payload = ''] = (await app.assertion()).split('.')
    const client_assertion = `${Buffer.from('{"typ":"JWT"}').toString('base64url')}.${payload}.`
    expect((await app.exchange({ client_assertion })).body.error_description).toBe(missing("'alg' header"))
  })

  it('may say typ in small letters', async () => {
    expect((await app.exchange({ client_assertion: await app.assertion({ header: { typ: 'jwt' } }) })).status).toBe(200)
  })

  it('may lie ten seconds beside the clock: 310 s ahead, or just expired', async () => {
    const at = async (offset: number) => {
      const client_assertion = await app.assertion({ claims: { exp: app.seconds + offset } })
      return (await app.exchange({ client_assertion })).body.error_description
    }
    expect(await at(310)).toBeUndefined()
    expect(await at(311)).toBe(`${wrong("'exp' claim")} - more than 5 minutes in future`)
    expect(await at(-9)).toBeUndefined()
    expect(await at(-10)).toBe(`${wrong("'exp' claim")} - JWT has expired`)
  })

  it('are checked in order: alg, expired, kid, typ, exp, iss/sub, jti, too long', async () => {
    const spoiled = (claims: object, header: object) => app.assertion({ claims: { ...claims }, header: { ...header } })
    const described = async (claims: object, header: object = {}) =>
      (await app.exchange({ client_assertion: await spoiled(claims, header) })).body.error_description
    const long = { exp: app.seconds + 999 }
    expect(await described({ exp: 1 }, { kid: undefined, typ: 'x' })).toMatch(/expired/)
    expect(await described(long, { kid: undefined, typ: 'x' })).toMatch(/'kid'/)
    expect(await described({ ...long, sub: 'x' }, { typ: 'x' })).toMatch(/'typ'/)
    expect(await described({ exp: undefined, sub: 'x' })).toMatch(/'exp'/)
    expect(await described({ ...long, sub: 'x', jti: undefined })).toMatch(/'iss'\/'sub'/)
    expect(await described({ ...long, jti: undefined, iss: 'x', sub: 'x' })).toMatch(/'jti'/)
    expect(await described({ ...long, iss: 'x', sub: 'x' })).toMatch(/more than 5 minutes/)
  })

  it('burn the jti for 30 days, before it is known who signed, and for one API key alone', async () => {
    const jti = randomUUID()
    const { privateKey } = await generateKeyPair('RS512')
    const forged = await app.assertion({ claims: { jti }, signWith: privateKey })
    expect((await app.exchange({ client_assertion: forged })).body.error_description).toBe(KEY_REFUSED)
    const again = async () => (await app.exchange({ client_assertion: await app.assertion({ claims: { jti } }) })).body
    const text = "Non-unique 'jti' claim in client_assertion JWT"
    expect((await again()).error_description).toBe(text)
    now += 29 * 24 * 3600_000
    expect((await again()).error_description).toBe(text)
    const stranger = await app.assertion({ claims: { jti, iss: 'x', sub: 'x' } })
    expect((await app.exchange({ client_assertion: stranger })).status).toBe(401)
    now += 2 * 24 * 3600_000
    expect((await again()).access_token).toBeDefined()
  })
})

describe('who an assertion comes from', () => {
  it('an API key that the platform does not know: 401', async () => {
    const client_assertion = await app.assertion({ claims: { iss: 'other', sub: 'other' } })
    const said = refusal(401, 'invalid_request', "Invalid 'iss'/'sub' claims in client_assertion JWT")
    expect(await app.exchange({ client_assertion })).toMatchObject(said)
    expect(lastRefusal(simulator)).toBe('no application has the API key "other"')
  })

  it('an application that asks too often: 429, for the rest of the minute', async () => {
    const apiKey = 'busy'
    simulator.addClient(client({ ...app.registered, apiKey, requestsPerMinute: 2 }))
    const ask = async () => {
      const client_assertion = await app.assertion({ claims: { iss: apiKey, sub: apiKey } })
      return app.exchange({ client_assertion })
    }
    expect([(await ask()).status, (await ask()).status, (await ask()).status]).toEqual([200, 200, 429])
    now += 60_000
    expect((await ask()).status).toBe(200)
  })

  it('an application without registered keys: 403', async () => {
    simulator.addClient(client({ apiKey: API_KEY }))
    const text =
      'You need to register a public key to use this authentication method - please contact support to configure'
    expect(await app.exchange()).toMatchObject(refusal(403, 'public_key error', text))
  })

  it('an application whose key set cannot be reached: 403', async () => {
    simulator.addClient(client({ apiKey: API_KEY, jwksUri: 'http://127.0.0.1:9/jwks.json' }))
    const text = "The JWKS endpoint, for your client_assertion can't be reached"
    expect(await app.exchange()).toMatchObject(refusal(403, 'public_key error', text))
    expect(lastRefusal(simulator)).toMatch(/^the client's key set at http:\/\/127.0.0.1:9\/jwks.json could not be/)
  })

  it('a kid that is not in the key set: 401, also when it was published within the hour', async () => {
    let keys: unknown[] = []
    const server = createServer((_req, res) => res.end(JSON.stringify({ keys }))).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const jwksUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    simulator.addClient(client({ apiKey: API_KEY, jwksUri }))
    const text = "Invalid 'kid' header in client_assertion JWT - no matching public key"
    const said = refusal(401, 'invalid_request', text)
    expect(await app.exchange()).toMatchObject(said)
    keys = [app.jwk]
    expect(await app.exchange()).toMatchObject(said)
    expect(lastRefusal(simulator)).toBe(
      'kid "k" is not in the application\'s key set; there: nothing; a key set that was fetched is kept for an hour',
    )
    now += 3_600_000
    expect((await app.exchange()).status).toBe(200)
    await new Promise((resolve) => server.close(resolve))
  })

  it('a stranger who signed: 401, public_key error', async () => {
    const { privateKey } = await generateKeyPair('RS512')
    const reply = await app.exchange({ client_assertion: await app.assertion({ signWith: privateKey }) })
    expect(reply).toMatchObject(refusal(401, 'public_key error', KEY_REFUSED))
  })

  it.each([
    { what: 'another host', aud: () => 'https://elsewhere.example' },
    { what: 'nothing', aud: () => undefined },
    { what: 'a list', aud: () => [`${simulator.url}/oauth2/token`] },
    { what: 'the mock service, while the real one was asked', aud: () => `${simulator.url}/oauth2-mock/token` },
    { what: 'the address with a slash', aud: () => `${simulator.url}/oauth2/token/` },
  ])('an audience that is $what: 401', async ({ aud }) => {
    const client_assertion = await app.assertion({ claims: { aud: aud() } })
    const text = "Missing or invalid 'aud' claim in client_assertion JWT"
    expect(await app.exchange({ client_assertion })).toMatchObject(refusal(401, 'invalid_request', text))
    expect(lastRefusal(simulator)).toMatch(/^aud is .*, not the platform's token endpoint: /)
  })

  it('is all proved when the subject token is found to be malformed', async () => {
    const { privateKey } = await generateKeyPair('RS512')
    const spoiled = [
      await app.assertion({ claims: { aud: 'x' } }),
      await app.assertion({ signWith: privateKey }),
      await app.assertion({ header: { kid: 'x' } }),
      await app.assertion({ claims: { iss: 'x', sub: 'x' } }),
    ]
    for (const client_assertion of spoiled) {
      expect((await app.exchange({ subject_token: 'x', client_assertion })).status).toBe(401)
    }
    expect((await app.exchange({ subject_token: 'x' })).body.error_description).toBe('Malformed JWT in subject_token')
  })
})

describe('a subject token', () => {
  const missing = (what: string) => `Missing ${what} in subject_token JWT`
  const exp = "Invalid 'exp' claim in subject_token JWT"
  const issuer = "Missing or non-matching 'iss' claim in subject_token JWT"

  it.each([
    { header: { kid: undefined }, text: missing("'kid' header") },
    { header: { typ: undefined }, text: "Invalid 'typ' header in subject_token JWT - must be 'JWT'" },
    { header: { typ: 'at+jwt' }, text: "Invalid 'typ' header in subject_token JWT - must be 'JWT'" },
    { header: { alg: undefined }, text: missing("'alg' header") },
    { claims: { exp: undefined }, text: missing("'exp' claim") },
    { claims: { exp: '9999999999' }, text: `${exp} - must be an integer` },
    { claims: { exp: 1000 }, text: `${exp} - JWT has expired` },
    { claims: { iss: undefined }, text: missing("'iss' claim") },
    { claims: { aud: undefined }, text: missing("'aud' claim"), status: 401 },
    { claims: { iss: 'https://other.example' }, text: issuer },
    {
      header: { kid: 'other' },
      text: "Invalid 'kid' header in subject_token JWT - no matching public key",
      status: 401,
    },
    { claims: { sub: 'another' }, text: KEY_REFUSED, status: 401, error: 'public_key error' },
  ])('is refused: $text', async ({ header = {}, claims = {}, text, status = 400, error = 'invalid_request' }) => {
    const subject_token = altered(await app.idToken(), header, claims)
    expect(await app.exchange({ subject_token })).toMatchObject(refusal(status, error, text))
  })

  it('is checked in order: kid, typ, alg, exp, iss, aud, then whose it is', async () => {
    const token = await app.idToken()
    const described = async (header: object, claims: object) =>
      (await app.exchange({ subject_token: altered(token, header, claims) })).body.error_description
    expect(await described({ kid: undefined, typ: undefined }, {})).toMatch(/'kid'/)
    expect(await described({ typ: undefined, alg: undefined }, {})).toMatch(/'typ'/)
    expect(await described({ alg: undefined }, { exp: undefined })).toMatch(/'alg'/)
    expect(await described({}, { exp: undefined, iss: undefined })).toMatch(/'exp'/)
    expect(await described({}, { iss: undefined, aud: undefined })).toMatch(/'iss'/)
    expect(await described({}, { iss: 'x', aud: undefined })).toMatch(/'aud'/)
    expect(await described({ kid: 'x' }, { iss: 'x' })).toMatch(/'iss'/)
  })

  it('lives an hour', async () => {
    const subject_token = await app.idToken()
    now += 3_599_000
    expect((await app.exchange({ subject_token })).status).toBe(200)
    now += 1_000
    expect((await app.exchange({ subject_token })).body.error_description).toBe(`${exp} - JWT has expired`)
  })
})

describe('scopes', () => {
  const scope = (level: number) => `urn:nhsd:apim:user-nhs-cis2:aal${level}:an-api`
  const text =
    'you have tried to request authorization but your application is not configured to use this authorization grant type'
  const none = refusal(401, 'unauthorized_client', text)
  const IDRIS = { user: '555000000105', authenticator: 'nhs-net-connect' }

  it('of another level than the sign-in do not count, a lower one neither', async () => {
    simulator.addClient(client({ ...app.registered, scopes: [scope(2)] }))
    expect(await app.exchange()).toMatchObject(none)
    expect(lastRefusal(simulator)).toBe(`no scope of the application is for AAL3; registered: ${scope(2)}`)
    const subject_token = await app.idToken(IDRIS, { acr_values: 'AAL2_OR_AAL3_ANY' })
    expect((await app.exchange({ subject_token })).status).toBe(200)
    simulator.addClient(client({ ...app.registered, scopes: [scope(3)] }))
    expect(await app.exchange({ subject_token })).toMatchObject(none)
  })

  it('are looked at last: a token that is not genuine is refused as such', async () => {
    simulator.addClient(client({ ...app.registered, scopes: [] }))
    const subject_token = altered(await app.idToken(), {}, {})
    expect((await app.exchange({ subject_token })).body.error_description).toBe(KEY_REFUSED)
    expect(await app.exchange()).toMatchObject(none)
  })

  it('are for AAL2 and AAL3 unless told otherwise', async () => {
    const tessa = { user: '555000000113', authenticator: 'password' }
    const subject_token = await app.idToken(tessa, { acr_values: 'AAL1_USERPASS' })
    expect(await app.exchange({ subject_token })).toMatchObject(none)
    await signInAs(simulator)
  })
})
