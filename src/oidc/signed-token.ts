/** Signed tokens of CIS2: their shape, their header, their signature. Nothing in a token is believed before this has passed. */
import { compactVerify } from 'jose'

import { parseJsonObject, type JsonObject } from '../outbound/json.js'
import type { RemoteKeys, TokenOrigin } from './remote-keys.js'

/** Three parts of base64url, none empty: no unsecured token (RFC 7515, appendix A.5), no encrypted one. */
const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/

const MAX_KEY_ID_LENGTH = 512

/** Why a signed token cannot be trusted: for developers, without anything from the token. */
export class UntrustedTokenError extends Error {
  constructor(problem: string) {
    super(problem)
    this.name = 'UntrustedTokenError'
  }
}

export interface TokenHeader {
  readonly alg: string
  readonly kid: string | undefined
  /** Lower case, `application/` removed; undefined when absent. */
  readonly typ: string | undefined
}

export interface SignedToken {
  readonly text: string
  readonly header: TokenHeader
}

/** A token whose signature holds. */
export interface VerifiedToken {
  readonly header: TokenHeader
  readonly claims: JsonObject
}

/**
 * Reads shape and header of a signed token, without calling anybody.
 *
 * Throws an {@link UntrustedTokenError} for whatever is no compact JWS with one of our algorithms:
 * the pin comes from the configuration, never from the token or the discovery document.
 */
export function parseSignedToken(
  text: unknown,
  limits: { algorithms: readonly string[]; maxBytes: number },
): SignedToken {
  if (typeof text !== 'string') throw new UntrustedTokenError('it is no text')
  if (text.length > limits.maxBytes) throw new UntrustedTokenError('it is too long')
  // Spare bits in the last character would give one signature several spellings.
  if (!COMPACT_JWS.test(text) || !isCanonical(text.slice(text.lastIndexOf('.') + 1))) {
    throw new UntrustedTokenError('it is no compact signed token')
  }
  const header = parseJsonObject(Buffer.from(text.slice(0, text.indexOf('.')), 'base64url'))
  if (header === undefined) throw new UntrustedTokenError('its header is no JSON object')
  return { text, header: parseHeader(header, limits.algorithms) }
}

function isCanonical(part: string): boolean {
  return Buffer.from(part, 'base64url').toString('base64url') === part
}

function parseHeader(header: JsonObject, algorithms: readonly string[]): TokenHeader {
  const { kid, typ } = header
  const alg = algorithms.find((accepted) => accepted === header.alg)
  if (alg === undefined) {
    throw new UntrustedTokenError(`it is not signed with ${algorithms.join(' or ')}`)
  }
  if ('crit' in header || 'b64' in header || 'zip' in header || 'enc' in header) {
    throw new UntrustedTokenError('its header asks for extensions that are not used here')
  }
  if (kid !== undefined && (typeof kid !== 'string' || kid === '' || kid.length > MAX_KEY_ID_LENGTH)) {
    throw new UntrustedTokenError('its key name is odd')
  }
  if (typ !== undefined && typeof typ !== 'string') throw new UntrustedTokenError('its type is odd')
  return { alg, kid, typ: typ?.toLowerCase().replace(/^application\//, '') }
}

/**
 * Verifies a token with CIS2's keys. `jku`, `jwk`, `x5u` and `x5c` of its header are never looked at.
 *
 * Throws an {@link UntrustedTokenError}, or the fetch's error when the keys are not to be had.
 */
export async function verifySignedToken(
  token: SignedToken,
  keys: RemoteKeys,
  origin: TokenOrigin,
): Promise<VerifiedToken> {
  const candidates = await keys.find(token.header, origin)
  if (candidates.length === 0) throw new UntrustedTokenError('no published key of CIS2 fits its header')
  for (const key of candidates) {
    const payload = await payloadSignedBy(token, key)
    if (payload === undefined) continue
    const claims = parseJsonObject(payload)
    if (claims === undefined) throw new UntrustedTokenError('its claims are no JSON object')
    return { header: token.header, claims }
  }
  throw new UntrustedTokenError('its signature does not fit the key that it names')
}

async function payloadSignedBy(
  { text, header }: SignedToken,
  key: Parameters<typeof compactVerify>[1],
): Promise<Uint8Array | undefined> {
  try {
    const { payload } = await compactVerify(text, key, { algorithms: [header.alg] })
    return payload
  } catch {
    // Wrong signature, or a key that cannot do this algorithm: both mean "not signed by it".
    return undefined
  }
}
