import { createSecretKey } from 'node:crypto'
import { inspect } from 'node:util'
import { gzipSync } from 'node:zlib'

import { checkUserInfo, fetchUserInfo } from '../../../src/oidc/user-info.js'
import { rejectionOf } from '../../support/thrown-by.js'
import { base64url, rsaKey, signJws, startFakeOp, type Answer, type FakeOp, type Json } from './fake-op.js'
import { providerFor, signIn, type TestProvider } from './support.js'

let op: FakeOp
let provider: TestProvider
let strict: TestProvider

beforeAll(async () => {
  op = await startFakeOp()
  provider = providerFor(op)
  strict = providerFor(op, { userInfo: 'signed' })
  await Promise.all([provider.ready(), strict.ready()])
})

afterAll(async () => {
  provider.close()
  strict.close()
  await op.stop()
})

beforeEach(() => {
  op.reset()
})

function signed(claims: Json, header: Json = {}): Answer {
  const [key] = op.keys
  if (key === undefined) throw new Error('the fake has no key')
  const text = signJws({ typ: 'JWT', alg: 'RS256', kid: key.kid, ...header }, claims, key.privateKey)
  return { body: text, headers: { 'content-type': 'application/jwt' } }
}

describe('UserInfo as JSON', () => {
  it('OIDF-31 is asked for with the token in the header, and nowhere else', async () => {
    await signIn(provider, op)
    const request = op.seen.find(({ path }) => path.endsWith('/userinfo'))
    expect(request).toMatchObject({ method: 'GET', path: '/realm/userinfo' })
    expect(request?.headers.authorization).toBe(`Bearer ${op.accessToken}`)
  })

  it.each([undefined, null, '', 555012345678, '555012345679', '555012345678 ', ['555012345678'], { sub: 1 }])(
    'HOP-33 OIDF-11 is refused when its sub is %j',
    async (sub) => {
      op.userInfo = { ...op.userInfo, sub }
      await expect(signIn(provider, op)).rejects.toMatchObject({ reason: 'userinfo-subject', status: 400 })
    },
  )

  it('HOP-33 is refused when its sub differs in case', async () => {
    op.sub = 'AbC'
    op.userInfo = { sub: 'aBc' }
    await expect(signIn(provider, op)).rejects.toMatchObject({ reason: 'userinfo-subject' })
    op.sub = '555012345678'
  })

  it.each<[string, Answer]>([
    ['an array', { body: '[]' }],
    ['a text', { body: '"x"' }],
    ['null', { body: 'null' }],
    ['empty, with 204', { status: 204 }],
    ['HTML', { body: '<p>canary', headers: { 'content-type': 'text/html' } }],
    ['without a type', { body: '{}', headers: { 'content-type': '' } }],
    ['a redirect', { status: 302, headers: { location: 'http://127.0.0.1:1/canary' } }],
    ['401', { status: 401, body: { error: 'invalid_token' } }],
    ['403', { status: 403, body: {} }],
    ['404', { status: 404, body: {} }],
    ['cut off', { body: '{"sub":"5550123' }],
    ['10,000 deep', { body: `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}` }],
    ['30,000 members wide', { body: `{${Array.from({ length: 30_000 }, (_, i) => `"${i}":1`).join()},"sub":"x"}` }],
    ['text of another encoding', { body: Buffer.from('{"sub":"\xff"}', 'latin1') }],
  ])('HOP-34 CLM-11 is refused when it is %s', async (_name, answer) => {
    op.answers.userInfo = () => answer
    const error = await rejectionOf(signIn(provider, op))
    expect(error).toMatchObject({ code: 'CIS2_SIGN_IN_REFUSED', reason: 'userinfo', status: 400 })
    expect(inspect(error, { depth: 9 })).not.toMatch(/canary|eyJ/)
    expect(op.count('userInfo')).toBe(1)
  })

  it.each<[string, Answer]>([
    ['as it is', { body: `{"sub":"${'x'.repeat(2049 * 1024)}"}` }],
    [
      'once unpacked',
      { body: gzipSync(`{"sub":"${'x'.repeat(5_000_000)}"}`), headers: { 'content-encoding': 'gzip' } },
    ],
  ])('HOP-34 CLM-3 NET-16 LG11 is refused when it is larger than 2 MB %s', async (_name, answer) => {
    op.answers.userInfo = () => answer
    await expect(signIn(provider, op)).rejects.toMatchObject({ reason: 'too-large' })
  })

  it('CLM-3 is refused when the person in it is larger than 64 KB, and accepted below', async () => {
    op.userInfo = { sub: op.sub, name: 'n'.repeat(65_000) }
    await expect(signIn(provider, op)).resolves.toMatchObject({ user: { name: 'n'.repeat(65_000) } })
    op.userInfo = { sub: op.sub, name: 'n'.repeat(65_536) }
    await expect(signIn(provider, op)).rejects.toMatchObject({ reason: 'too-large' })
  })

  it.each<[string, Answer]>([
    ['429', { status: 429, headers: { 'retry-after': '9' } }],
    ['500', { status: 500 }],
    ['503', { status: 503 }],
    ['a broken connection', { raw: (response) => response.destroy() }],
  ])('HOP-34 CB-21 makes CIS2 unavailable when the answer is %s', async (_name, answer) => {
    op.answers.userInfo = () => answer
    await expect(signIn(provider, op)).rejects.toMatchObject({ code: 'CIS2_PROVIDER_UNAVAILABLE', status: 503 })
  })

  it('CB-21 NET-15 makes CIS2 unavailable after timeoutSeconds of silence', async () => {
    const hasty = providerFor(op, { timeoutSeconds: 1 })
    op.answers.userInfo = () => ({ raw: () => undefined })
    await expect(signIn(hasty, op)).rejects.toMatchObject({ code: 'CIS2_PROVIDER_UNAVAILABLE' })
    hasty.close()
  })

  it('OIDF-36 CLM-7 never fetches a source that claims name', async () => {
    op.userInfo = {
      ...op.userInfo,
      _claim_names: { email: 'src' },
      _claim_sources: { src: { endpoint: `${op.origin}/canary-source`, access_token: 'x' } },
    }
    const { user } = await signIn(provider, op)
    expect(op.seen.map(({ path }) => path)).not.toContain('/canary-source')
    expect(JSON.stringify(user)).not.toContain('canary')
  })

  it('CLM-10 drops five hundred claims that nobody knows', async () => {
    const extra = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`canary-${index}`, 'x']))
    op.userInfo = { ...extra, ...op.userInfo }
    const { user } = await signIn(provider, op)
    expect(JSON.stringify(user)).not.toContain('canary')
  })

  it('HOP-35 is refused where signed UserInfo is configured', async () => {
    await expect(signIn(strict, op)).rejects.toMatchObject({ reason: 'userinfo' })
  })
})

describe('UserInfo as a signed token', () => {
  it.each([
    ['by default', () => provider],
    ['where it is configured', () => strict],
  ])('OIDF-34 is accepted %s, without aud and without iss as CIS2 sends it', async (_name, which) => {
    op.answers.userInfo = (usual) => signed({ ...usual, name: 'Okafor Ngozi Ms' })
    await expect(signIn(which(), op)).resolves.toMatchObject({ user: { name: 'Okafor Ngozi Ms' } })
  })

  it.each<[string, () => Json]>([
    ['aud names us', () => ({ aud: op.clientId })],
    ['aud names us and others', () => ({ aud: [op.clientId, 'other'] })],
    ['iss is the issuer', () => ({ iss: op.issuer })],
    ['it expires later', () => ({ exp: Math.floor(Date.now() / 1000) + 60 })],
  ])('OIDF-34 is accepted when %s', async (_name, members) => {
    op.answers.userInfo = (usual) => signed({ ...usual, ...members() })
    await expect(signIn(strict, op)).resolves.toMatchObject({ user: { sub: op.sub } })
  })

  it.each<[string, (usual: Json) => Answer]>([
    ['aud is another client', (usual) => signed({ ...usual, aud: 'other' })],
    ['aud is null', (usual) => signed({ ...usual, aud: null })],
    ['aud is a list of numbers', (usual) => signed({ ...usual, aud: [5] })],
    ['iss is another', (usual) => signed({ ...usual, iss: 'https://other.example' })],
    ['it has expired', (usual) => signed({ ...usual, exp: Math.floor(Date.now() / 1000) - 31 })],
    ['exp is text', (usual) => signed({ ...usual, exp: '9999999999' })],
    ['it is a logout token by type', (usual) => signed(usual, { typ: 'logout+jwt' })],
    ['it is a logout token by its events', (usual) => signed({ ...usual, events: {} })],
    ['a stranger signed it', (usual) => withSignatureOf(rsaKey('x').privateKey, usual)],
    ['alg is none', (usual) => jwt(`${base64url({ alg: 'none' })}.${base64url(usual)}.`)],
    ['alg is HS256', (usual) => jwt(signJws({ alg: 'HS256' }, usual, createSecretKey(Buffer.from('canary-secret'))))],
    ['it is empty', () => jwt('')],
    ['it is JSON under the type of a token', (usual) => jwt(JSON.stringify(usual))],
  ])('HOP-35 OIDF-34 is refused when %s', async (_name, answer) => {
    op.answers.userInfo = answer
    await expect(signIn(provider, op)).rejects.toMatchObject({ reason: 'userinfo', status: 400 })
    await expect(signIn(strict, op)).rejects.toMatchObject({ reason: 'userinfo', status: 400 })
  })

  it('NET-8 makes CIS2 unavailable when the key that it names cannot be had', async () => {
    op.answers.userInfo = (usual) => {
      op.answers.jwks = () => ({ status: 500 })
      return signed(usual, { kid: 'new' })
    }
    await expect(signIn(strict, op)).rejects.toMatchObject({ code: 'CIS2_PROVIDER_UNAVAILABLE' })
  })

  it('HOP-33 is refused when its sub is another', async () => {
    op.answers.userInfo = () => signed({ sub: 'another' })
    await expect(signIn(strict, op)).rejects.toMatchObject({ reason: 'userinfo-subject' })
  })

  function withSignatureOf(key: ReturnType<typeof rsaKey>['privateKey'], claims: Json): Answer {
    return jwt(signJws({ alg: 'RS256', kid: op.keys[0]?.kid }, claims, key))
  }

  function jwt(body: string): Answer {
    return { body, headers: { 'content-type': 'application/jwt' } }
  }
})

describe('UserInfo by itself', () => {
  const NOW = 1_790_000_000
  const expected = {
    issuer: 'https://am.sim.example:443/realm',
    clientId: 'the-client',
    subject: '555012345678',
    algorithms: ['RS256'],
    userInfo: 'any',
    clockToleranceSeconds: 30,
    now: NOW,
  } as const
  const key = rsaKey('mine')
  const asked: unknown[] = []
  const keys = {
    find(...query: unknown[]) {
      asked.push(query)
      return Promise.resolve([key.publicKey])
    },
    warm: () => Promise.resolve(),
  }

  function answerOf(body: string, type = 'application/jwt', status = 200) {
    return { status, headers: new Headers({ 'content-type': type }), body: Buffer.from(body) }
  }

  const tokenWith = (claims: Json) =>
    signJws({ alg: 'RS256', kid: 'mine' }, { sub: expected.subject, ...claims }, key.privateKey)

  it.each([
    [NOW - 29, true],
    [NOW - 30, false],
  ])('that expires at %d is accepted at 1790000000: %s', async (exp, isAccepted) => {
    const check = checkUserInfo(answerOf(tokenWith({ exp })), keys, expected)
    if (isAccepted) await expect(check).resolves.toMatchObject({ claims: { exp } })
    else await expect(check).rejects.toMatchObject({ reason: 'userinfo' })
  })

  it('may have white space around its token, and is verified as what CIS2 has sent', async () => {
    asked.length = 0
    await expect(checkUserInfo(answerOf(` ${tokenWith({})}\r\n`), keys, expected)).resolves.toBeDefined()
    expect(asked).toEqual([[expect.objectContaining({ kid: 'mine' }), 'cis2']])
  })

  it('has up to 2,000 members', async () => {
    const withMembers = (count: number) => {
      const others = Array.from({ length: count - 1 }, (_, index) => [`member${index}`, index] as const)
      const body = JSON.stringify({ sub: expected.subject, ...Object.fromEntries(others) })
      return checkUserInfo(answerOf(body, 'application/json'), keys, expected)
    }
    await expect(withMembers(2_000)).resolves.toBeDefined()
    await expect(withMembers(2_001)).rejects.toMatchObject({ reason: 'userinfo' })
  })

  it('that CIS2 cannot serve says something of everybody, for the code was accepted', async () => {
    const check = checkUserInfo(answerOf('', 'text/plain', 503), keys, expected)
    await expect(check).rejects.toMatchObject({ name: 'Fault', aboutOneCode: false })
  })

  it('is asked for as JSON or as a token, under a name of its own', async () => {
    const sent: unknown[] = []
    const outbound = {
      send(...call: unknown[]) {
        sent.push(call)
        return Promise.resolve(answerOf('{}', 'application/json'))
      },
      close() {},
    }
    await fetchUserInfo(outbound, { endpoint: 'https://am.sim.example/userinfo', accessToken: 'token', deadline: 1 })
    expect(sent).toEqual([
      [
        'https://am.sim.example/userinfo',
        {
          endpoint: 'userinfo',
          method: 'GET',
          headers: { accept: 'application/json, application/jwt', authorization: 'Bearer token' },
          deadline: 1,
          maxBytes: 2 * 1024 * 1024,
        },
      ],
    ])
  })
})
