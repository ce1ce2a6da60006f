/** Making tokens: a draft that a fault may still spoil, and the function that signs it. */
import { createHash } from 'node:crypto'

import { CompactSign, type CryptoKey, type JWK } from 'jose'

/** Claims before they are signed. */
export type Claims = Record<string, unknown>

/**
 * The keys a draft can be signed with: the current one, one that is nowhere published, a published one of another type,
 * and the text of the public key, for the confusion of RS256 with HS256.
 */
export type SignerName = 'current' | 'stranger' | 'elliptic' | 'public-key-text'

/** A key to sign with, and its `kid` where that is not the one of the draft. */
export interface Signer {
  readonly key: CryptoKey | Uint8Array
  readonly kid?: string
}

/** Where keys to sign with come from. */
export interface Signers {
  signer(name: SignerName): Promise<Signer>
  /** The stranger's public key. */
  strangersKey(): Promise<JWK>
}

/** A token about to be signed. */
export interface JwtDraft {
  header: { alg: string; kid?: string; typ?: string } & Record<string, unknown>
  claims: Claims
  signWith: SignerName | 'nothing'
  /** Puts the stranger's public key into the header. */
  offerKey?: boolean
  /** Changes the finished text. */
  finish?: (token: string) => string
}

/** A draft signed as CIS2 signs: RS256 with the current key. */
export function draftOf(claims: Claims, kid: string): JwtDraft {
  return { header: { typ: 'JWT', kid, alg: 'RS256' }, claims, signWith: 'current' }
}

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The finished token. */
export async function signDraft(draft: JwtDraft, signers: Signers): Promise<string> {
  const token = await sign(draft, signers)
  return draft.finish ? draft.finish(token) : token
}

async function sign({ header, claims, signWith, offerKey }: JwtDraft, signers: Signers): Promise<string> {
  if (signWith === 'nothing') return `${base64url(header)}.${base64url(claims)}.`
  const { key, kid } = await signers.signer(signWith)
  const offered = offerKey ? { jwk: await signers.strangersKey() } : {}
  // Made by the global constructor, which a DOM test environment replaces and jose asks about.
  return new CompactSign(new Uint8Array(Buffer.from(JSON.stringify(claims))))
    .setProtectedHeader({ ...header, ...(kid === undefined ? {} : { kid }), ...offered })
    .sign(key)
}

/** Left half of the SHA-256, as `at_hash`, `c_hash` and `s_hash` want it (OpenID Connect Core 3.1.3.6). */
export function halfHash(text: string): string {
  return createHash('sha256').update(text, 'ascii').digest().subarray(0, 16).toString('base64url')
}
