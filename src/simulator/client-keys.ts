/** Relying parties' public keys, as CIS2 finds them: registered, or fetched from where they are published. */
import { importJWK, type CryptoKey, type JWK } from 'jose'

import type { PublishedKeys } from './clients.js'
import { describeCause } from './describe-cause.js'
import { type KeySetReader, listKids } from './key-set-reader.js'

/** A key, or the true reason why there is none. */
export type FoundKey = { readonly key: CryptoKey | Uint8Array } | { readonly refusal: string }

/** Finds relying parties' keys. A published key set is fetched again when a `kid` is not in the one that is kept. */
export class ClientKeys {
  readonly #keySets: KeySetReader

  constructor(keySets: KeySetReader) {
    this.#keySets = keySets
  }

  /** `journey`: the sign-in for which the key is wanted. */
  async find({ jwks, jwksUri }: PublishedKeys, kid: string, alg: string, journey?: string): Promise<FoundKey> {
    const isThere = (keys: readonly JWK[]) => keys.some((key) => key.kid === kid)
    const keys = jwks?.keys ?? (await this.#keySets.read(jwksUri ?? '', journey, isThere))
    if (typeof keys === 'string') return { refusal: keys }
    const jwk = keys.find((each) => each.kid === kid && (each.use ?? 'sig') === 'sig')
    if (!jwk) return { refusal: `kid "${kid}" is not in the client's key set; there: ${listKids(keys)}` }
    try {
      return { key: await importJWK(jwk, alg) }
    } catch (cause) {
      return { refusal: `the key "${kid}" does not fit ${alg}: ${describeCause(cause)}` }
    }
  }
}
