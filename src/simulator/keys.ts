/** The simulator's own keys: made at start, rotated on request, published among decoys. */
import { randomBytes } from 'node:crypto'

import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, importJWK, type JWK } from 'jose'

import { SimulatorOptionsError } from './options-error.js'
import type { SavedKeys, StateFolder } from './state.js'
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

type Algorithm = 'RS256' | 'ES256'

async function makeKeyPair(alg: Algorithm): Promise<KeyPair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return describeKeyPair(privateKey, publicKey, alg, awkwardKid())
}

async function describeKeyPair(
  privateKey: CryptoKey,
  publicKey: CryptoKey,
  alg: Algorithm,
  kid: string,
): Promise<KeyPair> {
  const jwk = { ...(await exportJWK(publicKey)), kid, use: 'sig', alg }
  return { kid, privateKey, publicKey, jwk, twin: decoyRsa(kid) }
}

/** A key pair from its private JWK. */
async function restoreKeyPair(saved: JWK, alg: Algorithm): Promise<KeyPair> {
  const { kty, n, e, crv, x, y, kid = '' } = saved
  const open = kty === 'RSA' ? { kty, n, e } : { kty, crv, x, y }
  const [privateKey, publicKey] = await Promise.all([
    importJWK(saved, alg, { extractable: true }),
    importJWK(open as JWK, alg, { extractable: true }),
  ])
  return describeKeyPair(privateKey as CryptoKey, publicKey as CryptoKey, alg, kid)
}

async function saveKeyPair({ privateKey, kid, jwk }: KeyPair): Promise<JWK> {
  return { ...(await exportJWK(privateKey)), kid, alg: String(jwk.alg) }
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

/** What keeps keys over restarts. */
export type KeyStore = Pick<StateFolder, 'readKeys' | 'writeKeys'>

/** The keys in force and the key set that is published. */
export class KeyRing implements Signers {
  #current: KeyPair
  #previous: KeyPair | undefined
  #stranger: Promise<KeyPair> | undefined
  readonly #elliptic: KeyPair
  readonly #decoys: readonly JWK[]
  readonly #store: KeyStore | undefined

  private constructor(current: KeyPair, elliptic: KeyPair, decoys: readonly JWK[], store: KeyStore | undefined) {
    this.#store = store
    this.#current = current
    this.#elliptic = elliptic
    this.#decoys = decoys
  }

  /** New keys, or those that `store` has kept; what is made is kept there. */
  static async make(store?: KeyStore): Promise<KeyRing> {
    const saved = await store?.readKeys()
    try {
      return await KeyRing.#from(saved, store)
    } catch (cause) {
      if (!saved || cause instanceof SimulatorOptionsError) throw cause
      throw new SimulatorOptionsError(['state: the keys that were kept cannot be used; delete keys.json to begin anew'])
    }
  }

  static async #from(saved: SavedKeys | undefined, store: KeyStore | undefined): Promise<KeyRing> {
    const [current, elliptic, decoy, previous] = await Promise.all([
      saved ? restoreKeyPair(saved.current, 'RS256') : makeKeyPair('RS256'),
      saved ? restoreKeyPair(saved.elliptic, 'ES256') : makeKeyPair('ES256'),
      decoyElliptic(),
      saved?.previous ? restoreKeyPair(saved.previous, 'RS256') : undefined,
    ])
    const ring = new KeyRing(current, elliptic, [decoyRsa(awkwardKid()), decoy], store)
    ring.#previous = previous
    if (!saved) await ring.#save()
    return ring
  }

  async #save(): Promise<void> {
    if (!this.#store) return
    const [current, elliptic, previous] = await Promise.all([
      saveKeyPair(this.#current),
      saveKeyPair(this.#elliptic),
      this.#previous && saveKeyPair(this.#previous),
    ])
    await this.#store.writeKeys({ current, elliptic, ...(previous ? { previous } : {}) })
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
    await this.#save()
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
