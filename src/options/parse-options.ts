/** The one function between what users write and what we work with. */
import { z } from 'zod'

import { ConfigError } from '../errors.js'
import { orConfigError } from './or-config-error.js'
import type { Cis2Event } from '../events.js'
import { baseUrlProblem, baseUrlSchema, issuerSchema, localPathSchema, originSchema } from './addresses.js'
import type { Cis2Config, ClientAuthenticationConfig } from './cis2-config.js'
import type { Cis2Options } from './cis2-options.js'
import { parseClientAuthentication } from './client-authentication.js'
import type { Readable } from './fields.js'
import { UNREADABLE, readFields, whenRead } from './fields.js'
import { parseNhsApi } from './nhs-api-options.js'
import { parseAcrValues, parseProvider } from './provider-options.js'
import { parseRoutes } from './routes.js'
import type { SignInHook } from './sign-in-hook.js'
import { callable, environmentText, flag, oneOf, wholeNumber } from './schemas.js'
import { parseSession } from './session-options.js'

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
  environment: oneOf(['live', 'int', 'dep', 'mock']).optional(),
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
  nhsApi: z.unknown(),
  onEvent: callable<(event: Cis2Event) => void>().optional(),
  onSignIn: callable<SignInHook>().optional(),
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
  return orConfigError('the options cannot be read', () => readOptions(options, processEnvironment))
}

function readOptions(options: unknown, processEnvironment: Readonly<Record<string, string | undefined>>): Cis2Config {
  const problems: string[] = []
  const production = processEnvironment.NODE_ENV === 'production'
  if (production && processEnvironment.NODE_TLS_REJECT_UNAUTHORIZED === '0') {
    problems.push('NODE_TLS_REJECT_UNAUTHORIZED=0 must not be set in production: anybody could pose as CIS2')
  }
  const fields = readFields(SHAPE, options, '', problems)
  if (fields === undefined) throw new ConfigError(problems)
  const { environment, issuer, ...settings } = fields
  const now = readNow(fields.clock, problems)
  const clientAuthentication = parseClientAuthentication(fields.clientAuthentication, now, problems)
  const { baseUrl, clientId } = fields
  const nhsApi = parseNhsApi(fields.nhsApi, { environment, issuer }, now, problems)
  const routes = parseRoutes(fields.routes, problems)
  const misplaced = baseUrl === UNREADABLE || routes === UNREADABLE ? undefined : baseUrlProblem(baseUrl, routes)
  if (misplaced !== undefined) problems.push(misplaced)
  const clientSecret = secretOf(clientAuthentication)
  const apiSecret = nhsApi === UNREADABLE ? undefined : nhsApi?.apiSecret
  const read = whenRead({
    ...settings,
    provider: parseProvider(environment, issuer, fields.aal, problems),
    clientAuthentication,
    nhsApi,
    acrValues: parseAcrValues(fields.acrValues, problems),
    routes,
    session: parseSession(fields.session, { baseUrl, clientId, clientSecret, apiSecret, production }, problems),
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

/** The time by the application's clock, which the rules about keys need. */
function readNow(clock: Readable<() => unknown>, problems: string[]): number {
  const now = clock === UNREADABLE ? Date.now() : orConfigError('clock cannot be asked', clock)
  if (typeof now === 'number' && Number.isFinite(now)) return now
  problems.push('clock must return epoch milliseconds, as Date.now does')
  return Date.now()
}

function secretOf(authentication: Readable<ClientAuthenticationConfig>): string | undefined {
  return authentication !== UNREADABLE && 'clientSecret' in authentication ? authentication.clientSecret : undefined
}
