/** The team's options with everything taken out of them that reaches the world: CIS2, Redis, keys, secrets, addresses. */
import { generateKeyPair, type KeyObject, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'

import type { Cis2Event } from '../../../events.js'
import type { Cis2Config, ParsedSigningKey } from '../../../options/cis2-config.js'
import type { Cis2Options } from '../../../options/cis2-options.js'
import type { ClientAuthenticationOptions } from '../../../options/client-authentication-options.js'
import type { ReplacedRow } from '../report.js'
import { AM_REALM_PATH } from '../../../simulator/index.js'

/** RFC 6761: the name is nobody's, so that nothing that slips past the simulator arrives anywhere. */
export const REHEARSED_ISSUER = `https://cis2.simulator.invalid:443${AM_REALM_PATH}`
/** On loopback, so that sessions may be in memory; https, so that cookies are what they are in production. */
export const REHEARSED_ORIGIN = 'https://localhost'
export const REHEARSED_CLIENT = 'evidence.rehearsal'
const API_KEY = 'evidence-rehearsal-api-key'

/** Said in the document, in this order. */
export const REPLACED: readonly ReplacedRow[] = [
  ['issuer', `${REHEARSED_ISSUER}: the simulator of this package. No request left this machine for CIS2`],
  ['baseUrl', `${REHEARSED_ORIGIN} with the configured path. TLS is played: each request counts as https`],
  [
    'clientId, clientAuthentication',
    `${REHEARSED_CLIENT}, with keys or a secret made for the run, as configured in kind`,
  ],
  ['session.secret', 'One made for the run'],
  ['session.redis', 'Memory, which keeps the same promises in one process'],
  ['nhsApi', 'Where there is one: the simulated API platform, with a key made for the run'],
  ['clock, fetch, onEvent', 'A clock that the tests move, a way to the simulator, and a listener of the tests'],
  ['people', 'Two made-up members of staff, one of whom has no role'],
].map(([option = '', by = '']) => ({ option, by, proof: 'run now' }))

export interface Surroundings {
  readonly fetch: typeof fetch
  readonly clock: () => number
  readonly platformUrl: string
  readonly onEvent: (event: Cis2Event) => void
}

/** What stays is the team's: levels, scopes, times, routes, prompts, pages, hooks. */
export async function rehearsedOptions(
  options: Cis2Options,
  config: Cis2Config,
  { fetch, clock, platformUrl, onEvent }: Surroundings,
): Promise<Cis2Options> {
  return {
    ...options,
    environment: undefined,
    issuer: REHEARSED_ISSUER,
    clientId: REHEARSED_CLIENT,
    clientAuthentication: await newAuthentication(config),
    baseUrl: REHEARSED_ORIGIN + config.baseUrl.path,
    session: { ...withoutNames(options), secret: newSecret(), redis: 'memory' },
    nhsApi: await newNhsApi(options, config, platformUrl),
    fetch,
    clock,
    onEvent,
  }
}

/** Names of cookies and keys that follow client and address follow those of the rehearsal; given ones stay, where they can. */
function withoutNames({ session }: Cis2Options): Cis2Options['session'] {
  const { cookieName, ...kept } = session
  return cookieName?.startsWith('__Host-') === true ? { ...kept, cookieName } : kept
}

async function newAuthentication({ clientAuthentication: own }: Cis2Config): Promise<ClientAuthenticationOptions> {
  if (own.method !== 'private_key_jwt') return { method: own.method, clientSecret: newSecret() }
  const keys = own.keys.map(async ({ alg, notBefore }, index) => ({
    privateKey: await newKey(alg),
    alg,
    kid: `rehearsal-${index + 1}`,
    ...(notBefore === undefined ? {} : { notBefore: new Date(notBefore) }),
  }))
  return { method: 'private_key_jwt', keys: await Promise.all(keys) }
}

async function newNhsApi(
  { nhsApi }: Cis2Options,
  config: Cis2Config,
  platformUrl: string,
): Promise<Cis2Options['nhsApi']> {
  if (nhsApi === undefined || config.nhsApi === undefined) return undefined
  const { exchange, timeoutSeconds, apiSecret } = config.nhsApi
  return {
    tokenEndpoint: `${platformUrl}/oauth2/token`,
    apiKey: API_KEY,
    apiSecret: apiSecret === undefined ? undefined : newSecret(),
    keys: [{ privateKey: await newKey('RS512'), kid: 'rehearsal-api' }],
    exchange,
    timeoutSeconds,
  }
}

const CURVES: Partial<Record<ParsedSigningKey['alg'], string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }

async function newKey(alg: ParsedSigningKey['alg']): Promise<KeyObject> {
  const make = promisify(generateKeyPair)
  const namedCurve = CURVES[alg]
  const made: { privateKey: KeyObject } =
    namedCurve === undefined ? await make('rsa', { modulusLength: 2048 }) : await make('ec', { namedCurve })
  return made.privateKey
}

function newSecret(): string {
  return randomBytes(32).toString('hex')
}
