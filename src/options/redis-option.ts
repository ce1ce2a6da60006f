/** The option `session.redis`: an address, a client, either with credentials that end, or memory. */
import type { Cluster, Redis } from 'ioredis'

import { isRecord } from '../primitives/is-record.js'
import type { BaseUrl } from './addresses.js'
import type { Readable } from './fields.js'
import { UNREADABLE, readField } from './fields.js'
import { redisAddressProblem, WANTED_REDIS } from './redis-address.js'
import { environmentText } from './schemas.js'

/** What the rules depend on; a part that could not be read is skipped. */
interface RedisContext {
  readonly baseUrl: Readable<BaseUrl>
  readonly production: boolean
}

export interface ParsedRedis {
  readonly where: string | Redis | Cluster
  readonly credentials: (() => unknown) | undefined
}

const PATH = 'session.redis'

export function parseRedis(value: unknown, context: RedisContext, problems: string[]): Readable<ParsedRedis> {
  if (isRecord(value) && ['credentials', 'url', 'client'].some((name) => Object.hasOwn(value, name))) {
    return parseWithCredentials(value, context, problems)
  }
  const where = parseWhere(value, PATH, context, problems)
  return where === UNREADABLE ? UNREADABLE : { where, credentials: undefined }
}

function parseWithCredentials(
  value: Readonly<Record<string, unknown>>,
  context: RedisContext,
  problems: string[],
): Readable<ParsedRedis> {
  const found: string[] = Object.keys(value)
    .filter((name) => !['credentials', 'url', 'client'].includes(name))
    .map((name) => `${JSON.stringify(`${PATH}.${name}`)} is not an option`)
  const names = ['url', 'client'].filter((name) => Object.hasOwn(value, name))
  const [name] = names
  if (name === undefined || names.length > 1) found.push(`${PATH} must hold url or client beside credentials`)
  const { credentials } = value
  if (typeof credentials !== 'function') {
    found.push(
      `${PATH}.credentials must be a function; without credentials that end, hand in the ${name ?? 'url'} alone`,
    )
  }
  const where =
    name === undefined || names.length > 1 ? UNREADABLE : parseWhere(value[name], `${PATH}.${name}`, context, found)
  if (name !== undefined && where !== UNREADABLE) found.push(...misfits(where, name))
  problems.push(...found)
  if (found.length > 0 || where === UNREADABLE) return UNREADABLE
  return { where, credentials: () => (credentials as () => unknown).call(value) }
}

/** What cannot stand beside credentials. */
function misfits(where: ParsedRedis['where'], name: string): string[] {
  if (typeof where === 'string' && name === 'client') return [`${PATH}.client must be an ioredis client`]
  if (typeof where !== 'string' && name === 'url') return [`${PATH}.url must be a redis: or rediss: URL`]
  if (where === 'memory') return [`${PATH}.url must be a redis: or rediss: URL`]
  if (typeof where === 'string' && new URL(where).password !== '') {
    return [`${PATH}.url must not hold a password: credentials gives it`]
  }
  return []
}

function parseWhere(
  value: unknown,
  path: string,
  context: RedisContext,
  problems: string[],
): Readable<ParsedRedis['where']> {
  if (value === undefined || typeof value === 'string') {
    const text = readField(environmentText, value, path, problems)
    const problem = text === UNREADABLE ? undefined : locationProblem(text, context)
    if (problem !== undefined) problems.push(`${path} ${problem}`)
    return problem === undefined ? text : UNREADABLE
  }
  const problem = clientProblem(value)
  if (problem === undefined) return value as Redis | Cluster
  problems.push(`${path} ${problem}`)
  return UNREADABLE
}

function locationProblem(text: string, { baseUrl, production }: RedisContext): string | undefined {
  if (text !== 'memory') return redisAddressProblem(text)
  if (production) return "must not be 'memory' when NODE_ENV is production"
  const remote = baseUrl !== UNREADABLE && !baseUrl.loopback
  return remote ? "must not be 'memory' unless baseUrl is a loopback address" : undefined
}

/** Duck-typed, for the application's ioredis need not be the copy that we would import. */
function clientProblem(value: unknown): string | undefined {
  if (!isRecord(value)) return WANTED_REDIS
  if ('isOpen' in value) return 'is a client of the package redis; hand in an ioredis client or the URL'
  if (typeof value.duplicate === 'function' && isRecord(value.options)) return undefined
  return (
    'must be an ioredis client that can be duplicated; without duplicate() the options that keep a lost Redis from ' +
    'holding up requests cannot be set: enableOfflineQueue: false, autoResendUnfulfilledCommands: false, ' +
    'maxRetriesPerRequest: 0, commandTimeout: 500, connectTimeout: 500'
  )
}
