/** The token endpoint: client authentication to the letter, codes that work once, and the true reason in the log. */
import { createHash, randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { exportJWK, generateKeyPair, type JWK, SignJWT, type CryptoKey } from 'jose'

import { type Simulator, type SimulatorClient, startSimulator } from 'express-cis2/simulator'
import {
  askForTokens,
  claimsOf,
  CLIENT,
  CLIENT_ID,
  exchange,
  type Fields,
  lastRefusal,
  NURSE,
  REDIRECT_URI,
  SECRET,
  signInAs,
  type TokenReply,
} from './conversation.js'

const ISSUER = 'https://am.sim.example:443/openam/oauth2/realms/root/realms/NHSIdentity/realms/Healthcare'
const TOKEN_ENDPOINT = `${ISSUER}/access_token`
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const REFUSED = { error: 'invalid_client', error_description: 'JWT is not valid' }

let simulator: Simulator
let now: number
let key: CryptoKey
let jwk: JWK
let keyServer: Server
let published: { status: number; body: string }
let fetches: number

beforeAll(async () => {
  simulator = await startSimulator({ issuer: ISSUER, clients: [CLIENT], clock: () => now })
  const pair = await generateKeyPair('RS512', { extractable: true })
  key = pair.privateKey
  jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k/1+=', use: 'sig' }
  keyServer = createServer((_req, res) => {
    fetches += 1
    res.writeHead(published.status).end(published.body)
  })
  await new Promise<void>((resolve) => keyServer.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  keyServer.close()
  await simulator.stop()
})
beforeEach(() => {
  now = Date.now()
  fetches = 0
  published = { status: 200, body: JSON.stringify({ keys: [jwk] }) }
  simulator.addClient(CLIENT)
})

const seconds = () => Math.floor(now / 1000)
const keysAt = () => `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}/${randomUUID()}`

/** Registers the client with keys, and hands it a code. */
async function withKeys(more: Partial<SimulatorClient> = { jwks: { keys: [jwk] } }): Promise<string> {
  simulator.addClient({ ...CLIENT, clientSecret: undefined, tokenEndpointAuthMethod: 'private_key_jwt', ...more })
  return (await signInAs(simulator)).code ?? ''
}

interface Assertion {
  readonly claims?: Record<string, unknown>
  readonly header?: Record<string, unknown>
  readonly signWith?: CryptoKey | Uint8Array
}

function assertion({ claims = {}, header = {}, signWith = key }: Assertion = {}): Promise<string> {
  const usual = { iss: CLIENT_ID, sub: CLIENT_ID, aud: TOKEN_ENDPOINT, jti: randomUUID(), exp: seconds() + 300 }
  return new SignJWT({ ...usual, ...claims })
    .setProtectedHeader({ alg: 'RS512', kid: 'k/1+=', ...header })
    .sign(signWith)
}

async function prove(code: string, proof: string, fields: Fields = {}): Promise<TokenReply> {
  const assertionFields = { client_assertion_type: ASSERTION_TYPE, client_assertion: proof }
  return askForTokens(simulator, { code, client_id: CLIENT_ID, ...assertionFields, ...fields })
}

describe('private_key_jwt', () => {
  it('is taken with the exact audience, five minutes of life and a kid of any characters', async () => {
    const { status, body } = await prove(await withKeys(), await assertion())
    expect(status).toBe(200)
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3599, scope: 'openid' })
    expect(Object.keys(body)).not.toContain('refresh_token')
  })

  it.each([
    { claims: { aud: TOKEN_ENDPOINT.replace(':443', '') }, refusal: /^aud lost its :443/ },
    { claims: { aud: ISSUER }, refusal: /^aud is the issuer; CIS2 wants the token endpoint/ },
    { claims: { aud: [TOKEN_ENDPOINT] }, refusal: /^aud is a list/ },
    { claims: { aud: undefined }, refusal: 'aud is missing' },
    { claims: { aud: 'https://elsewhere.example' }, refusal: /^aud is "https:\/\/elsewhere.example", not/ },
    { claims: { iss: 'another' }, refusal: 'iss is not the client_id' },
    { claims: { sub: 'another' }, refusal: 'sub is not the client_id' },
    { claims: { exp: undefined }, refusal: 'exp is missing' },
    { claims: { jti: undefined }, refusal: 'jti is missing' },
    { claims: { jti: '' }, refusal: 'jti is missing' },
    { header: { kid: 'another' }, refusal: /^kid "another" is not in the client's key set; there: k\/1\+=/ },
    { header: { kid: undefined }, refusal: 'the client assertion has no kid' },
  ])('is refused: $refusal', async ({ refusal, ...spoiled }) => {
    const reply = await prove(await withKeys(), await assertion(spoiled))
    expect({ status: reply.status, body: reply.body }).toEqual({ status: 401, body: REFUSED })
    expect(reply.headers.get('cache-control')).toBe('no-store')
    expect(lastRefusal(simulator)).toMatch(refusal)
  })

  it('is refused one second beyond five minutes, before nbf, and when it has expired', async () => {
    const code = await withKeys()
    await prove(code, await assertion({ claims: { exp: seconds() + 301 } }))
    expect(lastRefusal(simulator)).toBe('exp is 301 seconds ahead, more than 5 minutes')
    await prove(code, await assertion({ claims: { nbf: seconds() + 5 } }))
    expect(lastRefusal(simulator)).toBe('nbf is 5 seconds ahead')
    const { body } = await prove(code, await assertion({ claims: { exp: seconds() } }))
    expect(body).toEqual({ error: 'invalid_client', error_description: 'JWT has expired' })
    expect((await prove(code, await assertion({ claims: { nbf: seconds() } }))).status).toBe(200)
  })

  it('is taken once, and again only when it could not be told from a new one', async () => {
    const code = await withKeys()
    const proof = await assertion({ claims: { jti: 'once' } })
    await prove('no-code', proof)
    expect((await prove(code, proof)).body).toEqual(REFUSED)
    expect(lastRefusal(simulator)).toBe('jti was used before')
    now += 301_000
    const { status } = await prove((await signInAs(simulator)).code ?? '', await assertion({ claims: { jti: 'once' } }))
    expect(status).toBe(200)
  })

  it('is refused when a stranger signed it, when the key does not fit, and when it is no token', async () => {
    const code = await withKeys()
    const stranger = (await generateKeyPair('RS512')).privateKey
    expect((await prove(code, await assertion({ signWith: stranger }))).body).toEqual(REFUSED)
    expect(lastRefusal(simulator)).toMatch(/^the signature of the client assertion does not fit/)
    const elliptic = (await generateKeyPair('ES256')).privateKey
    await prove(code, await assertion({ header: { alg: 'ES256' }, signWith: elliptic }))
    expect(lastRefusal(simulator)).toMatch(/^the (key "k\/1\+=" does not fit ES256|signature)/)
    await prove(code, 'no.token')
    expect(lastRefusal(simulator)).toBe('client_assertion is not a JWT')
    await prove(code, await assertion(), { client_assertion_type: undefined })
    expect(lastRefusal(simulator)).toBe('client_assertion_type is wrong or missing')
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await assertion()).split('.')[1] ?? ''}.`
    await prove(code, unsigned)
    expect(lastRefusal(simulator)).toBe('alg "none" is not allowed')
  })

  it('finds the client by sub when client_id is not sent, and refuses one that nobody registered', async () => {
    const code = await withKeys()
    expect((await prove(code, await assertion(), { client_id: undefined })).status).toBe(200)
    await prove(code, await assertion(), { client_id: 'nobody' })
    expect(lastRefusal(simulator)).toBe('no client "nobody" is registered')
    await prove(code, await assertion({ claims: { sub: undefined } }), { client_id: undefined })
    expect(lastRefusal(simulator)).toBe('no client_id and no sub')
  })
})

describe("the client's key set", () => {
  it('is fetched, kept for an hour, and fetched again for a kid that is not in it', async () => {
    const code = await withKeys({ jwksUri: keysAt() })
    await prove(code, await assertion())
    await prove(code, await assertion())
    expect(fetches).toBe(1)
    await prove(code, await assertion({ header: { kid: 'new' } }))
    expect(fetches).toBe(2)
    now += 3_600_001
    await prove(code, await assertion())
    expect(fetches).toBe(3)
  })

  it.each([
    { status: 404, body: '', refusal: /answered 404$/ },
    { status: 200, body: '{"kids":[]}', refusal: /has no "keys"$/ },
    { status: 200, body: 'null', refusal: /has no "keys"$/ },
    { status: 200, body: '<html>', refusal: /could not be fetched: / },
    { status: 200, body: '{"keys":[]}', refusal: /is not in the client's key set; there: nothing$/ },
    { status: 200, body: '{"keys":[{"kty":"RSA"}]}', refusal: /there: \(no kid\)$/ },
    { status: 302, body: '', refusal: /could not be fetched: / },
  ])('is no help when it is $status $body', async ({ refusal, ...answer }) => {
    published = answer
    const { body } = await prove(await withKeys({ jwksUri: keysAt() }), await assertion())
    expect(body).toEqual(REFUSED)
    expect(lastRefusal(simulator)).toMatch(refusal)
  })

  it('is not searched for keys that are for encryption', async () => {
    published = { status: 200, body: JSON.stringify({ keys: [{ ...jwk, use: 'enc' }] }) }
    await prove(await withKeys({ jwksUri: keysAt() }), await assertion())
    expect(lastRefusal(simulator)).toMatch(/is not in the client's key set/)
  })

  it('is said to be out of reach when nobody listens there', async () => {
    await prove(await withKeys({ jwksUri: 'http://127.0.0.1:9/keys' }), await assertion())
    expect(lastRefusal(simulator)).toMatch(/^the client's key set at http:\/\/127.0.0.1:9\/keys could not be fetched: /)
  })
})

describe('client secrets', () => {
  it('are taken in the form', async () => {
    const { code } = await signInAs(simulator)
    expect((await exchange(simulator, code)).status).toBe(200)
  })

  it.each([
    { fields: { client_secret: 'wrong' }, refusal: 'client_secret is wrong' },
    { fields: { client_secret: `${SECRET}x` }, refusal: 'client_secret is wrong' },
    { fields: { client_secret: undefined }, refusal: 'no client authentication was sent' },
    { fields: { client_id: undefined }, refusal: 'client_id is missing' },
    { fields: { client_id: 'nobody' }, refusal: 'no client "nobody" is registered' },
  ])('are refused: $refusal', async ({ fields, refusal }) => {
    const { code } = await signInAs(simulator)
    const { status, body } = await exchange(simulator, code, fields)
    expect({ status, body }).toEqual({
      status: 401,
      body: { error: 'invalid_client', error_description: 'Client authentication failed' },
    })
    expect(lastRefusal(simulator)).toBe(refusal)
  })

  const basic = (text: string) => ({ Authorization: `Basic ${Buffer.from(text).toString('base64')}` })
  const encoded = (text: string) => new URLSearchParams({ v: text }).toString().slice(2)

  it('are taken by Basic, form-encoded, from a client that is registered so', async () => {
    simulator.addClient({ ...CLIENT, tokenEndpointAuthMethod: 'client_secret_basic' })
    const { code } = await signInAs(simulator)
    const reply = await askForTokens(simulator, { code }, basic(`${CLIENT_ID}:${encoded(SECRET)}`))
    expect(reply.status).toBe(200)
  })

  it.each([
    { authorization: basic(`${CLIENT_ID}:wrong`), refusal: 'client_secret is wrong' },
    { authorization: basic(CLIENT_ID), refusal: 'no client authentication was sent' },
    { authorization: { Authorization: 'Bearer x' }, refusal: 'no client "" is registered' },
  ])('by Basic are refused with a challenge: $refusal', async ({ authorization, refusal }) => {
    simulator.addClient({ ...CLIENT, tokenEndpointAuthMethod: 'client_secret_basic' })
    const { code } = await signInAs(simulator)
    const reply = await askForTokens(simulator, { code }, authorization)
    expect(reply.status).toBe(401)
    expect(reply.headers.get('www-authenticate')).toBe('Basic realm="/NHSIdentity/Healthcare"')
    expect(lastRefusal(simulator)).toBe(refusal)
  })

  it('sign an assertion with client_secret_jwt', async () => {
    simulator.addClient({ ...CLIENT, tokenEndpointAuthMethod: 'client_secret_jwt' })
    const { code = '' } = await signInAs(simulator)
    const [wrong, right] = ['another secret, as long as it must be', SECRET].map((secret) => Buffer.from(secret))
    const make = (secret?: Uint8Array) =>
      assertion({ header: { alg: 'HS256', kid: undefined }, signWith: secret ?? key })
    expect((await prove(code, await make(wrong))).body).toEqual(REFUSED)
    expect((await prove(code, await make(right))).status).toBe(200)
  })

  it('do not help a client that is registered for another method', async () => {
    const wrongMethod = 'Invalid authentication method for accessing this endpoint.'
    const { body } = await exchange(simulator, await withKeys())
    expect(body.error_description).toBe(wrongMethod)
    expect(lastRefusal(simulator)).toBe('the client is registered for private_key_jwt and used client_secret_post')
    simulator.addClient(CLIENT)
    expect((await prove('', await assertion())).body.error_description).toBe(wrongMethod)
  })

  it('are refused beside another proof', async () => {
    const reply = await exchange(simulator, 'x', { client_assertion: 'x.y.z' })
    expect(reply).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
    expect(lastRefusal(simulator)).toBe('two ways of client authentication in one request')
  })
})

describe('a code', () => {
  const INVALID_GRANT = {
    error: 'invalid_grant',
    error_description: 'The provided access grant is invalid, expired, or revoked.',
  }

  it('works once; used again it takes the access token with it', async () => {
    const { code } = await signInAs(simulator)
    const { body } = await exchange(simulator, code)
    const ask = () =>
      simulator.fetch(`${ISSUER}/userinfo`, { headers: { Authorization: `Bearer ${String(body.access_token)}` } })
    expect((await ask()).status).toBe(200)
    expect(await exchange(simulator, code)).toMatchObject({ status: 400, body: INVALID_GRANT })
    expect(lastRefusal(simulator)).toBe('the code was used before; the tokens it gave are revoked')
    expect((await ask()).status).toBe(401)
  })

  it('lives for two minutes, and is forgotten an hour later', async () => {
    const { code } = await signInAs(simulator)
    now += 120_000
    await exchange(simulator, code)
    expect(lastRefusal(simulator)).toBe('the code is older than 120 seconds')
    now += 3_600_001
    await signInAs(simulator)
    await exchange(simulator, code)
    expect(lastRefusal(simulator)).toMatch(/^the code is not known/)
  })

  it('is for one client and one redirect URI', async () => {
    simulator.addClient({ ...CLIENT, clientId: 'another' })
    const { code } = await signInAs(simulator)
    expect((await exchange(simulator, code, { client_id: 'another' })).body).toEqual(INVALID_GRANT)
    expect(lastRefusal(simulator)).toBe('the code was given to another client')
    await exchange(simulator, code, { redirect_uri: `${REDIRECT_URI}/` })
    expect(lastRefusal(simulator)).toMatch(/is not the one of the authorization request$/)
    await exchange(simulator, code, { redirect_uri: undefined })
    expect(lastRefusal(simulator)).toMatch(/^redirect_uri "" is not the one/)
    expect((await exchange(simulator, code)).status).toBe(200)
  })

  it.each([
    { method: 'S256', challenge: createHash('sha256').update('a-verifier').digest('base64url') },
    { method: 'plain', challenge: 'a-verifier' },
    { method: undefined, challenge: 'a-verifier' },
  ])('with a $method challenge needs its verifier', async ({ method, challenge }) => {
    const { code } = await signInAs(simulator, NURSE, { code_challenge: challenge, code_challenge_method: method })
    await exchange(simulator, code)
    expect(lastRefusal(simulator)).toMatch(/^code_verifier is missing/)
    await exchange(simulator, code, { code_verifier: 'another-verifier' })
    expect(lastRefusal(simulator)).toBe('code_verifier does not fit the code_challenge')
    expect((await exchange(simulator, code, { code_verifier: 'a-verifier' })).status).toBe(200)
  })
})

describe('the request itself', () => {
  it.each([
    { fields: { grant_type: 'client_credentials' }, error: 'unsupported_grant_type' },
    { fields: { grant_type: undefined }, error: 'invalid_request' },
    { fields: { code: undefined }, error: 'invalid_request' },
  ])('is refused with $error for $fields', async ({ fields, error }) => {
    expect(await exchange(simulator, 'x', fields)).toMatchObject({ status: 400, body: { error } })
  })

  it('must be a posted form without doubled parameters', async () => {
    const get = await simulator.fetch(TOKEN_ENDPOINT)
    expect({ status: get.status, body: await get.json() }).toMatchObject({
      status: 405,
      body: { error: 'method_not_allowed', error_description: 'Required Method: POST found: GET' },
    })
    const json = await simulator.fetch(TOKEN_ENDPOINT, { method: 'POST', body: '{}' })
    expect(await json.json()).toMatchObject({ error_description: 'Invalid Content Type' })
    const body = new URLSearchParams([
      ['code', 'a'],
      ['code', 'b'],
    ])
    const doubled = await simulator.fetch(TOKEN_ENDPOINT, { method: 'POST', body })
    expect(await doubled.json()).toMatchObject({ error: 'invalid_request' })
  })

  it('is refused without a stack trace when it is too long', async () => {
    const body = new URLSearchParams({ code: 'x'.repeat(300_000) })
    const reply = await simulator.fetch(TOKEN_ENDPOINT, { method: 'POST', body })
    expect(reply.status).toBe(413)
    expect(await reply.json()).toEqual({ error: 'server_error', error_description: 'request entity too large' })
  })
})

describe('the ID token', () => {
  it('repeats the nonce, as the token response does, and has neither when none was sent', async () => {
    const { code } = await signInAs(simulator, NURSE, { nonce: 'a-nonce' })
    const { body } = await exchange(simulator, code)
    expect([body.nonce, claimsOf(body.id_token).nonce]).toEqual(['a-nonce', 'a-nonce'])
    const without = await exchange(simulator, (await signInAs(simulator)).code)
    expect(without.body).not.toHaveProperty('nonce')
    expect(claimsOf(without.body.id_token)).not.toHaveProperty('nonce')
  })
})
