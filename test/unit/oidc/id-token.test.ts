import { constants, createSecretKey, generateKeyPairSync, sign } from 'node:crypto'
import { inspect } from 'node:util'

import type { SignInRefusal } from '../../../src/errors.js'
import { checkIdToken, type IdTokenExpectation } from '../../../src/oidc/id-token.js'
import { thrownBy } from '../../support/thrown-by.js'
import { atHash, base64url, jwkOf, rsaKey, signJws, startFakeOp, type FakeOp, type Json } from './fake-op.js'
import { providerFor, signIn, type TestProvider } from './support.js'

let op: FakeOp
let provider: TestProvider

beforeAll(async () => {
  op = await startFakeOp()
  provider = providerFor(op)
  await provider.ready()
})

afterAll(async () => {
  provider.close()
  await op.stop()
})

beforeEach(() => {
  op.reset()
})

/** Every test of a refused ID token ends here: right reason, and UserInfo never asked for. */
async function expectRefusal(reason: SignInRefusal, attempt = signIn(provider, op)): Promise<void> {
  await expect(attempt).rejects.toMatchObject({ code: 'CIS2_SIGN_IN_REFUSED', reason })
  expect(op.count('userInfo')).toBe(0)
}

const strangersKey = rsaKey('stranger')

function firstKey(): ReturnType<typeof rsaKey> {
  const [key] = op.keys
  if (key === undefined) throw new Error('the fake has no key')
  return key
}

describe('the signature of an ID token', () => {
  it('OIDF-8 is accepted when it is RS256 by a published key', async () => {
    await expect(signIn(provider, op)).resolves.toMatchObject({ user: { sub: op.sub } })
  })

  it('HOP-1 OIDF-10 LG1 is refused when a stranger made it under the same kid', async () => {
    op.signIdToken = (header, claims) => signJws(header, claims, strangersKey.privateKey)
    await expectRefusal('signature')
  })

  it('HOP-2 is refused whichever single bit of the token is flipped', async () => {
    const outcomes: unknown[] = []
    for (let part = 0; part < 3; part += 1) {
      for (let position = 0; position < 12; position += 1) {
        op.reset()
        op.signIdToken = (header, claims) => {
          const parts = signJws(header, claims, firstKey().privateKey).split('.')
          const bytes = Buffer.from(parts[part] ?? '', 'base64url')
          const at = Math.floor((position * bytes.length) / 12)
          bytes.writeUInt8((bytes[at] ?? 0) ^ (1 << (position % 7)), at)
          parts[part] = bytes.toString('base64url')
          return parts.join('.')
        }
        outcomes.push(await signIn(provider, op).catch((error: unknown) => (error as Json).reason))
      }
    }
    expect(outcomes).toEqual(new Array(36).fill('signature'))
    expect(op.count('userInfo')).toBe(0)
  })

  it('HOP-2 is refused in a second spelling of the same bytes', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    op.signIdToken = (header, claims) => {
      const token = signJws(header, claims, firstKey().privateKey)
      const last = alphabet.indexOf(token.slice(-1))
      return token.slice(0, -1) + (alphabet[last + 1] ?? '')
    }
    await expectRefusal('signature')
  })

  it.each([
    ['without a signature', (token: string) => token.slice(0, token.lastIndexOf('.') + 1)],
    ['in two parts', (token: string) => token.split('.').slice(0, 2).join('.')],
    ['in four parts', (token: string) => `${token}.x`],
    ['in five parts, as an encrypted token', (token: string) => `${token}.x.y`],
    ['with a space', (token: string) => `${token} `],
    ['with a line break', (token: string) => `${token}\n`],
    ['with padding', (token: string) => `${token}=`],
  ])('HOP-3 is refused %s', async (_name, change) => {
    op.signIdToken = (header, claims) => change(signJws(header, claims, firstKey().privateKey))
    await expectRefusal('signature')
  })

  it.each(['none', 'None', 'NONE', 'nOnE', '', undefined, ['RS256'], 5, 'HS256', 'RS384', 'RS512', 'PS256', 'EdDSA'])(
    'HOP-4 HOP-7 HOP-8 LG2 OIDF-9 OIDF-76 is refused when alg is %j, although discovery lists some of them',
    async (alg) => {
      op.signIdToken = (header, claims) => signJws({ ...header, alg }, claims, firstKey().privateKey)
      await expectRefusal('signature')
    },
  )

  it.each([
    ['RS384', 'sha384', {}],
    ['RS512', 'sha512', {}],
    ['PS256', 'sha256', { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }],
    ['PS512', 'sha512', { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }],
  ])('HOP-7 OIDF-76 is refused when a published key made it, correctly, by %s', async (alg, hash, how) => {
    op.signIdToken = (header, claims) => {
      const input = `${base64url({ ...header, alg })}.${base64url({ ...claims, at_hash: undefined })}`
      return `${input}.${base64url(sign(hash, Buffer.from(input), { key: firstKey().privateKey, ...how }))}`
    }
    await expectRefusal('signature')
  })

  it('HOP-4 is refused when alg is none and nothing is signed', async () => {
    op.signIdToken = (_header, claims) => `${base64url({ alg: 'none' })}.${base64url(claims)}.`
    await expectRefusal('signature')
  })

  it.each(['pem', 'der', 'jwk', 'modulus'] as const)(
    'HOP-5 OIDF-33 is refused when HS256 uses the public key (%s) as secret',
    async (form) => {
      const { publicKey } = firstKey()
      const jwk = publicKey.export({ format: 'jwk' })
      const secret = {
        pem: Buffer.from(publicKey.export({ type: 'spki', format: 'pem' })),
        der: publicKey.export({ type: 'spki', format: 'der' }),
        jwk: Buffer.from(JSON.stringify(jwk)),
        modulus: Buffer.from(String(jwk.n), 'base64url'),
      }[form]
      op.signIdToken = (header, claims) => signJws({ ...header, alg: 'HS256' }, claims, createSecretKey(secret))
      await expectRefusal('signature')
    },
  )

  it('HOP-6 is refused when HS256 uses the client secret', async () => {
    op.signIdToken = (header, claims) =>
      signJws({ ...header, alg: 'HS256' }, claims, createSecretKey(Buffer.from('canary-secret')))
    await expectRefusal('signature')
  })

  it('HOP-7 OIDF-33 is refused when ES256 uses a published key', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    op.extraJwks = [jwkOf({ kid: 'ec', privateKey, publicKey })]
    const fresh = providerFor(op)
    op.signIdToken = (header, claims) => signJws({ ...header, alg: 'ES256', kid: 'ec' }, claims, privateKey)
    await expectRefusal('signature', signIn(fresh, op))
    fresh.close()
  })

  it('HOP-9 HOP-10 LG19 never looks at keys that the header brings', async () => {
    const jwk = jwkOf(strangersKey)
    const jku = `${op.origin}/attacker`
    op.signIdToken = (header, claims) =>
      signJws({ ...header, jku, x5u: jku, jwk, x5c: ['MII'] }, claims, strangersKey.privateKey)
    await expectRefusal('signature')
    expect(op.seen.map(({ path }) => path)).not.toContain('/attacker')
  })

  it.each([
    '../../etc/passwd',
    "' OR 1=1",
    'k'.repeat(10_000),
    '\0',
    {},
    [],
    null,
    '',
    7,
    '__proto__',
    'constructor',
    'toString',
  ])('HOP-11 is refused when kid is %j', async (kid) => {
    op.header = { kid }
    await expectRefusal('signature')
  })

  it.each([{ crit: ['x'], x: 1 }, { crit: [] }, { b64: false, crit: ['b64'] }, { zip: 'DEF' }, { enc: 'A256GCM' }])(
    'HOP-12 is refused when the header has %j',
    async (members) => {
      op.header = members
      await expectRefusal('signature')
    },
  )

  it.each([
    ['not UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x7d])],
    ['after a byte order mark', Buffer.from(`\u{feff}{"sub":"1"}`)],
    ['NaN', '{"exp":NaN}'],
    ['an array', '[]'],
    ['a text', '"x"'],
    ['null', 'null'],
    ['10,000 deep', `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}`],
    ['followed by more', '{"a":1}{}'],
    ['empty text', ' '],
  ])('HOP-14 is refused when the payload is %s', async (_name, payload) => {
    op.signIdToken = (header) => signJws(header, payload, firstKey().privateKey)
    await expectRefusal('signature')
  })

  it('accepts RS512 where the configuration names it, and checks at_hash with its hash', async () => {
    const both = providerFor(op, { idTokenAlgorithms: ['RS256', 'RS512'] })
    op.signIdToken = (header, claims) =>
      signJws(
        { ...header, alg: 'RS512' },
        { ...claims, at_hash: atHash(op.accessToken, 'sha512') },
        firstKey().privateKey,
        'sha512',
      )
    await expect(signIn(both, op)).resolves.toMatchObject({ user: { sub: op.sub } })
    op.signIdToken = (header, claims) => signJws({ ...header, alg: 'RS512' }, claims, firstKey().privateKey, 'sha512')
    await expect(signIn(both, op)).rejects.toMatchObject({ reason: 'claims' })
    both.close()
  })

  it('OIDF-6 is accepted without kid when one key fits', async () => {
    op.header = { kid: undefined }
    op.extraJwks = [jwkOf(strangersKey, { use: 'enc' }), jwkOf(strangersKey, { alg: 'RS384' })]
    const fresh = providerFor(op)
    await expect(signIn(fresh, op)).resolves.toMatchObject({ user: { sub: op.sub } })
    fresh.close()
  })

  it('OIDF-7 LG19 is refused without kid when several keys fit', async () => {
    op.header = { kid: undefined }
    op.extraJwks = [jwkOf(strangersKey)]
    const fresh = providerFor(op)
    await expectRefusal('signature', signIn(fresh, op))
    fresh.close()
  })

  it('verifies with the signing key when an encryption key has the same kid', async () => {
    op.extraJwks = [jwkOf({ ...strangersKey, kid: firstKey().kid }, { use: 'enc' })]
    const fresh = providerFor(op)
    await expect(signIn(fresh, op)).resolves.toMatchObject({ user: { sub: op.sub } })
    fresh.close()
  })

  it('NET-14 verifies when two signing keys have the same kid', async () => {
    op.extraJwks = [jwkOf({ ...strangersKey, kid: firstKey().kid })]
    const fresh = providerFor(op)
    op.signIdToken = (header, claims) => signJws(header, claims, strangersKey.privateKey)
    await expect(signIn(fresh, op)).resolves.toMatchObject({ user: { sub: op.sub } })
    fresh.close()
  })
})

describe('the claims of an ID token', () => {
  const WRONG_ISSUERS = [
    (issuer: string) => `${issuer}1`,
    (issuer: string) => issuer.replace('/realm', '/other'),
    (issuer: string) => issuer.replace('http:', 'https:'),
    (issuer: string) => issuer.toUpperCase(),
    (issuer: string) => `${issuer}/`,
    (issuer: string) => [issuer],
    () => undefined,
    () => null,
    () => '',
  ]
  it.each(WRONG_ISSUERS.map((change, index) => [index, change] as const))(
    'HOP-15 OIDF-2 OIDF-73 are refused when iss is another (%i)',
    async (_index, change) => {
      op.claims = { iss: change(op.issuer) }
      await expectRefusal('issuer')
    },
  )

  it.each([undefined, '', 5, null, 's'.repeat(256), 'a\0b', 'a\r\nb', '__proto__', 'constructor', ['1'], {}, '\ud800'])(
    'HOP-16 OIDF-3 LG7 are refused when sub is %j',
    async (sub) => {
      op.claims = { sub }
      await expectRefusal('claims')
    },
  )

  it.each([
    undefined,
    null,
    'other',
    '999.apps.national1',
    '999.apps.nationa',
    '999.APPS.national',
    [],
    ['999.apps.national', 'other'],
    ['999.apps.national', '999.apps.national'],
    [['999.apps.national']],
    ['other'],
    [999],
    999,
    {},
  ])('HOP-17 HOP-28 LG4 OIDF-4 OIDF-30 OIDF-73 are refused when aud is %j', async (aud) => {
    op.claims = { aud }
    await expectRefusal('audience')
  })

  it('HOP-18 OIDF-70 are accepted when aud is a list of us alone', async () => {
    op.claims = { aud: [op.clientId] }
    await expect(signIn(provider, op)).resolves.toMatchObject({ user: { sub: op.sub } })
  })

  it.each(['other', '', null, ['999.apps.national'], 5])('HOP-19 LG4 are refused when azp is %j', async (azp) => {
    op.claims = { azp }
    await expectRefusal('audience')
  })

  it('are accepted without azp, at_hash, acr, amr and sid', async () => {
    op.claims = { azp: undefined, at_hash: undefined, acr: undefined, amr: undefined, sid: undefined }
    await expect(signIn(provider, op)).resolves.toMatchObject({ sid: undefined })
  })

  describe('about time', () => {
    const frozen = 1_790_000_000
    let still: TestProvider

    beforeAll(async () => {
      still = providerFor(op, { clock: () => frozen * 1000 })
      await still.ready()
    })

    afterAll(() => {
      still.close()
    })

    beforeEach(() => {
      op.now = () => frozen * 1000
    })

    it.each([
      { exp: frozen - 31 },
      { exp: frozen - 30 },
      { exp: undefined },
      { exp: null },
      { exp: String(frozen + 60) },
      { exp: -5 },
      { exp: 0 },
      { exp: 1e300 },
      { exp: frozen + 60.5 },
      { exp: frozen + 86_401 },
      { iat: undefined },
      { iat: frozen + 61 },
      { iat: frozen - 301 },
      { iat: frozen - 7 * 86_400 },
      { iat: String(frozen) },
      { iat: null },
      { nbf: frozen + 31 },
      { nbf: String(frozen) },
      { nbf: null },
    ])('HOP-20 HOP-21 HOP-22 LG3 OIDF-5 OIDF-74 OIDF-79 are refused with %j', async (claims) => {
      op.claims = claims
      await expectRefusal('expiry', signIn(still, op))
    })

    it.each([
      { exp: frozen - 29 },
      { exp: frozen + 86_400 },
      { iat: frozen + 60 },
      { iat: frozen - 300 },
      { nbf: frozen + 29 },
      { nbf: frozen + 30 },
      { nbf: frozen - 1000 },
      { auth_time: frozen - 330 },
      { auth_time: frozen + 30 },
    ])('HOP-20 HOP-21 HOP-22 LG18 PRC-7 are accepted with %j', async (claims) => {
      op.claims = claims
      await expect(signIn(still, op)).resolves.toMatchObject({ user: { sub: op.sub } })
    })

    it('HOP-20 are accepted to the last second of the tolerance, wherever in its second the clock of the machine is', async () => {
      const machine = jest.spyOn(Date, 'now')
      for (const milliseconds of [0, 300, 700, 999]) {
        machine.mockReturnValue(1_000_000 + milliseconds)
        for (const claims of [{ nbf: frozen + 30 }, { exp: frozen - 29 }, { auth_time: frozen - 330 }]) {
          op.claims = claims
          await expect(signIn(still, op)).resolves.toMatchObject({ user: { sub: op.sub } })
        }
      }
      machine.mockRestore()
    })

    it.each([
      { auth_time: undefined },
      { auth_time: null },
      { auth_time: String(frozen) },
      { auth_time: frozen - 331 },
      { auth_time: frozen + 31 },
      { auth_time: -1 },
      { auth_time: 1.5 },
      { auth_time: 0 },
    ])('HOP-30 LG8 AAL-5 are refused with %j', async (claims) => {
      op.claims = claims
      await expectRefusal('auth-time', signIn(still, op))
    })

    it('AAL-5 hold auth_time against the age that this sign-in asked for', async () => {
      op.claims = { auth_time: frozen - 91 }
      await expectRefusal('auth-time', signIn(still, op, { expected: { maxAuthAgeSeconds: 60 } }))
      op.claims = { auth_time: frozen - 90 }
      await expect(signIn(still, op, { expected: { maxAuthAgeSeconds: 60 } })).resolves.toBeDefined()
    })

    it('CA-8 PRC-7 name clock skew in the message when the clocks disagree', async () => {
      op.claims = { iat: frozen + 500 }
      op.answers.token = (body) => ({ body, headers: { date: new Date((frozen + 500) * 1000).toUTCString() } })
      await expect(signIn(still, op)).rejects.toThrow(/Clock skew suspected: the clock of CIS2 is 500 seconds ahead/)
      op.answers.token = (body) => ({ body, headers: { date: new Date((frozen - 90) * 1000).toUTCString() } })
      await expect(signIn(still, op)).rejects.toThrow(/90 seconds behind/)
      op.answers.token = (body) => ({ body, headers: { date: new Date(frozen * 1000).toUTCString() } })
      await expect(signIn(still, op)).rejects.not.toThrow(/Clock skew/)
    })
  })

  it.each([
    undefined,
    null,
    '',
    5,
    (sent: string) => `${sent}1`,
    (sent: string) => [sent],
    () => 'the-nonce-of-another-sign-in',
  ])('HOP-23 HOP-26 HOP-27 OIDF-12 OIDF-75 are refused when nonce is wrong (%#)', async (nonce) => {
    op.signIdToken = (header, claims) =>
      signJws(
        header,
        { ...claims, nonce: typeof nonce === 'function' ? nonce(op.nonce) : nonce },
        firstKey().privateKey,
      )
    await expectRefusal('nonce')
  })

  it.each(['', 'x', 5, null, atHash('another token'), atHash('another token').slice(0, 10)])(
    'HOP-31 LG6 are refused when at_hash is %j',
    async (hash) => {
      op.claims = { at_hash: hash }
      await expectRefusal('claims')
    },
  )

  it.each(['logout+jwt', 'application/logout+jwt', 'LOGOUT+JWT', 'at+jwt'])(
    'LG5 are refused when typ is %s',
    async (typ) => {
      op.header = { typ }
      await expectRefusal('claims')
    },
  )

  it('LG5 are refused when typ is no text', async () => {
    op.header = { typ: ['JWT'] }
    await expectRefusal('signature')
  })

  it.each([undefined, 'JWT', 'jwt', 'application/jwt'])('are accepted when typ is %s', async (typ) => {
    op.header = { typ }
    await expect(signIn(provider, op)).resolves.toBeDefined()
  })

  it('LG5 are refused with the events of a logout token', async () => {
    op.claims = { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }
    await expectRefusal('claims')
  })

  it.each(['', 5, null, 'a\nb', 's'.repeat(1025)])('are refused when sid is %j', async (sid) => {
    op.claims = { sid }
    await expectRefusal('claims')
  })

  it.each([
    undefined,
    null,
    '',
    '2',
    2,
    '1',
    3.9,
    '3.9',
    'AAL3',
    'AAL3 ',
    ' 3',
    '3 or 2',
    ['3'],
    [3],
    {},
    true,
    '٣',
    '03',
    4,
    '4',
  ])('AAL-1 AAL-3 AAL-4 HOP-32 LG8 are refused for AAL3 when authentication_assurance_level is %j', async (level) => {
    op.claims = { authentication_assurance_level: level }
    await expectRefusal('assurance')
  })

  it.each([
    { asked: 2, level: '2' },
    { asked: 2, level: 3 },
    { asked: 1, level: 1 },
    { asked: 3, level: 3 },
  ] as const)('are accepted when $asked was asked for and $level reached', async ({ asked, level }) => {
    op.claims = { authentication_assurance_level: level }
    await expect(signIn(provider, op, { expected: { aal: asked } })).resolves.toMatchObject({
      user: { aal: Number(level) },
    })
  })

  it.each([undefined, null, '2', 2, 0, '', 'three', [3], 4])(
    'are refused when id_assurance_level is %j',
    async (level) => {
      op.claims = { id_assurance_level: level }
      await expectRefusal('identity-assurance')
    },
  )

  it('are accepted without id_assurance_level when that check is switched off', async () => {
    op.claims = { id_assurance_level: undefined }
    const without = providerFor(op, { identityAssuranceLevel: 0 })
    await expect(signIn(without, op)).resolves.toBeDefined()
    without.close()
  })

  it('answer 403 when the sign-in is not strong enough, and 400 for everything else', async () => {
    op.claims = { authentication_assurance_level: '2' }
    await expect(signIn(provider, op)).rejects.toMatchObject({ status: 403 })
    op.claims = { aud: 'other' }
    await expect(signIn(provider, op)).rejects.toMatchObject({ status: 400 })
  })

  it('LG17 LOGG-1 appear in no refusal, and neither does the token', async () => {
    op.claims = { sub: 'canary-sub\0', name: 'canary-name' }
    const error: unknown = await signIn(provider, op).catch((caught: unknown) => caught)
    const printed = inspect(error, { depth: 9 }) + JSON.stringify(error)
    expect(printed).not.toMatch(/canary|eyJ/)
    expect(printed).not.toContain(op.accessToken)
  })
})

describe('an ID token by itself', () => {
  const NOW = 1_790_000_000
  const expected: IdTokenExpectation = {
    issuer: 'https://am.sim.example:443/realm',
    clientId: 'the-client',
    nonce: 'the-nonce',
    accessToken: 'token',
    now: NOW,
    clockToleranceSeconds: 30,
    aal: 2,
    identityAssuranceLevel: 1,
    maxAuthAgeSeconds: 300,
    clockHint: '',
  }
  const usual: Json = {
    iss: expected.issuer,
    aud: expected.clientId,
    nonce: expected.nonce,
    sub: '555012345678',
    exp: NOW + 60,
    iat: NOW,
    auth_time: NOW,
    authentication_assurance_level: '3',
    id_assurance_level: '3',
  }
  const check = (claims: Json) =>
    checkIdToken(
      { header: { alg: 'RS256', kid: undefined, typ: undefined }, claims: { ...usual, ...claims } },
      expected,
    )

  it('is accepted in the last second of the tolerance before it is valid', () => {
    expect(check({ nbf: NOW + 30 })).toMatchObject({ sub: '555012345678' })
    expect(thrownBy(() => check({ nbf: NOW + 31 }))).toMatchObject({ reason: 'expiry' })
  })

  it('says why it is refused in one sentence, where the clocks agree', () => {
    expect(String(thrownBy(() => check({ nonce: 'another' })))).toMatch(/nonce is not the one that was sent\.$/)
  })
})
