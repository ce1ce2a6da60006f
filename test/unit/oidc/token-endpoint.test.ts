import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { gzipSync } from 'node:zlib'

import { startFakeOp, type Answer, type FakeOp, type Json } from './fake-op.js'
import { parsedKey, providerFor, signIn, type TestProvider } from './support.js'

let op: FakeOp
let provider: TestProvider

beforeAll(async () => {
  op = await startFakeOp()
})

afterAll(() => op.stop())

beforeEach(async () => {
  op.reset()
  provider = providerFor(op)
  await provider.ready()
})

afterEach(() => {
  provider.close()
})

const UNAVAILABLE = { code: 'CIS2_PROVIDER_UNAVAILABLE', status: 503 }

describe('the token request', () => {
  it('LG20 CB-16 CB-22 repeats redirect_uri byte for byte and sends the verifier and the code once', async () => {
    const redirectUri = 'https://clinic.example.nhs.uk:443/CALL%62ack'
    await signIn(provider, op, { expected: { redirectUri }, request: { codeVerifier: 'v'.repeat(43) } })
    const requests = op.seen.filter(({ path }) => path.endsWith('/access_token'))
    expect(requests).toHaveLength(1)
    expect(Object.fromEntries(requests[0]?.form ?? [])).toEqual({
      grant_type: 'authorization_code',
      code: 'canary-code',
      redirect_uri: redirectUri,
      code_verifier: 'v'.repeat(43),
      client_id: op.clientId,
      client_secret: 'canary-secret',
    })
  })

  it('has no verifier when PKCE is switched off', async () => {
    await signIn(provider, op, { request: { codeVerifier: undefined } })
    expect(op.seen.find(({ path }) => path.endsWith('/access_token'))?.form.has('code_verifier')).toBe(false)
  })
})

describe('an answer of the token endpoint', () => {
  it.each<Json>([
    { token_type: 'BEARER' },
    { token_type: 'bearer' },
    { expires_in: '3600' },
    { expires_in: 0 },
    { expires_in: 3599.5 },
    { expires_in: undefined },
    { scope: undefined },
    { refresh_token: 'ignored' },
    { refresh_token: {} },
    { scope: null },
    { scope: ['openid'] },
    { error: null },
  ])('HOP-37 HOP-38 OIDF-70 OIDF-79 is accepted with %j', async (members) => {
    op.answers.token = (usual) => ({ body: { ...usual, ...members } })
    await expect(signIn(provider, op)).resolves.toMatchObject({ tokens: { accessToken: op.accessToken } })
  })

  it.each([-1, 'abc', '', 1e20, null, true, {}, [3600]])(
    'FIELD-30 is accepted with expires_in %j, and says that the time is not known',
    async (expires_in) => {
      op.answers.token = (usual) => ({ body: { ...usual, expires_in } })
      await expect(signIn(provider, op)).resolves.toMatchObject({ tokens: { accessTokenExpiresAt: undefined } })
    },
  )

  it('says when the access token expires, by our clock, or that CIS2 did not say', async () => {
    const frozen = providerFor(op, { clock: () => 1_790_000_000_500 })
    op.now = () => 1_790_000_000_000
    await expect(signIn(frozen, op)).resolves.toMatchObject({ tokens: { accessTokenExpiresAt: 1_790_003_599 } })
    op.answers.token = (usual) => ({ body: { ...usual, expires_in: undefined } })
    await expect(signIn(frozen, op)).resolves.toMatchObject({ tokens: { accessTokenExpiresAt: undefined } })
    frozen.close()
  })

  it.each<[string, (usual: Json) => Answer]>([
    ['without id_token', (usual) => ({ body: { ...usual, id_token: undefined } })],
    ['with id_token null', (usual) => ({ body: { ...usual, id_token: null } })],
    ['with an empty id_token', (usual) => ({ body: { ...usual, id_token: '' } })],
    ['with an id_token of 70 KB', (usual) => ({ body: { ...usual, id_token: 'x'.repeat(70_000) } })],
    ['with token_type mac', (usual) => ({ body: { ...usual, token_type: 'mac' } })],
    ['with token_type DPoP', (usual) => ({ body: { ...usual, token_type: 'DPoP' } })],
    ['without token_type', (usual) => ({ body: { ...usual, token_type: undefined } })],
    ['with a token_type object', (usual) => ({ body: { ...usual, token_type: {} } })],
    ['with an empty access_token', (usual) => ({ body: { ...usual, access_token: '' } })],
    ['with CRLF in access_token', (usual) => ({ body: { ...usual, access_token: 'a\r\nX-Evil: 1' } })],
    ['with an access_token object', (usual) => ({ body: { ...usual, access_token: {} } })],
    ['with an error member', (usual) => ({ body: { ...usual, error: 'server_error' } })],
    ['with an odd error member', (usual) => ({ body: { ...usual, error: 5 } })],
    ['as HTML', (usual) => ({ body: JSON.stringify(usual), headers: { 'content-type': 'text/html' } })],
    ['empty', () => ({ body: '' })],
    ['as an array', () => ({ body: '[]' })],
    ['cut off', (usual) => ({ body: JSON.stringify(usual).slice(0, -5) })],
    ['with status 201', (usual) => ({ status: 201, body: usual })],
    ['with status 204', () => ({ status: 204 })],
    ['with status 400 and HTML', () => ({ status: 400, body: '<p>', headers: { 'content-type': 'text/html' } })],
    ['with status 400 and JSON', () => ({ status: 400, body: { error: 'unsupported_grant_type' } })],
    ['with status 400 and an odd error', () => ({ status: 400, body: { error: 'canary <script>' } })],
    ['with status 405', () => ({ status: 405, body: { error: 'method_not_allowed' } })],
    ['larger than 512 KB', () => ({ body: 'x'.repeat(513 * 1024) })],
    [
      'larger than 512 KB once unpacked',
      () => ({ body: gzipSync('x'.repeat(5_000_000)), headers: { 'content-encoding': 'gzip' } }),
    ],
  ])('HOP-24 HOP-37 HOP-38 HOP-39 NET-16 LG11 is refused %s', async (_name, answer) => {
    op.answers.token = answer
    const error: unknown = await signIn(provider, op).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'CIS2_SIGN_IN_REFUSED', reason: 'token-response', status: 400 })
    expect(inspect(error, { depth: 9 })).not.toMatch(/canary|eyJ|X-Evil/)
    expect(op.count('token')).toBe(1)
    expect(op.count('userInfo')).toBe(0)
  })

  it('says what usually is behind invalid_grant', async () => {
    op.answers.token = () => ({ status: 400, body: { error: 'invalid_grant', error_description: 'canary' } })
    await expect(signIn(provider, op)).rejects.toThrow(/invalid_grant \(the code was used before/)
  })

  it.each([301, 302, 303, 307, 308])(
    'HOP-40 is refused as a redirect with status %i, and not followed',
    async (status) => {
      const reached: string[] = []
      const attacker = createServer((request, response) => {
        reached.push(request.url ?? '')
        response.end()
      })
      await new Promise<void>((resolve) => attacker.listen(0, '127.0.0.1', resolve))
      const location = `http://127.0.0.1:${String((attacker.address() as AddressInfo).port)}/`
      op.answers.token = () => ({ status, headers: { location } })
      await expect(signIn(provider, op)).rejects.toMatchObject({ reason: 'token-response' })
      expect(reached).toEqual([])
      attacker.close()
    },
  )

  it.each([
    [500, {}, undefined],
    [503, { 'retry-after': '7' }, 7],
    [503, { 'retry-after': '100000' }, 120],
    [503, { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' }, undefined],
    [429, { 'retry-after': '30' }, 30],
  ] as const)('NET-22 makes CIS2 unavailable with status %i and %j', async (status, headers, retryAfterSeconds) => {
    op.answers.token = () => ({ status, headers, body: '<p>' })
    await expect(signIn(provider, op)).rejects.toMatchObject({ ...UNAVAILABLE, retryAfterSeconds })
    expect(op.count('token')).toBe(1)
  })

  it('NET-22 makes CIS2 unavailable when the connection breaks, and the code is not sent again', async () => {
    op.answers.token = () => ({ raw: (response) => response.destroy() })
    await expect(signIn(provider, op)).rejects.toMatchObject(UNAVAILABLE)
    expect(op.count('token')).toBe(1)
  })

  it.each<[string, Answer['raw']]>([
    ['silence', () => undefined],
    [
      'headers and then silence',
      (response) => response.writeHead(200, { 'content-type': 'application/json' }).write('{'),
    ],
  ])('NET-15 LG12 makes CIS2 unavailable after timeoutSeconds of %s', async (_name, raw) => {
    const hasty = providerFor(op, { timeoutSeconds: 1 })
    await hasty.ready()
    op.answers.token = () => ({ ...(raw === undefined ? {} : { raw }) })
    const before = performance.now()
    await expect(signIn(hasty, op)).rejects.toMatchObject(UNAVAILABLE)
    expect(performance.now() - before).toBeLessThan(10_000)
    hasty.close()
  })

  it('openid-client has the last word, in an error that says nothing', async () => {
    // It takes the time from our clock before it asks, we after the answer: here that clock is set back meanwhile.
    let ahead = 2 * 3600 * 1000
    const clocked = providerFor(op, { clock: () => Date.now() + ahead })
    await clocked.ready()
    op.answers.token = (usual) => {
      ahead = 0
      return { body: { ...usual, scope: ['canary'] } }
    }
    const error: unknown = await signIn(clocked, op).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ reason: 'token-response' })
    expect((error as Error).cause).toMatchObject({ message: expect.stringMatching(/^\w+ \(OAUTH_\w+\)$/) as string })
    expect(inspect(error, { depth: 9 })).not.toMatch(/canary|eyJ/)
    clocked.close()
  })

  it('openid-client refuses a request that it cannot make', async () => {
    await expect(signIn(provider, op, { expected: { redirectUri: 'https:' } })).rejects.toMatchObject({
      reason: 'token-response',
    })
    expect(op.count('token')).toBe(0)
  })
})

describe('invalid_client', () => {
  const refusal: Answer = { status: 401, body: { error_description: 'JWT is not valid', error: 'invalid_client' } }

  it('CA-5 names the likely causes, with header and claims of the assertion but not the assertion', async () => {
    const signing = providerFor(op, {
      clientAuthentication: { method: 'private_key_jwt', keys: [parsedKey('kid/of+ours=')] },
    })
    op.answers.token = () => refusal
    const error: unknown = await signIn(signing, op).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ reason: 'client-authentication', status: 400 })
    const { message } = error as Error
    expect(message).toContain('":443" was lost')
    expect(message).toContain('kid "kid/of+ours=" is not among the published keys')
    expect(message).toContain('cannot reach the JWKS address')
    expect(message).toContain('another environment')
    expect(message).toContain('another method than private_key_jwt')
    expect(message).toContain('{"alg":"RS512","typ":"JWT","kid":"kid/of+ours="}')
    expect(message).toContain(`"aud":"${op.origin}/realm/access_token"`)
    const sent = op.seen.find(({ path }) => path.endsWith('/access_token'))?.form.get('client_assertion') ?? ''
    expect(inspect(error, { depth: 9 })).not.toContain(sent.split('.')[2])
    expect(op.count('token')).toBe(1)
    signing.close()
  })

  it('CA-5 CA-7 names the secret as a cause without naming the secret', async () => {
    op.answers.token = () => refusal
    const error: unknown = await signIn(provider, op).catch((caught: unknown) => caught)
    expect(inspect(error, { depth: 9 })).toMatch(/the secret is wrong/)
    expect(inspect(error, { depth: 9 })).not.toMatch(/canary|:443(?!\d)/)
  })

  it('is recognised in a 401 without JSON', async () => {
    op.answers.token = () => ({ status: 401, body: '<p>', headers: { 'content-type': 'text/html' } })
    await expect(signIn(provider, op)).rejects.toMatchObject({ reason: 'client-authentication' })
  })

  it('CA-8 carries a hint when the clocks disagree', async () => {
    const date = new Date(Date.now() - 300_000).toUTCString()
    op.answers.token = () => ({ ...refusal, headers: { date } })
    await expect(signIn(provider, op)).rejects.toThrow(/Clock skew suspected/)
  })
})
