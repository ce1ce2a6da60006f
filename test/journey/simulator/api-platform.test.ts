/** The NHS API platform's token exchange, refusal by refusal. */
import { randomUUID } from 'node:crypto'

import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'

import { type Simulator, startSimulator } from 'express-cis2/simulator'
import { CLIENT, exchange as exchangeCode, lastRefusal, signInAs } from './conversation.js'

const API_KEY = 'the-api-key'
const API_SECRET = 'the-api-secret'

let simulator: Simulator
let now: number
let key: CryptoKey
let jwk: JWK

beforeAll(async () => {
  const pair = await generateKeyPair('RS512', { extractable: true })
  key = pair.privateKey
  jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k', use: 'sig' }
  const apiPlatform = { apiKey: API_KEY, apiSecret: API_SECRET, jwks: { keys: [jwk] } }
  simulator = await startSimulator({ clients: [{ ...CLIENT, apiPlatform }], clock: () => now })
})
afterAll(() => simulator.stop())
beforeEach(() => {
  now = Date.now()
  simulator.clearFaults()
})

const seconds = () => Math.floor(now / 1000)

async function idToken(): Promise<string> {
  const { code } = await signInAs(simulator)
  return String((await exchangeCode(simulator, code)).body.id_token)
}

interface Assertion {
  readonly claims?: Record<string, unknown>
  readonly header?: Record<string, unknown>
  readonly signWith?: CryptoKey
}

function assertion({ claims = {}, header = {}, signWith = key }: Assertion = {}): Promise<string> {
  const aud = `${simulator.url}/oauth2/token`
  const usual = { iss: API_KEY, sub: API_KEY, aud, jti: randomUUID(), exp: seconds() + 300 }
  return new SignJWT({ ...usual, ...claims })
    .setProtectedHeader({ alg: 'RS512', typ: 'JWT', kid: 'k', ...header })
    .sign(signWith)
}

interface Reply {
  readonly status: number
  readonly body: Record<string, unknown>
}

async function post(fields: Record<string, string | undefined>, path = '/oauth2/token'): Promise<Reply> {
  const body = new URLSearchParams()
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) body.set(name, value)
  const reply = await fetch(simulator.url + path, { method: 'POST', body })
  return { status: reply.status, body: (await reply.json()) as Record<string, unknown> }
}

async function exchange(fields: Record<string, string | undefined> = {}, path?: string): Promise<Reply> {
  const usual = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    subject_token: 'subject_token' in fields ? fields.subject_token : await idToken(),
    client_assertion: 'client_assertion' in fields ? fields.client_assertion : await assertion(),
  }
  return post({ ...usual, ...fields }, path)
}

const refresh = (token: unknown, fields: Record<string, string> = {}) =>
  post({
    grant_type: 'refresh_token',
    refresh_token: String(token),
    client_id: API_KEY,
    client_secret: API_SECRET,
    ...fields,
  })

describe('the token exchange', () => {
  it.each(['/oauth2/token', '/oauth2-mock/token'])(
    'at %s swaps an ID token, and says every value as text',
    async (path) => {
      const client_assertion = await assertion({ claims: { aud: simulator.url + path } })
      const { status, body } = await exchange({ client_assertion }, path)
      expect(status).toBe(200)
      expect(body).toEqual({
        access_token: expect.any(String) as string,
        expires_in: '599',
        token_type: 'Bearer',
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        refresh_token: expect.any(String) as string,
        refresh_token_expires_in: '3599',
        refresh_count: '0',
      })
    },
  )

  it('uses the keys that the client has at CIS2, unless it has others for the platform', async () => {
    const published = {
      clientSecret: undefined,
      tokenEndpointAuthMethod: 'private_key_jwt' as const,
      jwks: { keys: [jwk] },
    }
    const token = await idToken()
    simulator.addClient({ ...CLIENT, ...published, clientId: 'second', apiPlatform: { apiKey: 'second-key' } })
    const claims = { iss: 'second-key', sub: 'second-key' }
    const reply = await exchange({ subject_token: token, client_assertion: await assertion({ claims }) })
    expect(reply.status).toBe(200)
  })

  it('belongs to the sign-in whose token it takes', async () => {
    await exchange()
    const [sent] = simulator.requests.slice(-1)
    expect(sent?.path).toBe('/oauth2/token')
    expect(simulator.requests.filter(({ journey }) => journey === sent?.journey).length).toBeGreaterThan(2)
  })

  const wrong = (what: string) => `Invalid ${what} in client_assertion JWT`
  const missing = (what: string) => `Missing ${what} in client_assertion JWT`

  it.each([
    {
      header: { alg: 'RS256' },
      status: 400,
      text: `${wrong("'alg' header")} - unsupported JWT algorithm - must be 'RS512'`,
    },
    { claims: { exp: 1000 }, status: 400, text: `${wrong("'exp' claim")} - JWT has expired` },
    { header: { kid: undefined }, status: 400, text: missing("'kid' header") },
    { header: { kid: 'other' }, status: 401, text: `${wrong("'kid' header")} - no matching public key` },
    { header: { typ: 'jwt' }, status: 400, text: `${wrong("'typ' header")} - must be 'JWT'` },
    { claims: { exp: undefined }, status: 400, text: missing("'exp' claim") },
    { claims: { exp: 99999999999.5 }, status: 400, text: `${wrong("'exp' claim")} - must be an integer` },
    {
      claims: { iss: undefined },
      status: 400,
      text: "Missing or non-matching 'iss'/'sub' claims in client_assertion JWT",
    },
    {
      claims: { sub: 'other' },
      status: 400,
      text: "Missing or non-matching 'iss'/'sub' claims in client_assertion JWT",
    },
    { claims: { iss: 'other', sub: 'other' }, status: 401, text: wrong("'iss'/'sub' claims") },
    { claims: { jti: undefined }, status: 400, text: missing("'jti' claim") },
    { claims: { jti: 7 }, status: 400, text: `${wrong("'jti' claim")} - must be a unique string value such as a GUID` },
    {
      claims: { jti: '' },
      status: 400,
      text: `${wrong("'jti' claim")} - must be a unique string value such as a GUID`,
    },
    {
      claims: { aud: 'https://elsewhere.example' },
      status: 401,
      text: "Missing or invalid 'aud' claim in client_assertion JWT",
    },
    { claims: { aud: undefined }, status: 401, text: "Missing or invalid 'aud' claim in client_assertion JWT" },
  ])('refuses an assertion: $text', async ({ status, text, header, claims }) => {
    // `sign` reads `alg` from the header, so that an RS256 one needs a key of its kind.
    const signWith = header?.alg === 'RS256' ? (await generateKeyPair('RS256')).privateKey : key
    const spoiled = await assertion({ signWith, ...(header ? { header } : {}), ...(claims ? { claims } : {}) })
    const reply = await exchange({ client_assertion: spoiled })
    expect(reply).toEqual({
      status,
      body: { error: 'invalid_request', error_description: text, message_id: expect.any(String) as string },
    })
  })

  it('refuses an assertion without alg, one that a stranger signed, one used before, and one that lives too long', async () => {
    const [, payload = ''] = (await assertion()).split('.')
    const bare = `${Buffer.from('{"typ":"JWT"}').toString('base64url')}.${payload}.`
    expect((await exchange({ client_assertion: bare })).body.error_description).toBe(missing("'alg' header"))
    const stranger = await assertion({ signWith: (await generateKeyPair('RS512')).privateKey })
    expect(await exchange({ client_assertion: stranger })).toMatchObject({ status: 401 })
    const once = await assertion()
    expect((await exchange({ client_assertion: once })).status).toBe(200)
    expect((await exchange({ client_assertion: once })).body.error_description).toBe(
      "Non-unique 'jti' claim in client_assertion JWT",
    )
    const long = await assertion({ claims: { exp: seconds() + 311 } })
    expect((await exchange({ client_assertion: long })).body.error_description).toBe(
      `${wrong("'exp' claim")} - more than 5 minutes in future`,
    )
    const lenient = await assertion({ claims: { exp: seconds() + 310 } })
    expect((await exchange({ client_assertion: lenient })).status).toBe(200)
  })

  it('forgets the jti of an assertion that has expired', async () => {
    const jti = randomUUID()
    expect((await exchange({ client_assertion: await assertion({ claims: { jti } }) })).status).toBe(200)
    now += 301_000
    expect((await exchange({ client_assertion: await assertion({ claims: { jti } }) })).status).toBe(200)
  })

  it('says in the log what it may not tell', async () => {
    await exchange({ client_assertion: await assertion({ claims: { aud: `${simulator.url}/oauth2/token/` } }) })
    expect(lastRefusal(simulator)).toMatch(/^aud is ".*", not the platform's token endpoint: /)
    await exchange({ client_assertion: await assertion({ header: { kid: 'other' } }) })
    expect(lastRefusal(simulator)).toMatch(/^kid "other" is not in the client's key set/)
  })

  it.each([
    { fields: { grant_type: 'authorization_code' }, text: 'grant_type is invalid' },
    { fields: { client_assertion_type: undefined }, text: /^Missing or invalid client_assertion_type - must be / },
    { fields: { subject_token_type: 'x' }, text: /^missing or invalid subject_token_type - must be / },
    { fields: { subject_token: undefined }, text: 'Missing subject_token' },
    { fields: { subject_token: 'x' }, text: 'Malformed JWT in subject_token' },
    { fields: { client_assertion: undefined }, text: 'Missing client_assertion' },
    { fields: { client_assertion: 'x' }, text: 'Malformed JWT in client_assertion' },
  ])('refuses a request: $text', async ({ fields, text }) => {
    const { status, body } = await exchange(fields)
    expect(status).toBe(400)
    expect(body.error_description).toEqual(expect.stringMatching(text))
  })

  it.each([
    { fault: 'iss-mismatch', text: "Missing or non-matching 'iss' claim in subject_token JWT", status: 400 },
    { fault: 'aud-missing', text: "Missing 'aud' claim in subject_token JWT", status: 400 },
    { fault: 'exp-missing', text: "Missing 'exp' claim in subject_token JWT", status: 400 },
    { fault: 'id-token-expired', text: "Invalid 'exp' claim in subject_token JWT - JWT has expired", status: 400 },
    { fault: 'signature-forged', text: 'JWT signature verification failed', status: 401 },
  ] as const)('refuses an ID token with $fault', async ({ fault, text, status }) => {
    simulator.setFault(fault)
    expect(await exchange()).toMatchObject({ status, body: { error_description: text } })
  })

  it('refuses an ID token whose exp is no whole number', async () => {
    simulator.setFault('exp-far', 0.5)
    const { body } = await exchange()
    expect(body.error_description).toBe("Invalid 'exp' claim in subject_token JWT - must be an integer")
  })
})

describe('refreshing', () => {
  it('works once for each refresh token, counts, and names no issued type', async () => {
    const first = (await exchange()).body
    const second = await refresh(first.refresh_token)
    expect(second).toMatchObject({ status: 200, body: { refresh_count: '1', expires_in: '599' } })
    expect(second.body).not.toHaveProperty('issued_token_type')
    expect(await refresh(first.refresh_token)).toMatchObject({
      status: 401,
      body: { error: 'invalid_grant', error_description: 'refresh_token is invalid' },
    })
    expect((await refresh(second.body.refresh_token)).body.refresh_count).toBe('2')
  })

  it('is refused after an hour, to a stranger, and with a wrong secret', async () => {
    const { refresh_token: token } = (await exchange()).body
    expect((await refresh(token, { client_id: 'nobody' })).body.error).toBe('invalid_client')
    expect((await refresh(token, { client_secret: 'wrong' })).body.error).toBe('invalid_client')
    simulator.addClient({ ...CLIENT, clientId: 'no-secret', apiPlatform: { apiKey: 'no-secret' } })
    expect((await refresh(token, { client_id: 'no-secret', client_secret: '' })).body.error).toBe('invalid_client')
    now += 3_599_000
    expect((await refresh(token)).body.error).toBe('invalid_grant')
    expect((await post({ grant_type: 'refresh_token' })).body.error).toBe('invalid_client')
    expect((await post({ grant_type: 'refresh_token', client_id: API_KEY, client_secret: API_SECRET })).status).toBe(
      401,
    )
  })
})
