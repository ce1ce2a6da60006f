/** What users write. */
import type { KeyObject } from 'node:crypto'

import type { Cluster, Redis } from 'ioredis'
import type { JWK } from 'jose'

import type { ApiPlatformEnvironment } from '../cis2/api-platforms.js'
import type { AssuranceLevel, IdentityAssuranceLevel } from '../cis2/assurance.js'
import type { Cis2Event } from '../events.js'

/** Signature algorithms for client assertions. */
export type AssertionAlgorithm = 'RS256' | 'RS384' | 'RS512' | 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512'

/** A signing key that this process holds. */
export interface LocalSigningKey {
  /** Private key: a `KeyObject`, PKCS#8 PEM text (`\n` escapes allowed), or a JWK. */
  privateKey: KeyObject | JWK | string | undefined
  /** Default: the RFC 7638 thumbprint. */
  kid?: string
  /** Default `RS512`. */
  alg?: AssertionAlgorithm
  /** Not used for signing before this time, but published at once. Publish 24 hours before use. */
  notBefore?: Date
}

/** A signing key that never leaves a KMS or HSM. */
export interface RemoteSigningKey {
  publicKey: KeyObject | JWK | string | undefined
  kid: string
  alg: AssertionAlgorithm
  /** Signs the JWS signing input; answers the raw JWS signature. */
  sign: (data: Uint8Array) => Promise<Uint8Array>
  notBefore?: Date
}

export type SigningKey = LocalSigningKey | RemoteSigningKey

export type ClientAuthenticationOptions =
  | { method: 'private_key_jwt'; keys: readonly SigningKey[] }
  | { method: 'client_secret_post' | 'client_secret_basic' | 'client_secret_jwt'; clientSecret: string | undefined }

export interface RouteOptions {
  /** Default `/login`. */
  login?: string | false
  /** Default `/callback`. */
  callback?: string | false
  /** Default `/logout`. */
  logout?: string | false
  /** Default `/change-role`. */
  changeRole?: string | false
  /** Default `/backchannel-logout`. */
  backChannelLogout?: string | false
  /** Default `/.well-known/jwks.json`. */
  jwks?: string | false
  /** Default `/session`. */
  session?: string | false
}

export interface SessionOptions {
  /** At least 32 characters. The first seals, all open. */
  secret: string | undefined | readonly (string | undefined)[]
  /** A URL (`redis:`, `rediss:`), an ioredis client, or `'memory'` (loopback and development only). */
  redis: string | Redis | Cluster | undefined
  /** Default 900. */
  idleTimeoutSeconds?: number
  /** Default 43200. */
  absoluteTimeoutSeconds?: number
  /** Default false: a new sign-in leaves the user's other sessions alone. */
  onePerUser?: boolean
  /** Default `'prefer'`. */
  confirmReplicas?: 'off' | 'prefer' | 'require'
  /** Default `__Host-cis2-<8 hex>`; without the prefix on http loopback. */
  cookieName?: string
  /** Default `cis2:<8 hex>:`. */
  keyPrefix?: string
  /** Allows timeouts longer than the defaults. */
  dangerouslyAllowLongSessions?: boolean
}

/**
 * How the application calls NHS APIs for whoever is signed in: the CIS2 ID token is exchanged at the NHS API platform.
 * See [Calling NHS APIs](https://digital.nhs.uk/developer/guides-and-documentation/security-and-authorisation/user-restricted-restful-apis-nhs-cis2-separate-authentication-and-authorisation).
 */
export interface NhsApiOptions {
  /**
   * Environment of the API platform. Default: the one that pairs with the option `environment`. A pair that cannot work
   * (live with any other) is a `ConfigError`.
   */
  environment?: ApiPlatformEnvironment | undefined
  /** With the option `issuer`, in place of `environment`: the platform's token endpoint (https, or http on loopback). */
  tokenEndpoint?: string | undefined
  /** API key of the application at the API platform; not CIS2's client ID. */
  apiKey: string | undefined
  /**
   * API secret of the application at the API platform. Without it no token is refreshed: the ID token is exchanged
   * again while it lasts (about an hour), and then the user has to sign in again.
   */
  apiSecret?: string | undefined
  /**
   * Keys for the assertions sent to the API platform, RS512 only, each with the `kid` that the platform knows it by.
   * Never the keys for CIS2 by default. A key may be remote.
   */
  keys: readonly SigningKey[]
  /**
   * When the ID token is exchanged. `'first-use'` (default): when the application first calls an API in a session.
   * `'sign-in'`: after the answer of the callback is sent, at most 4 a second per process; should that fail, the first
   * use does it.
   */
  exchange?: 'first-use' | 'sign-in'
  /** Longest wait for the API platform, token or API, in seconds: 1 to 60. Default 15. */
  timeoutSeconds?: number
}

/** The options of `cis2Auth`. */
export interface Cis2Options {
  /** A known CIS2 environment; exactly one of `environment` and `issuer`. */
  environment?: 'live' | 'int' | 'mock' | undefined
  /** The issuer's text, with or without `:443`. */
  issuer?: string | undefined
  clientId: string | undefined
  clientAuthentication: ClientAuthenticationOptions
  /** Public address of the app; every own URL is built from it. */
  baseUrl: string | undefined
  /** Least level of every sign-in. Default 3. */
  aal?: AssuranceLevel
  /** `acr_values` texts sent instead of the usual, by level asked for. */
  acrValues?: { 1?: string; 2?: string; 3?: string }
  /** Least `id_assurance_level`; 0 switches the check off. Default 3. */
  identityAssuranceLevel?: IdentityAssuranceLevel
  /** Space-separated. Default `openid profile email nhsperson nationalrbacaccess associatedorgs selectedrole`. */
  scopes?: string
  /** Default `'login'`. */
  prompt?: 'login' | false
  /** Oldest `auth_time` accepted at sign-in. Default 300. */
  maxAuthAgeSeconds?: number
  /** Default true (S256). */
  pkce?: boolean
  /** Default `'any'`. */
  userInfo?: 'any' | 'signed'
  routes?: RouteOptions
  /** Default `/`. */
  defaultReturnPath?: string
  /** Default `/`. */
  postLogoutPath?: string
  /** Default false. */
  idpLogout?: boolean
  session: SessionOptions
  /** Origins beside the issuer's that discovery may name. Default none. */
  allowedEndpointOrigins?: readonly string[]
  /** Default `'any'`. */
  logoutTokenType?: 'any' | 'logout+jwt'
  /** Default `'respond'`. */
  errors?: 'respond' | 'next'
  /** Calling NHS APIs (PDS, EPS, e-RS …) for the user who is signed in. Default: none. */
  nhsApi?: NhsApiOptions | undefined
  /** The audit stream. */
  onEvent?: (event: Cis2Event) => void
  /** How CIS2 is reached. Default the global `fetch`. */
  fetch?: typeof fetch
  /** Per call to CIS2. Default 5. */
  timeoutSeconds?: number
  /** Default 30. */
  clockToleranceSeconds?: number
  /** Epoch milliseconds. Default `Date.now`. */
  clock?: () => number
}

export type RouteName = keyof RouteOptions
