/** What we work with: complete, checked, frozen. */
import type { KeyObject } from 'node:crypto'

import type { Cluster, Redis } from 'ioredis'
import type { JWK } from 'jose'

import type { AssuranceLevel, IdentityAssuranceLevel } from '../cis2/assurance.js'
import type { Cis2Event } from '../events.js'
import type { SignInHook } from './sign-in-hook.js'
import type { AssertionAlgorithm } from './client-authentication-options.js'
import type { RouteName } from './cis2-options.js'

/** A signing key after parsing: importable material checked, `\n` unescaped, `kid` computed. */
export interface ParsedSigningKey {
  readonly kid: string
  readonly alg: AssertionAlgorithm
  /** Epoch milliseconds; undefined: at once. */
  readonly notBefore: number | undefined
  /** Public members only, with `kid`, `alg` and `use: 'sig'`. */
  readonly publicJwk: JWK
  /** One of the two. */
  readonly privateKey: KeyObject | undefined
  readonly sign: ((data: Uint8Array) => Promise<Uint8Array>) | undefined
}

export type ClientAuthenticationConfig =
  | { readonly method: 'private_key_jwt'; readonly keys: readonly ParsedSigningKey[] }
  | {
      readonly method: 'client_secret_post' | 'client_secret_basic' | 'client_secret_jwt'
      readonly clientSecret: string
    }

export interface SessionConfig {
  /** First seals, all open. */
  readonly secrets: readonly [string, ...string[]]
  readonly redis: string | Redis | Cluster
  /** Asks for what Redis is to be shown; undefined: what `redis` says. Nothing is known of what it returns. */
  readonly redisCredentials: (() => unknown) | undefined
  readonly idleTimeoutSeconds: number
  readonly absoluteTimeoutSeconds: number
  readonly onePerUser: boolean
  readonly confirmReplicas: 'off' | 'prefer' | 'require'
  readonly cookieName: string
  /** Cookie of a pending sign-in: this name, a dash, and an id of the sign-in. */
  readonly signInCookiePrefix: string
  readonly keyPrefix: string
}

/** The NHS API platform that ID tokens are exchanged at. */
export interface NhsApiConfig {
  /** As posted to, and as `aud` of the assertion. */
  readonly tokenEndpoint: string
  /** The only origin that tokens of the platform are sent to. */
  readonly origin: string
  readonly apiKey: string
  /** Undefined: nothing is refreshed. */
  readonly apiSecret: string | undefined
  readonly keys: readonly ParsedSigningKey[]
  readonly exchange: 'first-use' | 'sign-in'
  readonly timeoutSeconds: number
}

/** Complete, checked, frozen. Secrets do not show when it is printed. */
export interface Cis2Config {
  /** As configured; the discovered text is used everywhere else. */
  readonly issuer: string
  readonly clientId: string
  readonly clientAuthentication: ClientAuthenticationConfig
  readonly baseUrl: {
    /** `https://clinic.example.nhs.uk` */
    readonly origin: string
    /** `''` or `/clinic`: no slash at the end. */
    readonly path: string
    readonly secure: boolean
  }
  readonly aal: AssuranceLevel
  /** The text to send for each level. */
  readonly acrValues: Readonly<Record<AssuranceLevel, string>>
  readonly identityAssuranceLevel: IdentityAssuranceLevel
  readonly scopes: string
  readonly prompt: 'login' | false
  readonly maxAuthAgeSeconds: number
  readonly pkce: boolean
  readonly userInfo: 'any' | 'signed'
  /** ID-token algorithms accepted: `RS256`; the mock environment also `RS512`. */
  readonly idTokenAlgorithms: readonly string[]
  /** Paths below `baseUrl.path`, or false. */
  readonly routes: Readonly<Record<RouteName, string | false>>
  readonly defaultReturnPath: string
  readonly postLogoutPath: string
  readonly idpLogout: boolean
  readonly session: SessionConfig
  readonly allowedEndpointOrigins: readonly string[]
  readonly logoutTokenType: 'any' | 'logout+jwt'
  readonly errors: 'respond' | 'next'
  /** Undefined: the application calls no NHS API for its users. */
  readonly nhsApi: NhsApiConfig | undefined
  readonly onEvent: ((event: Cis2Event) => void) | undefined
  readonly onSignIn: SignInHook | undefined
  readonly fetch: typeof fetch
  readonly timeoutSeconds: number
  readonly clockToleranceSeconds: number
  readonly clock: () => number
}
