import { createHash, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'

import { calculateJwkThumbprint } from 'jose'

import type { ParsedSigningKey } from '../../../src/options/cis2-config.js'
import { CLIENT_SECRET, configOf, ec, options, problemsOf, rsa, type Anything } from './support.js'

const NOW = Date.UTC(2026, 10, 25)
const PATH = 'clientAuthentication.keys[0]'

const withKeys = (keys: unknown) =>
  options({ clientAuthentication: { method: 'private_key_jwt', keys }, clock: () => NOW })

function keysOf(...keys: Anything[]): readonly ParsedSigningKey[] {
  const { clientAuthentication } = configOf(withKeys(keys))
  if (clientAuthentication.method !== 'private_key_jwt') throw new Error('another method')
  return clientAuthentication.keys
}

function keyOf(key: Anything): ParsedSigningKey {
  const [parsed] = keysOf(key)
  if (parsed === undefined) throw new Error('no key')
  return parsed
}

const problemsOfKey = (key: unknown) => problemsOf(withKeys([key]))

const pem = (key: KeyObject, type: 'pkcs8' | 'pkcs1' | 'sec1' | 'spki') =>
  key.export({ format: 'pem', type } as never) as string

describe('clientAuthentication', () => {
  it.each(['client_secret_post', 'client_secret_basic', 'client_secret_jwt'])(
    'takes a client secret for %s',
    (method) => {
      const clientAuthentication = { method, clientSecret: CLIENT_SECRET }
      const parsed = configOf(options({ clientAuthentication })).clientAuthentication
      expect({ method: parsed.method, clientSecret: 'clientSecret' in parsed && parsed.clientSecret }).toEqual(
        clientAuthentication,
      )
    },
  )

  it.each([
    { written: undefined, field: 'clientAuthentication' },
    { written: {}, field: 'clientAuthentication.method' },
    { written: { method: 'none' }, field: 'clientAuthentication.method' },
    { written: { method: 'PRIVATE_KEY_JWT', keys: [] }, field: 'clientAuthentication.method' },
    { written: { method: 'client_secret_post' }, field: 'clientAuthentication.clientSecret' },
    { written: { method: 'client_secret_post', clientSecret: '' }, field: 'clientAuthentication.clientSecret' },
    { written: { method: 'client_secret_post', clientSecret: 'x\n' }, field: 'clientAuthentication.clientSecret' },
    {
      written: { method: 'client_secret_jwt', clientSecret: 'x'.repeat(31) },
      field: 'clientAuthentication.clientSecret',
    },
    { written: { method: 'client_secret_post', clientSecret: 'x', keys: [] }, field: '"clientAuthentication.keys"' },
    { written: { method: 'private_key_jwt' }, field: 'clientAuthentication.keys' },
    { written: { method: 'private_key_jwt', keys: [] }, field: 'clientAuthentication.keys' },
    { written: { method: 'private_key_jwt', keys: {} }, field: 'clientAuthentication.keys' },
    {
      written: { method: 'private_key_jwt', key: 'x', keys: [{ privateKey: rsa.privateKey }] },
      field: '"clientAuthentication.key"',
    },
  ])('refuses $written', ({ written, field }) => {
    const problems = problemsOf(options({ clientAuthentication: written }))
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([field])
  })

  it('takes no secret of 31 bytes to sign with, and one of 32', () => {
    const written = (clientSecret: string) =>
      options({ clientAuthentication: { method: 'client_secret_jwt', clientSecret } })
    expect(problemsOf(written('x'.repeat(31)))[0]).toContain('at least 32 bytes')
    expect(configOf(written('é'.repeat(16))).clientAuthentication.method).toBe('client_secret_jwt')
  })
})

describe('a signing key', () => {
  it.each([
    { form: 'a KeyObject', privateKey: rsa.privateKey },
    { form: 'PEM', privateKey: pem(rsa.privateKey, 'pkcs8') },
    { form: 'PEM on one line with \\n', privateKey: pem(rsa.privateKey, 'pkcs8').replaceAll('\n', '\\n') },
    { form: 'PEM on one line with \\r\\n', privateKey: pem(rsa.privateKey, 'pkcs8').replaceAll('\n', '\\r\\n') },
    { form: 'PEM with white space around', privateKey: `\n ${pem(rsa.privateKey, 'pkcs8')} \n` },
    { form: 'a JWK', privateKey: rsa.privateKey.export({ format: 'jwk' }) },
  ])('is read from $form', async ({ privateKey }) => {
    const key = keyOf({ privateKey })
    const members = rsa.publicKey.export({ format: 'jwk' })
    expect(key.kid).toBe(await calculateJwkThumbprint(members as never))
    expect(key.publicJwk).toEqual({ ...members, kid: key.kid, alg: 'RS512', use: 'sig' })
    expect(key.privateKey?.equals(rsa.privateKey)).toBe(true)
    expect(key.sign).toBeUndefined()
  })

  it.each([
    { alg: 'ES256', namedCurve: 'P-256' },
    { alg: 'ES384', namedCurve: 'P-384' },
    { alg: 'ES512', namedCurve: 'P-521' },
  ])('is on the curve of $alg, and is named by its thumbprint', async ({ alg, namedCurve }) => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
    const key = keyOf({ privateKey, alg })
    expect(key.publicJwk).toMatchObject({ kty: 'EC', crv: namedCurve, alg, use: 'sig' })
    expect(key.kid).toBe(await calculateJwkThumbprint(publicKey.export({ format: 'jwk' }) as never))
  })

  it.each(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'])('may be of RSA for %s', (alg) => {
    expect(keyOf({ privateKey: rsa.privateKey, alg })).toMatchObject({ alg })
  })

  it('takes kid and alg out of a JWK, unless they are given beside it', () => {
    const privateKey = { ...rsa.privateKey.export({ format: 'jwk' }), kid: 'its-own', alg: 'RS384' }
    expect(keyOf({ privateKey })).toMatchObject({ kid: 'its-own', alg: 'RS384' })
    expect(keyOf({ privateKey, kid: 'given', alg: 'PS256' })).toMatchObject({ kid: 'given', alg: 'PS256' })
  })

  it('does not take a name out of a JWK that is none', () => {
    const privateKey = { ...rsa.privateKey.export({ format: 'jwk' }), kid: 'two words', alg: 'RSA-OAEP' }
    const key = keyOf({ privateKey })
    expect(key.kid).toMatch(/^[\w-]{43}$/)
    expect(key.alg).toBe('RS512')
  })

  it('publishes no private member, whatever a JWK carries', () => {
    const privateKey = { ...rsa.privateKey.export({ format: 'jwk' }), x5c: ['certificate'], note: 'internal' }
    expect(Object.keys(keyOf({ privateKey }).publicJwk).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
  })

  it('may stay in a KMS: then its public half is given, with kid, alg and a function that signs', () => {
    const sign = () => Promise.resolve(new Uint8Array())
    const publicKey = pem(rsa.publicKey, 'spki')
    const key = keyOf({ publicKey, kid: 'kms', alg: 'RS256', sign })
    expect(key).toMatchObject({ kid: 'kms', alg: 'RS256', sign, privateKey: undefined })
    expect(key.publicJwk).toMatchObject(rsa.publicKey.export({ format: 'jwk' }))
  })

  it.each([
    { form: 'a KeyObject', publicKey: ec.publicKey },
    { form: 'a JWK', publicKey: ec.publicKey.export({ format: 'jwk' }) },
  ])('may stay in a KMS, with its public half as $form', ({ publicKey }) => {
    const key = { publicKey, kid: 'kms', alg: 'ES256', sign: () => Promise.resolve(new Uint8Array()) }
    expect(keyOf(key).publicJwk).toMatchObject({ crv: 'P-256' })
  })

  it('may begin to sign later, when another may sign now', () => {
    const notBefore = new Date(NOW + 86_400_000)
    const [later, now] = keysOf(
      { privateKey: rsa.privateKey, kid: 'later', notBefore },
      { privateKey: rsa.privateKey, kid: 'now' },
    )
    expect([later?.notBefore, now?.notBefore]).toEqual([notBefore.getTime(), undefined])
  })

  it('must be in force, one of them at least', () => {
    const at = (milliseconds: number) => withKeys([{ privateKey: rsa.privateKey, notBefore: new Date(milliseconds) }])
    expect(problemsOf(at(NOW + 1))).toEqual([
      'clientAuthentication.keys has no key that may sign yet: the notBefore of each is in the future',
    ])
    expect(configOf(at(NOW)).clientAuthentication.method).toBe('private_key_jwt')
  })

  it('needs no clock of the application to say so', () => {
    const keys = [{ privateKey: rsa.privateKey, notBefore: new Date(Date.now() + 86_400_000) }]
    const clientAuthentication = { method: 'private_key_jwt', keys }
    expect(problemsOf(options({ clientAuthentication, clock: 'now' }))).toHaveLength(2)
  })

  it('must have a kid of its own', () => {
    const key = { privateKey: rsa.privateKey, kid: 'same' }
    expect(problemsOf(withKeys([key, { ...key, privateKey: ec.privateKey, alg: 'ES256' }]))).toEqual([
      'clientAuthentication.keys has two keys of the same kid',
    ])
    expect(problemsOf(withKeys([{ privateKey: rsa.privateKey }, { privateKey: rsa.privateKey }]))).toHaveLength(1)
  })

  it.each([
    { what: 'nothing', privateKey: undefined, because: 'is its environment variable set?' },
    { what: 'an empty text', privateKey: '', because: 'is its environment variable set?' },
    { what: 'a number', privateKey: 7, because: 'must be a KeyObject, PEM text or a JWK' },
    { what: 'null', privateKey: null, because: 'must be a KeyObject, PEM text or a JWK' },
    { what: 'a public KeyObject', privateKey: rsa.publicKey, because: 'is a public key; the private key is needed' },
    { what: 'a public JWK', privateKey: rsa.publicKey.export({ format: 'jwk' }), because: 'is a public JWK' },
    { what: 'a JWK that is none', privateKey: { kty: 'RSA', d: 'x' }, because: 'is no valid JWK' },
    { what: 'a file name', privateKey: './key.pem', because: 'must begin with -----BEGIN' },
    { what: 'PKCS#1', privateKey: pem(rsa.privateKey, 'pkcs1'), because: 'openssl pkcs8 -topk8' },
    { what: 'SEC1', privateKey: pem(ec.privateKey, 'sec1'), because: 'openssl pkcs8 -topk8' },
    { what: 'a public PEM', privateKey: pem(rsa.publicKey, 'spki'), because: 'is not the private key that is needed' },
    { what: 'an encrypted PEM', privateKey: encryptedPem(), because: 'is encrypted' },
    {
      what: 'a certificate',
      privateKey: '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----',
      because: 'is a certificate',
    },
    { what: 'a PEM cut off', privateKey: pem(rsa.privateKey, 'pkcs8').slice(0, 400), because: 'is damaged PEM text' },
    {
      what: 'an RSA key of 1024 bits',
      privateKey: generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey,
      because: '1024 bits; at least 2048',
    },
    { what: 'an Ed25519 key', privateKey: generateKeyPairSync('ed25519').privateKey, because: 'type ed25519' },
  ])('CA-4 is not $what', ({ privateKey, because }) => {
    const problems = problemsOfKey({ privateKey })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(new RegExp(`^${PATH.replaceAll(/[[\].]/g, '\\$&')}\\.privateKey `))
    expect(problems[0]).toContain(because)
  })

  it.each([
    { alg: 'ES256', key: rsa.privateKey, because: 'type rsa, which does not fit ES256' },
    { alg: 'ES384', key: ec.privateKey, because: 'is on another curve than the one of ES384' },
  ])('fits its algorithm: $alg', ({ alg, key, because }) => {
    expect(problemsOfKey({ privateKey: key, alg })[0]).toContain(because)
  })

  it.each(['none', 'HS256', 'RS1', 'EdDSA', 'rs256', 7, null])('is not used with %p (CFG-6)', (alg) => {
    expect(problemsOfKey({ privateKey: rsa.privateKey, alg })).toEqual([
      expect.stringMatching(/keys\[0\]\.alg must be one of/),
    ])
  })

  it.each(['', 'two words', 'k'.repeat(256), 'schlüssel', 7, null])('has no kid such as %p', (kid) => {
    const problems = problemsOfKey({ privateKey: rsa.privateKey, kid })
    expect(problems).toEqual([expect.stringContaining(`${PATH}.kid must be`)])
  })

  it('CA-4 is not an EC key without alg, which is told the algorithm of its curve', () => {
    const told = (alg: string): unknown[] => [
      expect.stringContaining(`${PATH}.alg is missing: ${alg} fits this key's curve`),
    ]
    expect(problemsOfKey({ privateKey: ec.privateKey })).toEqual(told('ES256'))
    const larger = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
    expect(problemsOfKey({ privateKey: larger.export({ format: 'jwk' }) })).toEqual(told('ES384'))
    const unknown = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey
    expect(problemsOfKey({ privateKey: unknown })).toEqual([expect.stringContaining('does not fit RS512')])
  })

  it.each(['2026-11-25', NOW, new Date('never'), null])('has no notBefore such as %p', (notBefore) => {
    expect(problemsOfKey({ privateKey: rsa.privateKey, notBefore })).toEqual([`${PATH}.notBefore must be a valid Date`])
  })

  it.each([
    { what: 'no object', key: 'key', problems: [`${PATH} must be an object`] },
    {
      what: 'one with a misspelt name',
      key: { privatekey: 'x', privateKey: rsa.privateKey },
      problems: [`"${PATH}.privatekey" is not an option; did you mean "privateKey"?`],
    },
    {
      what: 'one of a KMS without a public key',
      key: { kid: 'kms', alg: 'RS256', sign: () => {} },
      problems: [expect.stringContaining('publicKey is missing')],
    },
    {
      what: 'one of a KMS with a private key',
      key: { publicKey: rsa.privateKey, kid: 'kms', alg: 'RS256', sign: () => {} },
      problems: [expect.stringContaining('publicKey is a private key')],
    },
    {
      what: 'one of a KMS with a private JWK',
      key: { publicKey: rsa.privateKey.export({ format: 'jwk' }), kid: 'kms', alg: 'RS256', sign: () => {} },
      problems: [expect.stringContaining('publicKey is a private JWK')],
    },
    {
      what: 'one of a KMS in PKCS#1',
      key: { publicKey: pem(rsa.publicKey, 'pkcs1'), kid: 'kms', alg: 'RS256', sign: () => {} },
      problems: [expect.stringContaining('RSAPublicKey_in')],
    },
    {
      what: 'one of a KMS that does not fit',
      key: { publicKey: ec.publicKey, kid: 'kms', alg: 'RS256', sign: () => {} },
      problems: [expect.stringContaining('does not fit RS256')],
    },
    {
      what: 'one of a KMS and a private key',
      key: { publicKey: rsa.publicKey, privateKey: rsa.privateKey, kid: 'kms', alg: 'RS256', sign: () => {} },
      problems: [expect.stringContaining('privateKey" is not an option')],
    },
    {
      what: 'one of a KMS that cannot sign',
      key: { publicKey: rsa.publicKey, kid: 'kms', alg: 'RS256' },
      problems: [`${PATH}.sign must be a function`],
    },
    {
      what: 'one of a KMS without names',
      key: { publicKey: rsa.publicKey, sign: () => {} },
      problems: [expect.stringContaining('.kid must be'), expect.stringContaining('.alg must be')],
    },
  ])('CA-4 is not $what', ({ key, problems }) => {
    expect(problemsOfKey(key)).toEqual(problems)
  })

  it('is named by its place in the list when it is wrong, and the others are judged too', () => {
    const problems = problemsOf(withKeys([{ privateKey: rsa.privateKey }, { privateKey: '' }, { privateKey: 'x' }]))
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'clientAuthentication.keys[1].privateKey',
      'clientAuthentication.keys[2].privateKey',
    ])
  })

  it('CA-4 is not shown in a message, not even in part', () => {
    const text = pem(rsa.privateKey, 'pkcs8')
    const damaged = text.replace(/[A-Z]{2}/g, '!!')
    for (const privateKey of [damaged, text.slice(30), pem(rsa.privateKey, 'pkcs1')]) {
      const [problem = ''] = problemsOfKey({ privateKey })
      const parts = privateKey.split('\n').slice(1, -2)
      expect(parts.some((line) => problem.includes(line))).toBe(false)
    }
  })
})

function encryptedPem(): string {
  const passphrase = createHash('sha256').update('test').digest('hex')
  return rsa.privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase }).toString()
}

describe('the public half', () => {
  it('verifies what the private half signs', () => {
    const { publicJwk } = keyOf({ privateKey: rsa.privateKey })
    expect(createPublicKey({ key: publicJwk as never, format: 'jwk' }).equals(rsa.publicKey)).toBe(true)
  })
})
