/** Options that are accepted, and what is said of those that are not. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'

import { ConfigError } from '../../../src/errors.js'
import type { Cis2Config } from '../../../src/options/cis2-config.js'
import type { Cis2Options, SessionOptions } from '../../../src/options/cis2-options.js'
import { parseOptions } from '../../../src/options/parse-options.js'
import { thrownBy } from '../../support/thrown-by.js'

export const SECRET = randomBytes(32).toString('base64')
export const CLIENT_SECRET = randomBytes(32).toString('base64')
export const REDIS_PASSWORD = randomBytes(12).toString('hex')
export const REDIS = `redis://clinic:${REDIS_PASSWORD}@redis.internal:6379`

export const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
export const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })

/** Whatever somebody may write, which the compiler would refuse. */
export type Anything = Readonly<Record<string, unknown>>

export function options(changes: Anything = {}): Anything {
  const least: Cis2Options = {
    environment: 'int',
    clientId: 'clinic',
    clientAuthentication: { method: 'client_secret_post', clientSecret: CLIENT_SECRET },
    baseUrl: 'https://clinic.example.nhs.uk',
    session: { secret: SECRET, redis: REDIS },
  }
  return { ...least, ...changes }
}

export function optionsWithSession(changes: Anything): Anything {
  const session: SessionOptions = { secret: SECRET, redis: REDIS }
  return options({ session: { ...session, ...changes } })
}

export function configOf(written: unknown, env: Readonly<Record<string, string>> = {}): Cis2Config {
  return parseOptions(written, env)
}

/** Every problem of the one `ConfigError` that is thrown. */
export function problemsOf(written: unknown, env: Readonly<Record<string, string>> = {}): readonly string[] {
  const error = thrownBy(() => parseOptions(written, env))
  if (!(error instanceof ConfigError)) throw error
  return error.problems
}
