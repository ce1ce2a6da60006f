import {
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  sign as cryptoSign,
  verify as cryptoVerify,
} from 'node:crypto'
import { inspect } from 'node:util'

import type { ParsedSigningKey } from '../../../src/options/cis2-config.js'
import { rejectionOf } from '../../support/thrown-by.js'
import { startFakeOp, type FakeOp, type Json, type SeenRequest } from './fake-op.js'
import { displayAs, parsedKey, providerFor, signIn, type TestProvider } from './support.js'

let op: FakeOp

beforeAll(async () => {
  op = await startFakeOp()
})

afterAll(() => op.stop())

beforeEach(() => {
  op.reset()
})

async function withProvider<T>(
  changes: Parameters<typeof providerFor>[1],
  use: (provider: TestProvider) => Promise<T>,
): Promise<T> {
  const provider = providerFor(op, changes)
  await provider.ready()
  try {
    return await use(provider)
  } finally {
    provider.close()
  }
}

function signingWith(...keys: ParsedSigningKey[]) {
  return { clientAuthentication: { method: 'private_key_jwt', keys } as const }
}

function tokenRequests(): SeenRequest[] {
  return op.seen.filter(({ path }) => path.endsWith('/access_token'))
}

interface ReadAssertion {
  readonly header: Json
  readonly claims: Json
  readonly input: string
  readonly signature: Buffer
}

/** The assertion of the latest token request, read by hand. */
function lastAssertion(): ReadAssertion {
  const text = tokenRequests().at(-1)?.form.get('client_assertion') ?? ''
  const [header = '', claims = '', signature = ''] = text.split('.')
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Json
  return {
    header: read(header),
    claims: read(claims),
    input: `${header}.${claims}`,
    signature: Buffer.from(signature, 'base64url'),
  }
}

describe('private_key_jwt', () => {
  it('CA-1 sends what CIS2 wants: one aud as discovered, sixty seconds, no nbf, and no secret beside it', async () => {
    const now = 1_790_000_000
    op.now = () => now * 1000
    await withProvider({ ...signingWith(parsedKey('kid/1=')), clock: () => now * 1000 + 400 }, (provider) =>
      signIn(provider, op),
    )
    const { header, claims } = lastAssertion()
    expect(header).toEqual({ alg: 'RS512', typ: 'JWT', kid: 'kid/1=' })
    expect(claims).toEqual({
      iss: op.clientId,
      sub: op.clientId,
      aud: `${op.origin}/realm/access_token`,
      jti: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      iat: now,
      exp: now + 60,
    })
    const form = tokenRequests()[0]?.form
    expect(form?.get('client_assertion_type')).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    expect(form?.get('client_id')).toBe(op.clientId)
    expect(form?.has('client_secret')).toBe(false)
    expect(tokenRequests()[0]?.headers.authorization).toBeUndefined()
  })

  it.each(['https://am.example.test/realm', 'https://am.example.test:443/realm'])(
    'CA-1 NET-1 keeps :443 in aud, as CIS2 displays it, when the setting is %s',
    async (issuer) => {
      const display = displayAs(op, 'https://am.example.test:443')
      await withProvider({ ...signingWith(parsedKey('k')), issuer, fetch: display.fetch }, async (provider) => {
        const { user } = await signIn(provider, op, { query: display.query })
        expect(user.sub).toBe(op.sub)
        expect(provider.issuer).toBe('https://am.example.test:443/realm')
      })
      expect(lastAssertion().claims.aud).toBe('https://am.example.test:443/realm/access_token')
      expect(display.called.at(-1)).toBe('https://am.example.test:443/realm/userinfo')
    },
  )

  it('CA-1 CA-6 never uses a jti twice, also not after a failure', async () => {
    await withProvider(signingWith(parsedKey('k')), async (provider) => {
      op.answers.token = () => ({ status: 400, body: { error: 'invalid_grant' } })
      for (let round = 0; round < 40; round += 1) await rejectionOf(signIn(provider, op))
    })
    const assertions = tokenRequests().map(({ form }) => form.get('client_assertion'))
    expect(new Set(assertions).size).toBe(40)
  })

  it.each([
    ['RS256', 'rsa', 'sha256', {}],
    ['RS384', 'rsa', 'sha384', {}],
    ['RS512', 'rsa', 'sha512', {}],
    ['PS256', 'rsa', 'sha256', { padding: 6, saltLength: -1 }],
    ['PS512', 'rsa', 'sha512', { padding: 6, saltLength: -1 }],
    ['ES256', 'P-256', 'sha256', { dsaEncoding: 'ieee-p1363' }],
    ['ES384', 'P-384', 'sha384', { dsaEncoding: 'ieee-p1363' }],
    ['ES512', 'P-521', 'sha512', { dsaEncoding: 'ieee-p1363' }],
  ] as const)('CA-2 signs with %s so that the published key verifies it', async (alg, type, hash, how) => {
    const pair =
      type === 'rsa'
        ? generateKeyPairSync('rsa', { modulusLength: 2048 })
        : generateKeyPairSync('ec', { namedCurve: type })
    const publicJwk = { ...pair.publicKey.export({ format: 'jwk' }), kid: 'k', alg, use: 'sig' }
    const published = await withProvider(
      signingWith(parsedKey('k', { alg, publicJwk, privateKey: pair.privateKey })),
      async (provider) => {
        await signIn(provider, op)
        return provider.publicJwks()?.keys[0]
      },
    )
    const { header, input, signature } = lastAssertion()
    expect(published).toMatchObject({ kid: header.kid, alg: header.alg })
    const key = createPublicKey({ key: published as never, format: 'jwk' })
    expect(cryptoVerify(hash, Buffer.from(input), { key, ...how }, signature)).toBe(true)
  })

  it('CA-2 CA-9 publishes public members only, however a private one got in', async () => {
    const key = parsedKey('k')
    const leaky = { ...key.publicJwk, d: 'private', p: 'private', oth: [], k: 'private', key_ops: ['sign'] }
    const keys = await withProvider(signingWith({ ...key, publicJwk: leaky }), (provider) =>
      Promise.resolve(provider.publicJwks()?.keys),
    )
    expect(keys).toEqual([{ kty: 'RSA', n: key.publicJwk.n, e: 'AQAB', kid: 'k', alg: 'RS512', use: 'sig' }])
  })

  it('CA-3 signs with the first key whose time has come, and publishes all of them', async () => {
    let now = 1_790_000_000_000
    op.now = () => now
    const keys = [parsedKey('next', { notBefore: now + 60_000 }), parsedKey('present'), parsedKey('past')]
    await withProvider({ ...signingWith(...keys), clock: () => now }, async (provider) => {
      await signIn(provider, op)
      expect(lastAssertion().header.kid).toBe('present')
      now += 60_000
      await signIn(provider, op)
      expect(lastAssertion().header.kid).toBe('next')
      expect(provider.publicJwks()?.keys.map(({ kid }) => kid)).toEqual(['next', 'present', 'past'])
    })
  })

  it('CA-3 refuses a sign-in when no key may sign yet, without a call', async () => {
    const waiting = parsedKey('k', { notBefore: Date.now() + 60_000 })
    await withProvider(signingWith(waiting), async (provider) => {
      await expect(signIn(provider, op)).rejects.toMatchObject({ reason: 'client-authentication' })
    })
    expect(tokenRequests()).toEqual([])
  })

  it('refuses a sign-in when a key can neither sign nor be asked to', async () => {
    await withProvider(signingWith(parsedKey('k', { privateKey: undefined })), async (provider) => {
      await expect(signIn(provider, op)).rejects.toMatchObject({ reason: 'client-authentication' })
    })
  })
})

describe('a remote signer', () => {
  function remote(sign: (data: Uint8Array) => Promise<unknown>): ReturnType<typeof signingWith> {
    return signingWith(parsedKey('kms', { privateKey: undefined, sign: sign as ParsedSigningKey['sign'] }))
  }

  it('gets the signing input and gives the signature', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    await withProvider(
      remote((data) => Promise.resolve(new Uint8Array(cryptoSign('sha512', data, privateKey)))),
      (provider) => signIn(provider, op),
    )
    const { header, input, signature } = lastAssertion()
    expect(header).toEqual({ alg: 'RS512', typ: 'JWT', kid: 'kms' })
    expect(cryptoVerify('sha512', Buffer.from(input), publicKey, signature)).toBe(true)
  })

  it.each<[string, (data: Uint8Array) => Promise<unknown>]>([
    ['rejects', () => Promise.reject(new Error('canary: key id and credentials'))],
    ['answers nothing', () => Promise.resolve(undefined)],
    ['answers text', () => Promise.resolve('signature')],
    ['answers no bytes', () => Promise.resolve(new Uint8Array())],
    ['never answers', () => new Promise(() => undefined)],
    [
      'throws',
      () => {
        throw new TypeError('canary')
      },
    ],
  ])('that %s makes the sign-in unavailable, without a call and without its words', async (_what, sign) => {
    await withProvider({ ...remote(sign), timeoutSeconds: 1 }, async (provider) => {
      const error = await rejectionOf(signIn(provider, op))
      expect(error).toMatchObject({ code: 'CIS2_PROVIDER_UNAVAILABLE', cause: { kind: 'sign' } })
      expect(inspect(error, { depth: 9 })).not.toContain('canary')
    })
    expect(tokenRequests()).toEqual([])
  })
})

describe('a client secret', () => {
  const odd = 'a:b c&d=e%f+ü/'

  it('CA-7 goes into the form by client_secret_post', async () => {
    await withProvider({ clientAuthentication: { method: 'client_secret_post', clientSecret: odd } }, (provider) =>
      signIn(provider, op),
    )
    expect(tokenRequests()[0]?.form.get('client_secret')).toBe(odd)
    expect(tokenRequests()[0]?.headers.authorization).toBeUndefined()
  })

  it('OIDF-14 CA-7 goes into the header by client_secret_basic, encoded as a form and as Basic', async () => {
    await withProvider({ clientAuthentication: { method: 'client_secret_basic', clientSecret: odd } }, (provider) =>
      signIn(provider, op),
    )
    const header = tokenRequests()[0]?.headers.authorization ?? ''
    const [user = '', password = ''] = Buffer.from(header.replace('Basic ', ''), 'base64').toString().split(':')
    const read = (text: string) => new URLSearchParams(`x=${text}`).get('x')
    expect([read(user), read(password)]).toEqual([op.clientId, odd])
    expect(tokenRequests()[0]?.form.has('client_secret')).toBe(false)
  })

  it('CA-7 signs an assertion by client_secret_jwt, and is never sent', async () => {
    const secret = 's'.repeat(32)
    await withProvider({ clientAuthentication: { method: 'client_secret_jwt', clientSecret: secret } }, (provider) =>
      signIn(provider, op),
    )
    const { header, claims, input, signature } = lastAssertion()
    expect(header).toEqual({ alg: 'HS256', typ: 'JWT' })
    expect(claims).toMatchObject({ iss: op.clientId, sub: op.clientId, aud: `${op.origin}/realm/access_token` })
    expect(signature).toEqual(createHmac('sha256', secret).update(input).digest())
    expect(inspect(op.seen, { depth: 9 })).not.toContain(secret)
  })

  it('publishes no keys', async () => {
    await withProvider({}, (provider) => {
      expect(provider.publicJwks()).toBeUndefined()
      return Promise.resolve()
    })
  })
})

describe('the diagnosis of invalid_client', () => {
  it.each([
    ['JWT has expired', true],
    ['Invalid authentication method for accessing this endpoint.', true],
    ['canary of somebody', false],
    [{ canary: 1 }, false],
    [undefined, false],
  ])('CA-5 repeats %j of CIS2 only when it is a known text', async (description, isShown) => {
    op.answers.token = () => ({ status: 401, body: { error: 'invalid_client', error_description: description } })
    await withProvider(signingWith(parsedKey('k')), async (provider) => {
      const { message } = (await rejectionOf(signIn(provider, op))) as Error
      expect(message.includes(`saying ${JSON.stringify(description)}`)).toBe(isShown)
      expect(message).not.toContain('canary')
    })
  })
})
