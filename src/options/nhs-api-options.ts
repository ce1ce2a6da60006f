/** The `nhsApi` option: which API platform, and how the application proves itself there. */
import { z } from 'zod'

import type { ApiPlatformEnvironment } from '../cis2/api-platforms.js'
import { canPair, platformAt, TOKEN_ENDPOINTS } from '../cis2/api-platforms.js'
import type { Cis2Environment } from '../cis2/environments.js'
import { environmentOf } from '../cis2/environments.js'
import { addressSchema } from './addresses.js'
import type { NhsApiConfig, ParsedSigningKey } from './cis2-config.js'
import type { NhsApiOptions } from './api-platform-options.js'
import { conceal } from './conceal.js'
import { isRecord } from '../primitives/is-record.js'
import type { Readable } from './fields.js'
import { UNREADABLE, readFields, whenRead } from './fields.js'
import { environmentText, oneOf, wholeNumber } from './schemas.js'
import { parseSigningKeys } from './signing-keys.js'

const PATH = 'nhsApi'

/** What HTTP headers and forms carry without being changed. */
const credential = environmentText.refine((text) => /^[\x21-\x7e]*$/.test(text), 'must be ASCII text without spaces')

// The compiler refuses this table when a member is added and not listed here.
const SHAPE = {
  environment: oneOf(['live', 'int', 'dev', 'ref', 'dep', 'mock']).optional(),
  tokenEndpoint: addressSchema.optional(),
  apiKey: credential,
  apiSecret: credential.optional(),
  keys: z.unknown(),
  exchange: oneOf(['first-use', 'sign-in']).default('first-use'),
  timeoutSeconds: wholeNumber(15, 1, 60),
} satisfies Record<keyof NhsApiOptions, z.ZodType>

/** Which CIS2 the application signs in at, as written. */
export interface Cis2Choice {
  readonly environment: Readable<Cis2Environment | undefined>
  readonly issuer: Readable<string | undefined>
}

/** Reads `nhsApi`; undefined when it is not given. */
export function parseNhsApi(
  value: unknown,
  cis2: Cis2Choice,
  nowMilliseconds: number,
  problems: string[],
): Readable<NhsApiConfig | undefined> {
  if (value === undefined) return undefined
  const fields = readFields(SHAPE, value, PATH, problems)
  if (fields === undefined) return UNREADABLE
  const tokenEndpoint = parseEndpoint(fields, cis2, problems)
  const keys = parseKeys(fields.keys, nowMilliseconds, problems)
  const read = whenRead({ ...fields, tokenEndpoint, keys })
  if (read === UNREADABLE) return UNREADABLE
  return conceal(
    {
      tokenEndpoint: read.tokenEndpoint,
      origin: new URL(read.tokenEndpoint).origin,
      apiKey: read.apiKey,
      apiSecret: read.apiSecret,
      keys: read.keys,
      exchange: read.exchange,
      timeoutSeconds: read.timeoutSeconds,
    },
    // The key alone opens the APIs that ask for nothing else.
    { apiKey: '[redacted]', ...(read.apiSecret === undefined ? {} : { apiSecret: '[redacted]' }) },
  )
}

interface Place {
  readonly environment: Readable<ApiPlatformEnvironment | undefined>
  readonly tokenEndpoint: Readable<string | undefined>
}

/** One address out of `environment`, `tokenEndpoint` and the CIS2 that is signed in at. */
function parseEndpoint(place: Place, cis2: Cis2Choice, problems: string[]): Readable<string> {
  const { environment, tokenEndpoint } = place
  if (environment === UNREADABLE || tokenEndpoint === UNREADABLE) return UNREADABLE
  if (cis2.environment === UNREADABLE || cis2.issuer === UNREADABLE) return UNREADABLE
  if (environment !== undefined && tokenEndpoint !== undefined) {
    problems.push(`${PATH}.environment and ${PATH}.tokenEndpoint must not both be given`)
    return UNREADABLE
  }
  if (tokenEndpoint !== undefined && cis2.environment !== undefined) {
    problems.push(`${PATH}.tokenEndpoint goes with the option issuer; with environment, name ${PATH}.environment`)
    return UNREADABLE
  }
  // A known issuer written out is that environment as well.
  const known = cis2.environment ?? (cis2.issuer === undefined ? undefined : environmentOf(cis2.issuer))
  const platform = environment ?? (tokenEndpoint === undefined ? known : platformAt(tokenEndpoint))
  if (known !== undefined && platform !== undefined && !canPair(known, platform)) {
    problems.push(`${PATH}.environment "${platform}" takes no ID tokens of the CIS2 environment "${known}"`)
    return UNREADABLE
  }
  if (tokenEndpoint !== undefined) return tokenEndpoint
  if (platform !== undefined && known !== undefined) return TOKEN_ENDPOINTS[platform]
  // Without either, that is reported where those are read.
  if (cis2.issuer !== undefined)
    problems.push(`${PATH}.tokenEndpoint is missing: with the option issuer it has no default`)
  return UNREADABLE
}

/** The platform takes RS512 alone, and knows a key by the `kid` that it was registered with. */
function parseKeys(value: unknown, nowMilliseconds: number, problems: string[]): Readable<readonly ParsedSigningKey[]> {
  const path = `${PATH}.keys`
  const keys = parseSigningKeys(value, path, nowMilliseconds, problems)
  const written: readonly unknown[] = Array.isArray(value) ? value : []
  const before = problems.length
  for (const [index, key] of written.entries()) {
    if (isRecord(key) && !hasKid(key)) {
      problems.push(`${path}[${index}].kid is missing; it is the one that the API platform knows the key by`)
    }
  }
  if (keys === UNREADABLE) return UNREADABLE
  for (const [index, { alg }] of keys.entries()) {
    if (alg !== 'RS512') problems.push(`${path}[${index}].alg must be RS512; the API platform takes no other`)
  }
  return problems.length > before ? UNREADABLE : keys
}

function hasKid(key: Readonly<Record<string, unknown>>): boolean {
  // A remote key without one has been reported.
  if (key.kid !== undefined || key.publicKey !== undefined || key.sign !== undefined) return true
  const { privateKey } = key
  return isRecord(privateKey) && typeof privateKey.kid === 'string'
}
