import { createSecretKey, generateKeyPairSync } from 'node:crypto'

import { rejectionOf } from '../../support/thrown-by.js'
import { base64url, jwkOf, rsaKey, signJws, startFakeOp, type FakeOp, type Json } from './fake-op.js'
import { displayAs, providerFor, type TestProvider } from './support.js'

const NOW = 1_790_000_000
const EVENT = 'http://schemas.openid.net/event/backchannel-logout'
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })

let op: FakeOp
let provider: TestProvider

beforeAll(async () => {
  op = await startFakeOp()
  op.extraJwks = [jwkOf({ kid: 'ec', ...ec })]
  provider = providerFor(op, { clock: () => NOW * 1000 })
  await provider.ready()
})

afterAll(async () => {
  provider.close()
  await op.stop()
})

beforeEach(() => {
  op.reset()
})

function usualClaims(): Json {
  return {
    iss: op.issuer,
    aud: op.clientId,
    sub: op.sub,
    sid: 'q2S1m2b7q8cQ0d7h+/=',
    iat: NOW,
    exp: NOW + 120,
    jti: '6e0b6bb1-7f0c-4a0e-8a77-3a2a2f0e1d5b',
    events: { [EVENT]: {} },
    cause: 'SESSION_IDLE_TIMEOUT',
    auditTrackingId: '0f3b2b70-11877',
  }
}

function tokenWith(claims: Json = {}, header: Json = {}): string {
  const [key] = op.keys
  if (key === undefined) throw new Error('the fake has no key')
  return signJws({ alg: 'RS256', kid: key.kid, ...header }, { ...usualClaims(), ...claims }, key.privateKey)
}

async function expectRefusal(token: string): Promise<void> {
  await expect(provider.verifyLogoutToken(token)).rejects.toMatchObject({
    code: 'CIS2_LOGOUT_TOKEN_REFUSED',
    status: 400,
  })
}

describe('a logout token', () => {
  it('BCL-1 OIDF-60 is read when everything is right, with claims that nobody knows', async () => {
    await expect(provider.verifyLogoutToken(tokenWith({ unknown: { a: 1 } }))).resolves.toEqual({
      sid: 'q2S1m2b7q8cQ0d7h+/=',
      sub: op.sub,
      issuedAt: NOW,
      tokenId: '6e0b6bb1-7f0c-4a0e-8a77-3a2a2f0e1d5b',
      cause: 'SESSION_IDLE_TIMEOUT',
    })
  })

  it.each<[string, Json]>([
    ['BCL-2 without sid', { sid: undefined }],
    ['BCL-3 without sub', { sub: undefined }],
    ['BCL-8 with us among its audiences', { aud: ['999.apps.national', 'other'] }],
    ['BCL-13 without exp', { exp: undefined }],
    ['BCL-13 with an exp far ahead', { exp: NOW + 86_400 }],
    ['BCL-13 with an exp 29 seconds ago', { exp: NOW - 29 }],
    ['BCL-13 with an iat 60 seconds ahead', { iat: NOW + 60 }],
    ['BCL-13 with an iat 300 seconds ago', { iat: NOW - 300 }],
  ])('%s is accepted', async (_name, claims) => {
    await expect(provider.verifyLogoutToken(tokenWith(claims))).resolves.toMatchObject({
      issuedAt: expect.any(Number) as number,
    })
  })

  it.each([undefined, 7, 'text with canary', 'X'.repeat(65), ['USER_LOGOUT']])(
    'drops a cause that is %j',
    async (cause) => {
      await expect(provider.verifyLogoutToken(tokenWith({ cause }))).resolves.toMatchObject({ cause: undefined })
    },
  )

  it.each<[string, Json]>([
    ['BCL-4 neither sub nor sid', { sub: undefined, sid: undefined }],
    ['BCL-8 OIDF-66 another iss', { iss: 'https://other.example' }],
    ['BCL-8 OIDF-66 iss with more', { iss: 'INVALID' }],
    ['BCL-8 no iss', { iss: undefined }],
    ['BCL-8 a list of issuers', { iss: ['x'] }],
    ['BCL-8 OIDF-65 another aud', { aud: '999.apps.nationalINVALID' }],
    ['BCL-8 no aud', { aud: undefined }],
    ['BCL-8 an empty list of audiences', { aud: [] }],
    ['BCL-8 a list of others', { aud: ['other'] }],
    ['BCL-8 a list with an object', { aud: ['999.apps.national', {}] }],
    ['BCL-10 OIDF-67 a nonce', { nonce: 'x' }],
    ['BCL-10 a nonce that is null', { nonce: null }],
    ['BCL-10 an empty nonce', { nonce: '' }],
    ['BCL-13 no iat', { iat: undefined }],
    ['BCL-13 iat as text', { iat: String(NOW) }],
    ['BCL-13 iat 61 seconds ahead', { iat: NOW + 61 }],
    ['BCL-13 iat 301 seconds ago', { iat: NOW - 301 }],
    ['BCL-13 exp 30 seconds ago', { exp: NOW - 30 }],
    ['BCL-13 exp as text', { exp: String(NOW + 60) }],
    ['BCL-13 exp null', { exp: null }],
    ['an empty sub', { sub: '' }],
    ['a sub with a line break', { sub: 'a\nb' }],
    ['a sub that is a number', { sub: 555 }],
    ['a sub that is null', { sub: null }],
    ['a sub of every object', { sub: '__proto__' }],
    ['an empty sid', { sid: '' }],
    ['a sid that is null', { sid: null }],
    ['a sid of 1025 characters', { sid: 's'.repeat(1025) }],
    ['OIDF-63 no events', { events: undefined }],
    ['events as a list', { events: [EVENT] }],
    ['events as text', { events: EVENT }],
    ['OIDF-64 another event', { events: { 'http://schemas.openid.net/event/other': {} } }],
    ['an event that is null', { events: { [EVENT]: null } }],
    ['an event that is text', { events: { [EVENT]: 'x' } }],
    ['BCL-14 no jti', { jti: undefined }],
    ['BCL-14 an empty jti', { jti: '' }],
    ['BCL-14 jti as a number', { jti: 7 }],
    ['BCL-14 a jti of 256 characters', { jti: 'j'.repeat(256) }],
    ['a jti with NUL', { jti: 'a\0b' }],
  ])('is refused with %s', async (_name, claims) => {
    await expectRefusal(tokenWith(claims))
  })

  it.each([undefined, 'JWT', 'jwt', 'logout+jwt', 'application/logout+jwt', 'LOGOUT+JWT'])(
    'BCL-11 is accepted when its typ is %j',
    async (typ) => {
      await expect(provider.verifyLogoutToken(tokenWith({}, { typ }))).resolves.toBeDefined()
    },
  )

  it.each(['at+jwt', 'secevent+jwt', '', 'JWT ', 7, null])('BCL-11 is refused when its typ is %j', async (typ) => {
    await expectRefusal(tokenWith({}, { typ }))
  })

  it('BCL-11 must say that it is one where logoutTokenType asks for it', async () => {
    const strict = providerFor(op, { clock: () => NOW * 1000, logoutTokenType: 'logout+jwt' })
    await expect(strict.verifyLogoutToken(tokenWith())).rejects.toMatchObject({ code: 'CIS2_LOGOUT_TOKEN_REFUSED' })
    await expect(strict.verifyLogoutToken(tokenWith({}, { typ: 'JWT' }))).rejects.toMatchObject({ status: 400 })
    await expect(strict.verifyLogoutToken(tokenWith({}, { typ: 'logout+jwt' }))).resolves.toBeDefined()
    strict.close()
  })

  it.each<[string, () => string]>([
    ['OIDF-61 unsigned', () => `${base64url({ alg: 'none' })}.${base64url(usualClaims())}.`],
    ['OIDF-62 ES256 with a published key', () => signJws({ alg: 'ES256', kid: 'ec' }, usualClaims(), ec.privateKey)],
    ['HS256 with the client secret', () => hs256(Buffer.from('canary-secret'))],
    ['HS256 with the public key', () => hs256(publicPem())],
    ['the signature of a stranger', () => signJws(header(), usualClaims(), rsaKey('x').privateKey)],
    ['a key that its header brings', () => broughtKey()],
    ['four parts', () => `${tokenWith()}.x`],
    ['no text', () => ''],
    ['17 KB', () => tokenWith({ more: 'x'.repeat(17 * 1024) })],
    ['crit', () => tokenWith({}, { crit: ['x'], x: 1 })],
  ])('BCL-7 is refused with %s', async (_name, token) => {
    await expectRefusal(token())
    expect(op.seen.map(({ path }) => path)).not.toContain('/attacker')
  })

  it('HOP-2 BCL-7 is refused whichever byte of it is changed', async () => {
    // Its own: an unknown kid among the changes makes the next search for keys wait.
    const own = providerFor(op, { clock: () => NOW * 1000 })
    await own.ready()
    const text = tokenWith()
    const parts = text.split('.').map((part) => Buffer.from(part, 'base64url'))
    const changed = parts.flatMap((part, index) =>
      Array.from(part.keys(), (at) => {
        const spoiled = parts.map((one) => Buffer.from(one))
        spoiled[index]?.writeUInt8((part[at] ?? 0) ^ (1 << (at % 8)), at)
        return spoiled.map((one) => one.toString('base64url')).join('.')
      }),
    )
    const outcomes = await Promise.allSettled(changed.map((one) => own.verifyLogoutToken(one)))
    expect(outcomes.length).toBeGreaterThan(600)
    expect(outcomes.filter(({ status }) => status !== 'rejected')).toEqual([])
    await expect(own.verifyLogoutToken(text)).resolves.toBeDefined()
    own.close()
  })

  it('BCL-7 costs no call when it is malformed, and at most one when its key is unknown', async () => {
    for (const text of ['', 'a.b.c', `${base64url({ alg: 'none' })}.e30.x`]) await expectRefusal(text)
    expect(op.seen).toEqual([])
    for (let round = 0; round < 20; round += 1) await expectRefusal(tokenWith({}, { kid: `forged-${round}` }))
    expect(op.count('jwks')).toBe(1)
  })

  it('an ID token is refused: it has no events, and a nonce', async () => {
    op.nonce = 'n'
    op.now = () => NOW * 1000
    await expectRefusal(signJws(header(), op.usualClaims(), firstKey().privateKey))
  })

  it('is held against the issuer as displayed, with :443', async () => {
    const display = displayAs(op, 'https://am.example.test:443')
    const shown = providerFor(op, {
      clock: () => NOW * 1000,
      issuer: 'https://am.example.test/realm',
      fetch: display.fetch,
    })
    await expect(
      shown.verifyLogoutToken(tokenWith({ iss: 'https://am.example.test:443/realm' })),
    ).resolves.toBeDefined()
    await expect(shown.verifyLogoutToken(tokenWith({ iss: 'https://am.example.test/realm' }))).rejects.toMatchObject({
      code: 'CIS2_LOGOUT_TOKEN_REFUSED',
    })
    shown.close()
  })

  it('is refused with a reason for the audit stream that says nothing of the token', async () => {
    const error = await rejectionOf(provider.verifyLogoutToken(tokenWith({ iss: 'canary' })))
    expect(error).toMatchObject({ reason: 'iss is not the discovered issuer' })
    expect(String(error)).not.toContain('canary')
  })

  it('NET-11 LOGG-1 leaves CIS2 unavailable, not the token refused, when the keys cannot be had', async () => {
    let now = NOW
    const later = providerFor(op, { clock: () => now * 1000 })
    await later.ready()
    now += 86_400 + 301
    op.answers.jwks = () => ({ status: 500 })
    await expect(later.verifyLogoutToken(tokenWith({ iat: now }))).rejects.toMatchObject({
      code: 'CIS2_PROVIDER_UNAVAILABLE',
    })
    later.close()
  })

  it('NET-15 is not waited for when CIS2 never answers', async () => {
    op.answers.discovery = () => ({ raw: () => undefined })
    const waiting = providerFor(op, { timeoutSeconds: 0.1 })
    await expect(waiting.verifyLogoutToken(tokenWith())).rejects.toMatchObject({ code: 'CIS2_PROVIDER_UNAVAILABLE' })
    waiting.close()
  })
})

function firstKey(): ReturnType<typeof rsaKey> {
  const [key] = op.keys
  if (key === undefined) throw new Error('the fake has no key')
  return key
}

function header(): Json {
  return { alg: 'RS256', kid: firstKey().kid }
}

function publicPem(): Buffer {
  return Buffer.from(firstKey().publicKey.export({ type: 'spki', format: 'pem' }))
}

function hs256(secret: Buffer): string {
  return signJws({ alg: 'HS256', kid: firstKey().kid }, usualClaims(), createSecretKey(secret))
}

function broughtKey(): string {
  const stranger = rsaKey('stranger')
  const jku = `${op.origin}/attacker`
  return signJws({ ...header(), jwk: jwkOf(stranger), jku, x5u: jku }, usualClaims(), stranger.privateKey)
}
