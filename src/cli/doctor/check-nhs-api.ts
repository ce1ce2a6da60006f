/** The NHS API platform: whether it would take this application's assertions. Asked without a user. */
import type { ApiTokenRefusal } from '../../errors.js'
import { probePlatform } from '../../nhs-api/probe-platform.js'
import { signAssertion } from '../../oidc/client-authentication.js'
import type { Cis2Config, NhsApiConfig, ParsedSigningKey } from '../../options/cis2-config.js'
import { type Finding, ok, problem, warning } from './findings.js'

const CURES: Readonly<Record<ApiTokenRefusal, string>> = {
  assertion: 'Compare the clock of this machine with NTP; then the kid and the key with those at the platform.',
  'api-key': 'Take the API key of this application from its page at the API platform, of this very environment.',
  'key-set':
    'Register the public key set with the platform, with this kid in it; the platform reads an address once an hour.',
  issuer: 'Pair the environments: see nhsApi.environment.',
  'not-authorised': 'Subscribe the application to the API, and have it approved, at the platform.',
  expired: 'Compare the clock of this machine with NTP.',
  'rate-limited': 'Run this command again in a minute.',
  unavailable: 'Check name resolution, the firewall, and whether a proxy is needed (the fetch option).',
}

const ORDER = 'the platform judging the subject token last, as its own tests of April 2026 have it'

/** One finding for each key that may sign now: an assertion with a subject token that is none is refused for that alone. */
export async function checkNhsApi(config: Cis2Config, nhsApi: NhsApiConfig): Promise<Finding[]> {
  const now = config.clock()
  const inForce = nhsApi.keys.filter(({ notBefore }) => notBefore === undefined || notBefore <= now)
  return Promise.all(inForce.map((key) => checkKey(config, nhsApi, key)))
}

async function checkKey(config: Cis2Config, nhsApi: NhsApiConfig, key: ParsedSigningKey): Promise<Finding> {
  const one = { ...nhsApi, keys: [key] }
  const error = await probePlatform({ nhsApi: one, config, sign: signAssertion, measure: undefined })
  const where = `${nhsApi.tokenEndpoint} (key "${key.kid}")`
  if (error === undefined)
    return ok('nhs-api', `API key, key set, signature and address are right: ${where}`, { restsOn: ORDER })
  const judge = error.reason === 'rate-limited' ? warning : problem
  return judge('nhs-api', `no token can be had from ${where}`, error.message, CURES[error.reason])
}
