/** The keys that sign client assertions: imported, measured, named, and ready to be published. */
import { createHash, createPrivateKey, createPublicKey } from 'node:crypto'
import type { JsonWebKey, KeyObject } from 'node:crypto'
import { types } from 'node:util'

import type { JWK } from 'jose'
import { z } from 'zod'

import type { ParsedSigningKey } from './cis2-config.js'
import type { AssertionAlgorithm } from './client-authentication-options.js'
import { conceal } from './conceal.js'
import { isRecord } from '../primitives/is-record.js'
import type { Readable } from './fields.js'
import { UNREADABLE, readFields, whenRead } from './fields.js'
import { importKey, readPem, type KeyKind } from './pem.js'
import { callable, oneOf } from './schemas.js'

/** Every algorithm that a client assertion can be signed with. */
export const ASSERTION_ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'],
] as const satisfies readonly AssertionAlgorithm[]

/** RFC 7518, section 3.4: each ECDSA algorithm has one curve. Named as OpenSSL does. */
const CURVES: Readonly<Partial<Record<AssertionAlgorithm, string>>> = {
  ES256: 'prime256v1',
  ES384: 'secp384r1',
  ES512: 'secp521r1',
}

/** RFC 7518, section 3.3. */
const MIN_RSA_BITS = 2048

const kid = z.string('must be text').regex(/^[\x21-\x7e]{1,255}$/, 'must be 1 to 255 ASCII characters, no spaces')
const algorithm = oneOf(ASSERTION_ALGORITHMS)
const notBefore = z.date('must be a valid Date').optional()
/** Read by hand, below. */
const material = z.unknown()

/**
 * Reads `clientAuthentication.keys`: checks what each key is, and gives each its `kid` and its public half.
 *
 * @param nowMilliseconds - When the configuration is read: one of the keys must be in force.
 */
export function parseSigningKeys(
  value: unknown,
  path: string,
  nowMilliseconds: number,
  problems: string[],
): Readable<readonly ParsedSigningKey[]> {
  if (!Array.isArray(value) || value.length === 0) {
    problems.push(`${path} must be a list of at least one key`)
    return UNREADABLE
  }
  const read = Array.from(value, (entry: unknown, index) => parseSigningKey(entry, `${path}[${index}]`, problems))
  const keys = read.filter((key) => key !== UNREADABLE)
  const kids = new Set<string>()
  for (const key of keys) {
    if (kids.has(key.kid)) problems.push(`${path} has two keys of the same kid`)
    kids.add(key.kid)
  }
  if (keys.length < read.length) return UNREADABLE
  if (keys.every((key) => key.notBefore !== undefined && key.notBefore > nowMilliseconds)) {
    problems.push(`${path} has no key that may sign yet: the notBefore of each is in the future`)
  }
  return Object.freeze(keys)
}

function parseSigningKey(value: unknown, path: string, problems: string[]): Readable<ParsedSigningKey> {
  const isRemote = isRecord(value) && (Object.hasOwn(value, 'publicKey') || Object.hasOwn(value, 'sign'))
  return isRemote ? parseRemoteKey(value, path, problems) : parseLocalKey(value, path, problems)
}

function parseLocalKey(value: unknown, path: string, problems: string[]): Readable<ParsedSigningKey> {
  const shape = { privateKey: material, kid: kid.optional(), alg: algorithm.optional(), notBefore }
  const fields = readFields(shape, value, path, problems)
  if (fields === undefined) return UNREADABLE
  const privateKey = readMaterial(fields.privateKey, 'private', `${path}.privateKey`, problems)
  const read = whenRead({ ...fields, privateKey })
  if (read === UNREADABLE) return UNREADABLE
  const named = namesInJwk(fields.privateKey)
  const alg = read.alg ?? named.alg
  const unsaid = alg === undefined ? algorithmOfCurve(read.privateKey) : undefined
  if (unsaid !== undefined) {
    problems.push(
      `${path}.alg is missing: ${unsaid} fits this key's curve, while the default RS512 is for RSA keys. Say alg: '${unsaid}' ` +
        'if that is what is registered with CIS2, which offers RS256 and RS512',
    )
    return UNREADABLE
  }
  return finishKey(
    {
      kid: read.kid ?? named.kid,
      alg: alg ?? 'RS512',
      notBefore: read.notBefore?.getTime(),
      privateKey: read.privateKey,
      sign: undefined,
    },
    createPublicKey(read.privateKey),
    `${path}.privateKey`,
    problems,
  )
}

function parseRemoteKey(value: unknown, path: string, problems: string[]): Readable<ParsedSigningKey> {
  const sign = callable<(data: Uint8Array) => Promise<Uint8Array>>()
  const fields = readFields({ publicKey: material, kid, alg: algorithm, sign, notBefore }, value, path, problems)
  if (fields === undefined) return UNREADABLE
  const publicKey = readMaterial(fields.publicKey, 'public', `${path}.publicKey`, problems)
  const read = whenRead({ ...fields, publicKey })
  if (read === UNREADABLE) return UNREADABLE
  return finishKey(
    {
      kid: read.kid,
      alg: read.alg,
      notBefore: read.notBefore?.getTime(),
      privateKey: undefined,
      sign: read.sign,
    },
    read.publicKey,
    `${path}.publicKey`,
    problems,
  )
}

type KeyParts = Omit<ParsedSigningKey, 'publicJwk' | 'kid'> & { readonly kid: string | undefined }

function finishKey(
  parts: KeyParts,
  publicKey: KeyObject,
  path: string,
  problems: string[],
): Readable<ParsedSigningKey> {
  const problem = unfitness(publicKey, parts.alg)
  if (problem !== undefined) {
    problems.push(`${path} ${problem}`)
    return UNREADABLE
  }
  const publicJwk = publicJwkOf(publicKey, parts.alg, parts.kid)
  return conceal({ ...parts, kid: publicJwk.kid, publicJwk }, { privateKey: '[redacted]' })
}

/** The public key as it is published. Without a `kid` of its own it is named by its RFC 7638 thumbprint. */
export function publicJwkOf(
  publicKey: KeyObject,
  alg: AssertionAlgorithm,
  kid?: string,
): Readonly<JWK & { kid: string }> {
  const members = publicMembers(publicKey)
  return Object.freeze({ ...members, kid: kid ?? thumbprint(members), alg, use: 'sig' })
}

/** A JWK may bring its own names; those given beside it come first. */
function namesInJwk(value: unknown): { kid: string | undefined; alg: AssertionAlgorithm | undefined } {
  if (!isRecord(value) || types.isKeyObject(value)) return { kid: undefined, alg: undefined }
  return { kid: kid.safeParse(value.kid).data, alg: algorithm.safeParse(value.alg).data }
}

function readMaterial(value: unknown, wanted: KeyKind, path: string, problems: string[]): Readable<KeyObject> {
  const key = importMaterial(value, wanted)
  if (typeof key !== 'string') return key
  problems.push(`${path} ${key}`)
  return UNREADABLE
}

/** Imports a key of any form; a text says what is wrong, without a word of the key. */
function importMaterial(value: unknown, wanted: KeyKind): KeyObject | string {
  if (value === undefined || value === '') return 'is missing or empty; is its environment variable set?'
  if (types.isKeyObject(value))
    return value.type === wanted ? value : `is a ${value.type} key; the ${wanted} key is needed`
  if (typeof value === 'string') return readPem(value, wanted)
  if (!isRecord(value)) return 'must be a KeyObject, PEM text or a JWK'
  const isPrivate = 'd' in value
  if (isPrivate !== (wanted === 'private'))
    return `is a ${isPrivate ? 'private' : 'public'} JWK; the ${wanted} key is needed`
  const jwk = { key: value as JsonWebKey, format: 'jwk' } as const
  return (
    importKey(() => (isPrivate ? createPrivateKey(jwk) : createPublicKey(jwk))) ?? 'is no valid JWK of an RSA or EC key'
  )
}

/** The algorithm of an EC key, which has to be said: the default is for RSA keys. */
function algorithmOfCurve({ asymmetricKeyDetails: details }: KeyObject): AssertionAlgorithm | undefined {
  return ASSERTION_ALGORITHMS.find((alg) => CURVES[alg] !== undefined && CURVES[alg] === details?.namedCurve)
}

/** Why a key cannot be used with an algorithm; undefined when it can. */
function unfitness(key: KeyObject, alg: AssertionAlgorithm): string | undefined {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key
  const curve = CURVES[alg]
  if (type !== (curve === undefined ? 'rsa' : 'ec'))
    return `is a key of type ${type ?? 'unknown'}, which does not fit ${alg}`
  if (curve !== undefined) {
    return details?.namedCurve === curve ? undefined : `is on another curve than the one of ${alg}`
  }
  const bits = details?.modulusLength ?? 0
  return bits < MIN_RSA_BITS ? `is an RSA key of ${bits} bits; at least ${MIN_RSA_BITS} are needed` : undefined
}

type PublicMembers = { kty: 'RSA'; e: string; n: string } | { kty: 'EC'; crv: string; x: string; y: string }

/** The members that make up the public key, and no others: what else a JWK carried stays here. */
function publicMembers(key: KeyObject): PublicMembers {
  const { kty, crv = '', x = '', y = '', n = '', e = '' } = key.export({ format: 'jwk' })
  return kty === 'EC' ? { kty, crv, x, y } : { kty: 'RSA', e, n }
}

/** RFC 7638: SHA-256 over the required members, in the order of their names. */
function thumbprint(members: PublicMembers): string {
  const ordered = Object.entries(members).sort(([one], [other]) => (one < other ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify(Object.fromEntries(ordered)))
    .digest('base64url')
}
