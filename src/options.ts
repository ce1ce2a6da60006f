/** What users write (`Cis2Options`), what we work with (`Cis2Config`), and the one function between them. */
import type { KeyObject } from 'node:crypto'

import type { Cluster, Redis } from 'ioredis'
import type { JWK } from 'jose'
import { z } from 'zod'

import type { AssuranceLevel, IdentityAssuranceLevel } from './cis2/assurance.js'
import { ConfigError } from './errors.js'
import type { Cis2Event } from './events.js'
import { baseUrlSchema, issuerSchema, localPathSchema, originSchema } from './options/addresses.js'
import { parseClientAuthentication } from './options/client-authentication.js'
import type { Readable } from './options/fields.js'
import { UNREADABLE, readFields, whenRead } from './options/fields.js'
import { parseAcrValues, parseProvider } from './options/provider-options.js'
import { parseRoutes } from './options/routes.js'
import { callable, environmentText, flag, oneOf, wholeNumber } from './options/schemas.js'
import { parseSession } from './options/session-options.js'

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
  readonly idleTimeoutSeconds: number
  readonly absoluteTimeoutSeconds: number
  readonly onePerUser: boolean
  readonly confirmReplicas: 'off' | 'prefer' | 'require'
  readonly cookieName: string
  /** Cookie of a pending sign-in: this name, a dash, and an id of the sign-in. */
  readonly signInCookiePrefix: string
  readonly keyPrefix: string
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
  readonly onEvent: ((event: Cis2Event) => void) | undefined
  readonly fetch: typeof fetch
  readonly timeoutSeconds: number
  readonly clockToleranceSeconds: number
  readonly clock: () => number
}

const DEFAULT_SCOPES = 'openid profile email nhsperson nationalrbacaccess associatedorgs selectedrole'

/** RFC 6749, section 3.3. */
const scopes = z
  .string('must be text')
  .refine((text) => /^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(text), {
    error: 'must be scopes separated by single spaces',
  })
  .refine((text) => text.split(' ').includes('openid'), 'must contain openid')
  .refine((text) => new Set(text.split(' ')).size === text.split(' ').length, 'must not repeat a scope')

// The compiler refuses this table when an option is added and not listed here.
const SHAPE = {
  environment: oneOf(['live', 'int', 'mock']).optional(),
  issuer: issuerSchema.optional(),
  clientId: environmentText.refine((text) => /^[\x21-\x7e]*$/.test(text), 'must be ASCII text without spaces'),
  clientAuthentication: z.unknown(),
  baseUrl: baseUrlSchema,
  aal: oneOf([1, 2, 3]).default(3),
  acrValues: z.unknown(),
  identityAssuranceLevel: oneOf([0, 1, 2, 3]).default(3),
  scopes: scopes.default(DEFAULT_SCOPES),
  prompt: oneOf(['login', false]).default('login'),
  maxAuthAgeSeconds: wholeNumber(300, 60, 43_200),
  pkce: flag(true),
  userInfo: oneOf(['any', 'signed']).default('any'),
  routes: z.unknown(),
  defaultReturnPath: localPathSchema.default('/'),
  postLogoutPath: localPathSchema.default('/'),
  idpLogout: flag(false),
  session: z.unknown(),
  allowedEndpointOrigins: z.array(originSchema, 'must be a list of origins').default([]),
  logoutTokenType: oneOf(['any', 'logout+jwt']).default('any'),
  errors: oneOf(['respond', 'next']).default('respond'),
  onEvent: callable<(event: Cis2Event) => void>().optional(),
  fetch: callable<typeof fetch>().default(() => globalThis.fetch),
  timeoutSeconds: wholeNumber(5, 1, 60),
  clockToleranceSeconds: wholeNumber(30, 0, 300),
  clock: callable<() => number>().default(() => () => Date.now()),
} satisfies Record<keyof Cis2Options, z.ZodType>

/**
 * Turns what the application wrote into a configuration that is complete, checked and frozen.
 *
 * Throws `ConfigError` with every problem found, each naming its field; no message shows a secret or a key.
 *
 * @param options - A {@link Cis2Options}, of whatever origin.
 * @param processEnvironment - Where `NODE_ENV` and `NODE_TLS_REJECT_UNAUTHORIZED` are read.
 */
export function parseOptions(
  options: unknown,
  processEnvironment: Readonly<Record<string, string | undefined>> = process.env,
): Cis2Config {
  const problems: string[] = []
  const production = processEnvironment.NODE_ENV === 'production'
  if (production && processEnvironment.NODE_TLS_REJECT_UNAUTHORIZED === '0') {
    problems.push('NODE_TLS_REJECT_UNAUTHORIZED=0 must not be set in production: anybody could pose as CIS2')
  }
  const fields = readFields(SHAPE, options, '', problems)
  if (fields === undefined) throw new ConfigError(problems)
  const { environment, issuer, ...settings } = fields
  const now = fields.clock === UNREADABLE ? Date.now() : fields.clock()
  const clientAuthentication = parseClientAuthentication(fields.clientAuthentication, now, problems)
  const { baseUrl, clientId } = fields
  const clientSecret = secretOf(clientAuthentication)
  const read = whenRead({
    ...settings,
    provider: parseProvider(environment, issuer, fields.aal, problems),
    clientAuthentication,
    acrValues: parseAcrValues(fields.acrValues, problems),
    routes: parseRoutes(fields.routes, problems),
    session: parseSession(fields.session, { baseUrl, clientId, clientSecret, production }, problems),
  })
  if (read === UNREADABLE || problems.length > 0) throw new ConfigError(problems)
  const { provider, ...config } = read
  return Object.freeze({
    ...config,
    ...provider,
    baseUrl: Object.freeze({ origin: config.baseUrl.origin, path: config.baseUrl.path, secure: config.baseUrl.secure }),
    allowedEndpointOrigins: Object.freeze(config.allowedEndpointOrigins),
  })
}

function secretOf(authentication: Readable<ClientAuthenticationConfig>): string | undefined {
  return authentication !== UNREADABLE && 'clientSecret' in authentication ? authentication.clientSecret : undefined
}
