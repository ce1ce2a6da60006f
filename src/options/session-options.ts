/** The `session` option: secrets, the store, lifetimes, and the names of cookies and keys. */
import { createHash } from 'node:crypto'

import { z } from 'zod'

import type { SessionConfig } from './cis2-config.js'
import type { SessionOptions } from './cis2-options.js'
import type { BaseUrl } from './addresses.js'
import { conceal } from './conceal.js'
import type { Readable } from './fields.js'
import { UNREADABLE, readField, readFields, whenRead } from './fields.js'
import { parseRedis } from './redis-option.js'
import { flag, oneOf, wholeNumber } from './schemas.js'
import { sealingSecret } from './secrets.js'

/** What the rules of a session depend on; parts that could not be read are skipped. */
export interface SessionContext {
  readonly baseUrl: Readable<BaseUrl>
  readonly clientId: Readable<string>
  readonly clientSecret: string | undefined
  readonly apiSecret: string | undefined
  readonly production: boolean
}

/** CIS2's technical conformance: 15 minutes idle, 12 hours in all. */
const IDLE_SECONDS = 900
const ABSOLUTE_SECONDS = 43_200
/** With `dangerouslyAllowLongSessions`: 30 days. */
const LONGEST_SECONDS = 30 * 24 * 3600

/** RFC 6265, section 4.1.1: a cookie's name is a token of RFC 9110. */
const cookieName = z
  .string('must be text')
  .regex(/^[\w!#$%&'*+.^`|~-]{1,64}$/, 'must be a cookie name: up to 64 letters, digits and -_.!')

const SHAPE = {
  secret: z.unknown(),
  redis: z.unknown(),
  idleTimeoutSeconds: wholeNumber(IDLE_SECONDS, 1, LONGEST_SECONDS),
  absoluteTimeoutSeconds: wholeNumber(ABSOLUTE_SECONDS, 1, LONGEST_SECONDS),
  onePerUser: flag(false),
  confirmReplicas: oneOf(['off', 'prefer', 'require']).default('prefer'),
  cookieName: cookieName.optional(),
  // Braces are Redis Cluster's hash tags, and the others are patterns to SCAN.
  keyPrefix: z
    .string('must be text')
    .regex(/^[\w:.~/@-]{1,64}$/, 'must be 1 to 64 letters, digits and :._-~/@')
    .optional(),
  dangerouslyAllowLongSessions: flag(false),
} satisfies Record<keyof SessionOptions, z.ZodType>

/** Reads the `session` option. */
export function parseSession(value: unknown, context: SessionContext, problems: string[]): Readable<SessionConfig> {
  const fields = readFields(SHAPE, value, 'session', problems)
  if (fields === undefined) return UNREADABLE
  const secrets = parseSecrets(fields.secret, context, problems)
  const redis = parseRedis(fields.redis, context, problems)
  checkTimeouts(fields, problems)
  if (context.baseUrl !== UNREADABLE && typeof fields.cookieName === 'string') {
    checkCookieName(fields.cookieName, context.baseUrl, problems)
  }
  const read = whenRead({ ...fields, secrets, redis, baseUrl: context.baseUrl, clientId: context.clientId })
  if (read === UNREADABLE) return UNREADABLE

  const { baseUrl, clientId } = read
  const tag = createHash('sha256').update(`${baseUrl.origin}${baseUrl.path}${clientId}`).digest('hex').slice(0, 8)
  const name = read.cookieName ?? `${baseUrl.secure ? '__Host-' : ''}cis2-${tag}`
  return conceal(
    {
      secrets: read.secrets,
      redis: read.redis.where,
      redisCredentials: read.redis.credentials,
      idleTimeoutSeconds: read.idleTimeoutSeconds,
      absoluteTimeoutSeconds: read.absoluteTimeoutSeconds,
      onePerUser: read.onePerUser,
      confirmReplicas: read.confirmReplicas,
      cookieName: name,
      signInCookiePrefix: `${name}-sign-in`,
      keyPrefix: read.keyPrefix ?? `cis2:${tag}:`,
    },
    // A client shows its own options, password included; so does a URL.
    { secrets: '[redacted]', redis: read.redis.where === 'memory' ? 'memory' : '[redacted]' },
  )
}

type Secrets = readonly [string, ...string[]]

function parseSecrets(
  value: unknown,
  { clientSecret, apiSecret }: SessionContext,
  problems: string[],
): Readable<Secrets> {
  const path = 'session.secret'
  const values: readonly unknown[] = Array.isArray(value) ? Array.from<unknown>(value) : [value]
  const read = values.map((secret, index) =>
    readField(sealingSecret, secret, Array.isArray(value) ? `${path}[${index}]` : path, problems),
  )
  const [first, ...rest] = read.filter((secret) => secret !== UNREADABLE)
  if (values.length === 0) problems.push(`${path} must hold at least one secret`)
  if (clientSecret !== undefined && read.includes(clientSecret)) {
    problems.push(`${path} must not be the client secret: CIS2 knows that one`)
  }
  if (apiSecret !== undefined && read.includes(apiSecret)) {
    problems.push(`${path} must not be nhsApi.apiSecret: the API platform knows that one`)
  }
  return first === undefined ? UNREADABLE : Object.freeze<[string, ...string[]]>([first, ...rest])
}

function checkTimeouts(
  fields: {
    idleTimeoutSeconds: Readable<number>
    absoluteTimeoutSeconds: Readable<number>
    dangerouslyAllowLongSessions: Readable<boolean>
  },
  problems: string[],
): void {
  if (fields.dangerouslyAllowLongSessions !== false) return
  const { idleTimeoutSeconds: idle, absoluteTimeoutSeconds: absolute } = fields
  const longer = 'needs dangerouslyAllowLongSessions: true, for it is longer than CIS2 allows'
  if (idle !== UNREADABLE && idle > IDLE_SECONDS)
    problems.push(`session.idleTimeoutSeconds over ${IDLE_SECONDS} ${longer}`)
  if (absolute !== UNREADABLE && absolute > ABSOLUTE_SECONDS) {
    problems.push(`session.absoluteTimeoutSeconds over ${ABSOLUTE_SECONDS} ${longer}`)
  }
}

/** RFC 6265bis, section 4.1.3.2: a browser drops a `__Host-` cookie that is not `Secure`, and without it one can be planted. */
function checkCookieName(name: string, baseUrl: BaseUrl, problems: string[]): void {
  if (baseUrl.secure && !name.startsWith('__Host-')) {
    problems.push('session.cookieName must begin with __Host-, so that no other host can set the cookie')
  }
  if (!baseUrl.secure && /^__(host|secure)-/i.test(name)) {
    problems.push('session.cookieName must not begin with __Host- or __Secure- while baseUrl is http')
  }
}
