/** Connections of our own to Redis, every one with bounded waiting. */
import { Redis } from 'ioredis'
import type { Cluster, ClusterOptions, RedisOptions } from 'ioredis'

import { ConfigError } from '../../errors.js'

export type RedisClient = Redis | Cluster

/** Longest wait for one reply. */
export const COMMAND_TIMEOUT = 500
/** Longest wait for a connection. */
export const CONNECT_TIMEOUT = 1_000
/** Longest wait for a connection that was let go to close. */
const DISCONNECT_TIMEOUT = 100

/**
 * What every connection of ours is opened with. ioredis's defaults keep a page waiting for minutes when Redis is down
 * and for ever when it is frozen, and send a write again after a reconnect, when the session may have been ended.
 */
const BOUNDED = {
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  commandTimeout: COMMAND_TIMEOUT,
  connectTimeout: CONNECT_TIMEOUT,
  // Once let go nothing is waited for; its default keeps a process for two seconds after close() while Redis is down.
  disconnectTimeout: DISCONNECT_TIMEOUT,
  maxLoadingRetryTime: 1_000,
  stringNumbers: false,
  // Scripts build key names of their own: a prefix that the client adds would not reach those.
  keyPrefix: '',
  // Collects commands for a while and sends them as one: a time limit would then be everybody's.
  enableAutoPipelining: false,
  // What scripts answer is read as lists, whatever the application prefers for its own commands.
  replyMapping: 'legacy',
  reconnectOnError,
} satisfies RedisOptions

/** A demoted primary answers READONLY until we connect anew and find the new one. */
function reconnectOnError(error: Error): boolean {
  return error.message.includes('READONLY')
}

/** Keeps trying, and never so rarely that a Redis that came back is not found within seconds. */
function retryDelay(attempt: number): number {
  return Math.min(25 * 2 ** Math.min(attempt, 10), 1_000)
}

const SINGLE = {
  ...BOUNDED,
  enableOfflineQueue: false,
  lazyConnect: false,
  readOnly: false,
  // The application may read from replicas; a session is written.
  role: 'master',
  retryStrategy: retryDelay,
  sentinelRetryStrategy: retryDelay,
  sentinelCommandTimeout: COMMAND_TIMEOUT,
  // Sentinels tell of a new primary before the old one lets go of our connection.
  failoverDetector: true,
} satisfies RedisOptions

const CLUSTER = {
  keyPrefix: '',
  enableAutoPipelining: false,
  enableOfflineQueue: false,
  lazyConnect: false,
  clusterRetryStrategy: retryDelay,
  // A replica may not have heard yet that a session was ended.
  scaleReads: 'master',
  maxRedirections: 5,
  retryDelayOnFailover: 50,
  retryDelayOnClusterDown: 50,
  retryDelayOnTryAgain: 50,
  slotsRefreshTimeout: CONNECT_TIMEOUT,
  slotsRefreshInterval: 5_000,
} satisfies ClusterOptions

/** Opens a connection: to a URL, or to wherever the application's client is connected. Never uses that client itself. */
export function openRedis(source: string | RedisClient): RedisClient {
  const client = typeof source === 'string' ? new Redis(source, SINGLE) : duplicate(source)
  // Without a listener an 'error' event ends the process. The commands themselves report what is wrong.
  client.on('error', function ignoreError() {})
  return client
}

/** Whether a client talks to a Cluster; told by a member, since the application may have loaded another copy of ioredis. */
export function isCluster(client: RedisClient): client is Cluster {
  return client.isCluster
}

function duplicate(client: RedisClient): RedisClient {
  try {
    if (!isCluster(client)) return client.duplicate(SINGLE)
    return client.duplicate(undefined, { ...CLUSTER, redisOptions: { ...client.options.redisOptions, ...BOUNDED } })
  } catch {
    throw new ConfigError([
      `"session.redis" cannot be duplicated; hand in a URL, or an ioredis client made with ${describe()}`,
    ])
  }
}

function describe(): string {
  const settings = { ...BOUNDED, enableOfflineQueue: false, keyPrefix: "''", reconnectOnError: 'READONLY' }
  return Object.entries(settings)
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join(', ')
}
