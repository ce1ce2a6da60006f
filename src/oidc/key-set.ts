/** CIS2's published keys: which of them may verify, and the one that a token names. */
import { isRecord } from '../primitives/is-record.js'
import { createHash, createPublicKey, type KeyObject } from 'node:crypto'

import type { JsonObject } from '../outbound/json.js'

/** NIST SP 800-131A, revision 2, section 3: RSA below this is no longer allowed. */
const MIN_MODULUS_BITS = 2048

/** More keys under one `kid` are somebody's mistake; verification tries no more of them. */
const MAX_KEYS_PER_ID = 4

/** What a token's header says about its key. */
export interface KeyQuery {
  readonly alg: string
  /** Opaque text: base64 with `/`, `+` and `=` at CIS2. */
  readonly kid: string | undefined
}

export interface KeySet {
  /** Keys to try; empty when none fits, or when the token names none and several would. */
  find(query: KeyQuery): readonly KeyObject[]
  /** Equal for two sets of the same keys. */
  readonly fingerprint: string
  /** How many of the published keys may verify. */
  readonly size: number
}

/** The public members of an RSA verification key. Whatever else a document holds is left behind. */
interface PublishedKey {
  readonly n: string
  readonly e: string
  readonly kid: string | undefined
  readonly alg: string | undefined
}

/**
 * Reads a JWKS document; undefined when it is none.
 *
 * Keys for encryption (CIS2 publishes them beside the others, sometimes under the same `kid`),
 * symmetric, malformed and small keys are left out. Private members are never read.
 */
export function parseKeySet(document: JsonObject): KeySet | undefined {
  if (!Array.isArray(document.keys)) return undefined
  const members = document.keys.filter(isRecord)
  // OpenID Connect Discovery 1.0, section 3, `jwks_uri`: beside keys for encryption, every key must say what it is for.
  const mustSay = members.some(({ use }) => use === 'enc')
  const published = members.map((key) => toPublishedKey(key, mustSay)).filter((key) => key !== undefined)
  const imported = new Map<PublishedKey, KeyObject | undefined>()

  // Imported when a token first names it: a document of 10,000 keys costs no more than reading it.
  function importOnce(key: PublishedKey): KeyObject | undefined {
    if (!imported.has(key)) imported.set(key, importKey(key))
    return imported.get(key)
  }

  return {
    size: published.length,
    fingerprint: fingerprintOf(published),
    find({ alg, kid }) {
      const fitting = published.filter(
        (key) => (key.alg === undefined || key.alg === alg) && (kid === undefined || key.kid === kid),
      )
      // Without a name there must be no choice; OpenID Connect Core 1.0, section 10.1.
      if (kid === undefined && fitting.length !== 1) return []
      return fitting
        .slice(0, MAX_KEYS_PER_ID)
        .map(importOnce)
        .filter((key) => key !== undefined)
    },
  }
}

function toPublishedKey(key: JsonObject, mustSay: boolean): PublishedKey | undefined {
  const { kty, n, e, use } = key
  const [kid, alg, operations] = [key.kid, key.alg, key.key_ops].map(absentWhenNull)
  if (kty !== 'RSA') return undefined
  if (use !== 'sig' && (mustSay || use !== undefined)) return undefined
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return undefined
  if (kid !== undefined && typeof kid !== 'string') return undefined
  if (alg !== undefined && typeof alg !== 'string') return undefined
  if (typeof n !== 'string' || typeof e !== 'string') return undefined
  // Six bits a character; the exact length is judged when the key is imported.
  if (n.length * 6 < MIN_MODULUS_BITS) return undefined
  return { n, e, kid, alg }
}

/** Some servers write what they have nothing to say about as null; not what a key is for, by which we choose. */
function absentWhenNull(member: unknown): unknown {
  return member ?? undefined
}

/** Node reads any two texts as some RSA key: what it read is judged, and a key that is none is not there. */
function importKey({ n, e }: PublishedKey): KeyObject | undefined {
  const key = createPublicKey({ key: { kty: 'RSA', n, e }, format: 'jwk' })
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {}
  // An exponent of 1 makes every text its own signature.
  return modulusLength >= MIN_MODULUS_BITS && publicExponent >= 3n && publicExponent % 2n === 1n ? key : undefined
}

function fingerprintOf(keys: readonly PublishedKey[]): string {
  const names = keys.map((key) => JSON.stringify([key.kid, key.alg, key.n, key.e])).sort()
  return createHash('sha256').update(names.join()).digest('base64url')
}
