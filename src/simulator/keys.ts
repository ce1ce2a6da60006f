/** The simulator's own keys: made at start, rotated on request, published among decoys. */
import { randomBytes } from 'node:crypto'

import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWK } from 'jose'

import type { Signer, SignerName, Signers } from './jwt.js'

interface KeyPair {
  readonly kid: string
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  readonly jwk: JWK
  /** An encryption key under the same `kid`. Published by a fault only. */
  readonly twin: JWK
}

/** What is published, and what a fault may add: an encryption key under the `kid` of each key that signs. */
export interface KeySet {
  keys: JWK[]
  readonly twins: readonly JWK[]
}

/** CIS2's `kid`s are base64 text; each of ours has all three characters that a careless relying party trips over. */
function awkwardKid(): string {
  for (;;) {
    const kid = randomBytes(20).toString('base64')
    if (kid.includes('/') && kid.includes('+')) return kid
  }
}

async function makeKeyPair(alg: 'RS256' | 'ES256'): Promise<KeyPair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const kid = awkwardKid()
  const jwk = { ...(await exportJWK(publicKey)), kid, use: 'sig', alg }
  return { kid, privateKey, publicKey, jwk, twin: decoyRsa(kid) }
}

/** An encryption key nobody holds: a random modulus is enough for a decoy, and costs no prime search at start. */
function decoyRsa(kid: string): JWK {
  const modulus = randomBytes(256)
  modulus[0] = 0xc0 | (modulus[0] ?? 0)
  modulus[255] = 0x01 | (modulus[255] ?? 0)
  return { kty: 'RSA', kid, use: 'enc', alg: 'RSA-OAEP-256', n: modulus.toString('base64url'), e: 'AQAB' }
}

async function decoyElliptic(): Promise<JWK> {
  const { publicKey } = await generateKeyPair('ECDH-ES', { extractable: true, crv: 'P-256' })
  return { ...(await exportJWK(publicKey)), kid: awkwardKid(), use: 'enc', alg: 'ECDH-ES' }
}

/** The keys in force and the key set that is published. */
export class KeyRing implements Signers {
  #current: KeyPair
  #previous: KeyPair | undefined
  #stranger: Promise<KeyPair> | undefined
  readonly #elliptic: KeyPair
  readonly #decoys: readonly JWK[]

  private constructor(current: KeyPair, elliptic: KeyPair, decoys: readonly JWK[]) {
    this.#current = current
    this.#elliptic = elliptic
    this.#decoys = decoys
  }

  static async make(): Promise<KeyRing> {
    const [current, elliptic, decoy] = await Promise.all([makeKeyPair('RS256'), makeKeyPair('ES256'), decoyElliptic()])
    return new KeyRing(current, elliptic, [decoyRsa(awkwardKid()), decoy])
  }

  /** `kid` of the key that signs. */
  get kid(): string {
    return this.#current.kid
  }

  /** A new key signs from now on; the one before stays published until the next rotation. */
  async rotate(): Promise<void> {
    const next = await makeKeyPair('RS256')
    this.#previous = this.#current
    this.#current = next
  }

  /**
   * The key that signs first, the decoys last and under other names: AM gives one secret to each `kid`, and clients in
   * live use take the first key of a `kid` without a look at its `use`.
   */
  published(): KeySet {
    const signing = [this.#current, ...(this.#previous ? [this.#previous] : []), this.#elliptic]
    return structuredClone({
      keys: [...signing.map(({ jwk }) => jwk), ...this.#decoys],
      twins: signing.map(({ twin }) => twin),
    })
  }

  async strangersKey(): Promise<JWK> {
    return (await this.#strangersPair()).jwk
  }

  /** Made when first asked for. */
  #strangersPair(): Promise<KeyPair> {
    this.#stranger ??= makeKeyPair('RS256')
    return this.#stranger
  }

  /** Finds a key to sign with. */
  async signer(name: SignerName): Promise<Signer> {
    switch (name) {
      case 'current':
        return { key: this.#current.privateKey }
      case 'elliptic':
        return { key: this.#elliptic.privateKey, kid: this.#elliptic.kid }
      case 'stranger':
        return { key: (await this.#strangersPair()).privateKey }
      case 'public-key-text':
        return { key: Buffer.from(await exportSPKI(this.#current.publicKey)) }
    }
  }
}
