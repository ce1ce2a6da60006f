/** What users write to prove to CIS2 that their application is itself. */
import type { KeyObject } from 'node:crypto'

import type { JWK } from 'jose'

/**
 * Signature algorithms for client assertions. CIS2's registration offers `RS256` and `RS512`.
 *
 * @see [RFC 7518, section 3.1](https://www.rfc-editor.org/rfc/rfc7518#section-3.1)
 */
export type AssertionAlgorithm = 'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512'

/** A signing key that this process holds. For one that it does not: {@link RemoteSigningKey}. */
export interface LocalSigningKey {
  /**
   * The private key: a `KeyObject`, PKCS#8 PEM text (line breaks may be written as `\n`), or a JWK. RSA of 2048 bits or
   * more, or the curve that `alg` names. Missing or unreadable: a `ConfigError` that names the likely cause.
   */
  privateKey: KeyObject | JWK | string | undefined
  /**
   * The key's name in the assertion's header and in the published key set. Default: the JWK's own, else its thumbprint.
   * CIS2 finds the key by it; no two keys may share one.
   *
   * @see [RFC 7638](https://www.rfc-editor.org/rfc/rfc7638)
   */
  kid?: string
  /** The signature algorithm; must be the one that was registered with CIS2, and fit the key. Default `'RS512'`; an EC key must say. */
  alg?: AssertionAlgorithm
  /**
   * Published at once, but not used for signing before this time. Default: used at once. CIS2 may keep a key set for a
   * while, so publish a new key 24 hours before it is used.
   */
  notBefore?: Date
}

/** A signing key that never leaves a KMS or HSM. */
export interface RemoteSigningKey {
  /** The public half, which is published and checks what `sign` returns: a `KeyObject`, SPKI PEM text, or a JWK. */
  publicKey: KeyObject | JWK | string | undefined
  /** The key's name in the assertion's header and in the published key set. CIS2 finds the key by it. */
  kid: string
  /** The signature algorithm that `sign` uses; must be the one that was registered with CIS2. */
  alg: AssertionAlgorithm
  /**
   * Signs the JWS signing input and returns the raw JWS signature (for ECDSA `r || s`, not DER). It has
   * `timeoutSeconds`; one that is late, throws, or returns a signature that does not verify refuses the sign-in with
   * 503.
   *
   * @see [RFC 7515, section 5.1](https://www.rfc-editor.org/rfc/rfc7515#section-5.1)
   */
  sign: (data: Uint8Array) => Promise<Uint8Array>
  /** Published at once, but not used for signing before this time. Default: used at once. */
  notBefore?: Date
}

/** A key that signs client assertions: held here, or in a KMS or HSM. */
export type SigningKey = LocalSigningKey | RemoteSigningKey

/**
 * How the application proves to CIS2 that it is itself: the one method that was registered.
 *
 * With `private_key_jwt`, which NHS England recommends, all `keys` are published and the first whose `notBefore` has
 * passed signs. With a secret, nothing is published and the `jwks` route answers 404.
 *
 * @see [OpenID Connect Core 1.0, section 9](https://openid.net/specs/openid-connect-core-1_0.html#ClientAuthentication)
 */
export type ClientAuthenticationOptions =
  | { method: 'private_key_jwt'; keys: readonly SigningKey[] }
  | { method: 'client_secret_post' | 'client_secret_basic' | 'client_secret_jwt'; clientSecret: string | undefined }
