/** Making tokens: a draft that a fault may still spoil, and the function that signs it. */
import { createHash } from 'node:crypto'

import { CompactSign, type CryptoKey } from 'jose'

/** Claims before they are signed. */
export type Claims = Record<string, unknown>

/**
 * The keys a draft can be signed with: the current one, one that is nowhere published, a published one of another type,
 * and the text of the public key, for the confusion of RS256 with HS256.
 */
export type SignerName = 'current' | 'stranger' | 'elliptic' | 'public-key-text'

/** Finds a key to sign with. */
export type FindSigner = (name: SignerName) => Promise<CryptoKey | Uint8Array>

/** A token about to be signed. */
export interface JwtDraft {
  header: { alg: string; kid?: string; typ?: string } & Record<string, unknown>
  claims: Claims
  signWith: SignerName | 'nothing'
  /** Changes the finished text. */
  finish?: (token: string) => string
}

/** A draft signed as CIS2 signs: RS256 with the current key. */
export function draftOf(claims: Claims, kid: string): JwtDraft {
  return { header: { typ: 'JWT', kid, alg: 'RS256' }, claims, signWith: 'current' }
}

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The finished token. */
export async function signDraft(draft: JwtDraft, findSigner: FindSigner): Promise<string> {
  const token =
    draft.signWith === 'nothing'
      ? `${base64url(draft.header)}.${base64url(draft.claims)}.`
      : await new CompactSign(Buffer.from(JSON.stringify(draft.claims)))
          .setProtectedHeader(draft.header)
          .sign(await findSigner(draft.signWith))
  return draft.finish ? draft.finish(token) : token
}

/** Left half of the SHA-256, as `at_hash`, `c_hash` and `s_hash` want it (OpenID Connect Core 3.1.3.6). */
export function halfHash(text: string): string {
  return createHash('sha256').update(text, 'ascii').digest().subarray(0, 16).toString('base64url')
}
