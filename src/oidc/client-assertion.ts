/** The signed statement by which a client proves itself to the token endpoint; RFC 7523, section 3. */
import { randomBytes, type KeyObject } from 'node:crypto'
import { isUint8Array } from 'node:util/types'

import { CompactSign } from 'jose'

import { Fault, sanitizedCause } from '../outbound/fault.js'
import { withinTime } from '../primitives/within-time.js'

/** RFC 7523, section 3: so that one assertion is not taken for another; a random UUID would have 122 bits. */
const TOKEN_ID_BYTES = 16

/** CIS2 takes up to five minutes; ours is used at once. */
const LIFETIME_SECONDS = 60

/** Header and claims. Nothing in them is secret. */
export interface Assertion {
  readonly header: { readonly alg: string; readonly typ: 'JWT'; readonly kid?: string }
  readonly claims: Readonly<Record<'iss' | 'sub' | 'aud' | 'jti', string>> & Readonly<Record<'iat' | 'exp', number>>
}

export interface AssertionRequest {
  readonly clientId: string
  /** As discovered, `:443` included: CIS2 compares `aud` with it as text. */
  readonly tokenEndpoint: string
  readonly alg: string
  readonly kid: string | undefined
  readonly nowSeconds: number
}

/** Header and claims as CIS2 wants them: one `aud`, and no `nbf`, by which a slow clock would refuse us. */
export function buildAssertion(request: AssertionRequest): Assertion {
  const { alg, kid, clientId, tokenEndpoint, nowSeconds } = request
  return {
    header: { alg, typ: 'JWT', ...(kid === undefined ? {} : { kid }) },
    claims: {
      iss: clientId,
      sub: clientId,
      aud: tokenEndpoint,
      jti: randomBytes(TOKEN_ID_BYTES).toString('hex'),
      iat: nowSeconds,
      exp: nowSeconds + LIFETIME_SECONDS,
    },
  }
}

/** Signs with a key, or a shared secret, that this process holds. */
export async function signLocally({ header, claims }: Assertion, key: KeyObject): Promise<string> {
  return new CompactSign(utf8(JSON.stringify(claims))).setProtectedHeader(header).sign(key)
}

/**
 * Signs with a key that only a KMS or HSM holds.
 *
 * Rejects with a {@link Fault} when it fails, answers nonsense, or takes too long: a signer is a
 * network call like any other.
 */
export async function signRemotely(
  { header, claims }: Assertion,
  sign: (data: Uint8Array) => Promise<Uint8Array>,
  timeoutMs: number,
): Promise<string> {
  const signingInput = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`
  const tooLate = () => new Fault('sign', 'The remote signer did not answer in time.')
  const signature = await withinTime(callSigner(sign, utf8(signingInput)), timeoutMs, tooLate)
  if (!isUint8Array(signature) || signature.byteLength === 0) {
    throw new Fault('sign', 'The remote signer did not answer with a signature.')
  }
  return `${signingInput}.${Buffer.from(signature).toString('base64url')}`
}

async function callSigner(sign: (data: Uint8Array) => Promise<unknown>, data: Uint8Array): Promise<unknown> {
  try {
    return await sign(data)
  } catch (error) {
    throw new Fault('sign', 'The remote signer failed.', { cause: sanitizedCause(error) })
  }
}

function utf8(text: string): Uint8Array {
  // By the global constructor, which a DOM test environment replaces and jose asks about.
  return new Uint8Array(Buffer.from(text))
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}
