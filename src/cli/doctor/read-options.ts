/** Where the doctor finds the options to examine: a module of the application's, or environment variables. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

import { ConfigError } from '../../errors.js'
import type { NhsApiOptions } from '../../options/api-platform-options.js'
import type { Cis2Options } from '../../options/cis2-options.js'
import type { ClientAuthenticationOptions } from '../../options/client-authentication-options.js'
import { type CliIo, CliError, codeOf, messageOf } from '../io.js'

/**
 * The options that a module exports, or what `cis2Auth` has found wrong with them while the module was loading.
 * Rejects with a {@link CliError} (exit code 2) when it cannot be loaded or exports no options.
 */
export async function readOptionsModule(file: string, io: CliIo): Promise<Cis2Options | ConfigError> {
  const path = resolve(file)
  const loaded = await readModule(path, io)
  if (loaded instanceof ConfigError) return loaded
  const options = defaultExportOf(loaded)
  if (options === undefined) {
    throw new CliError(`${path} must export the options of cis2Auth as its default export.`, { exitCode: 2 })
  }
  // Whatever it is, parseOptions says what is wrong with it.
  return options as Cis2Options
}

/**
 * Loads a module of the application's, or resolves with what `cis2Auth` has found wrong while it was loading. Rejects with
 * a {@link CliError} (exit code 2) when it cannot be loaded.
 */
export async function readModule(path: string, io: CliIo): Promise<unknown> {
  // Asked first: the error of a missing import inside the module looks the same.
  if (!existsSync(path)) throw new CliError(`There is no file ${path}.`, { exitCode: 2 })
  try {
    return await io.importModule(path)
  } catch (error) {
    if (error instanceof CliError) throw error
    const problems = problemsOf(error)
    if (problems !== undefined) return new ConfigError(problems)
    throw new CliError(`Cannot load ${path}: ${messageOf(error).replace(/\.$/, '')}.`, { cause: error, exitCode: 2 })
  }
}

/** Of a `ConfigError`, which the application's own copy of this package may have thrown. */
function problemsOf(error: unknown): readonly string[] | undefined {
  if (codeOf(error) !== 'CIS2_CONFIG' || !isObject(error) || !('problems' in error)) return undefined
  const { problems } = error
  return Array.isArray(problems) ? problems.map(String) : undefined
}

function defaultExportOf(loaded: unknown): object | undefined {
  let value = loaded
  // A CommonJS module that sets `exports.default` arrives with two layers.
  for (let layer = 0; layer < 2; layer += 1) {
    if (isObject(value) && 'default' in value) value = value.default
  }
  return isObject(value) && value !== loaded ? value : undefined
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** The environment variables that are read, for `--help`. */
export const VARIABLES: Readonly<Record<string, string>> = {
  CIS2_ENVIRONMENT: 'live, int, dep or mock',
  CIS2_ISSUER: 'the issuer, instead of CIS2_ENVIRONMENT',
  CIS2_CLIENT_ID: 'the client id',
  CIS2_PRIVATE_KEY: 'PEM text of the signing key (private_key_jwt)',
  CIS2_KEY_ID: 'its kid, when it is not the RFC 7638 thumbprint',
  CIS2_KEY_ALG: 'its algorithm, when it is not RS512',
  CIS2_CLIENT_SECRET: 'the client secret, instead of a key',
  CIS2_CLIENT_SECRET_METHOD: 'client_secret_post (default), client_secret_basic or client_secret_jwt',
  CIS2_BASE_URL: 'public address of the application',
  CIS2_SESSION_SECRET: 'the session secret (else SESSION_SECRET)',
  CIS2_REDIS_URL: 'the address of Redis (else REDIS_URL)',
  NHS_API_KEY: 'API key of the application at the NHS API platform, when it calls NHS APIs',
  NHS_API_SECRET: 'its API secret',
  NHS_API_PRIVATE_KEY: 'PEM text of its signing key',
  NHS_API_KEY_ID: 'the kid that the platform knows it by',
  NHS_API_ENVIRONMENT: 'live, int, dev, ref, dep or mock, when it is not that of CIS2',
  NHS_API_TOKEN_ENDPOINT: 'the token endpoint, with CIS2_ISSUER',
}

/** Options out of {@link VARIABLES}. What is not set stays undefined, and parseOptions names the option. */
export function readOptionsFromEnvironment(env: CliIo['env']): Cis2Options {
  return {
    ...(env.CIS2_ISSUER === undefined
      ? { environment: env.CIS2_ENVIRONMENT as Cis2Options['environment'] }
      : { issuer: env.CIS2_ISSUER }),
    clientId: env.CIS2_CLIENT_ID,
    clientAuthentication: clientAuthenticationOf(env),
    baseUrl: env.CIS2_BASE_URL,
    nhsApi: nhsApiOf(env),
    session: { secret: env.CIS2_SESSION_SECRET ?? env.SESSION_SECRET, redis: env.CIS2_REDIS_URL ?? env.REDIS_URL },
  }
}

function nhsApiOf(env: CliIo['env']): NhsApiOptions | undefined {
  const { NHS_API_KEY: apiKey, NHS_API_SECRET: apiSecret, NHS_API_PRIVATE_KEY: privateKey, NHS_API_KEY_ID: kid } = env
  const { NHS_API_ENVIRONMENT: environment, NHS_API_TOKEN_ENDPOINT: tokenEndpoint } = env
  if (apiKey === undefined) return undefined
  return {
    apiKey,
    apiSecret,
    environment: environment as NhsApiOptions['environment'],
    tokenEndpoint,
    keys: [{ privateKey, ...(kid === undefined ? {} : { kid }) }],
  }
}

// What somebody wrote into a variable is judged by parseOptions; the assertions only carry it there.
function clientAuthenticationOf(env: CliIo['env']): ClientAuthenticationOptions {
  if (env.CIS2_CLIENT_SECRET !== undefined) {
    const method = (env.CIS2_CLIENT_SECRET_METHOD ?? 'client_secret_post') as 'client_secret_post'
    return { method, clientSecret: env.CIS2_CLIENT_SECRET }
  }
  const { CIS2_KEY_ID: kid, CIS2_KEY_ALG: alg } = env
  const key = {
    privateKey: env.CIS2_PRIVATE_KEY,
    ...(kid === undefined ? {} : { kid }),
    ...(alg === undefined ? {} : { alg: alg as 'RS512' }),
  }
  return { method: 'private_key_jwt', keys: [key] }
}
