/** Connections of our own to Redis, every one with bounded waiting. */
import { Redis } from 'ioredis'
import type { Cluster, ClusterNode, ClusterOptions, RedisOptions } from 'ioredis'

import { ConfigError } from '../../errors.js'
import { tellReasons } from './cluster-errors.js'

export type RedisClient = Redis | Cluster

/** Longest wait for one reply. */
export const COMMAND_TIMEOUT = 500
/** Longest wait for a connection. */
export const CONNECT_TIMEOUT = 1_000
/** Longest wait for a connection that was let go to close. */
const DISCONNECT_TIMEOUT = 100
/** From so long on the kernel asks whether an idle peer is still there; firewalls see it too. */
const KEEP_ALIVE = 10_000
/** ioredis gives up on a connection then. Later than we do: its timers do not know of a busy process. */
const LAST_RESORT = 2_500

/**
 * What every connection of ours is opened with. ioredis's defaults keep a page waiting for minutes when Redis is down
 * and for ever when it is frozen, and send a write again after a reconnect, when the session may have been ended.
 */
const BOUNDED = {
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  // Ours are kept by `replyWithin`, which knows a busy process from a silent server.
  commandTimeout: undefined,
  socketTimeout: undefined,
  connectTimeout: LAST_RESORT,
  keepAlive: KEEP_ALIVE,
  noDelay: true,
  // It asks INFO, which may be forbidden or renamed; our own look asks more.
  enableReadyCheck: false,
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
  return attempt === 1 ? 0 : Math.min(25 * 2 ** Math.min(attempt, 10), 1_000)
}

const SINGLE = {
  ...BOUNDED,
  enableOfflineQueue: false,
  readOnly: false,
  // The application may read from replicas; a session is written.
  role: 'master',
  retryStrategy: retryDelay,
  sentinelRetryStrategy: retryDelay,
  sentinelReconnectStrategy: retryDelay,
  sentinelCommandTimeout: COMMAND_TIMEOUT,
  // Sentinels tell of a new primary before the old one lets go of our connection.
  failoverDetector: true,
} satisfies RedisOptions

const CLUSTER = {
  enableReadyCheck: false,
  keyPrefix: '',
  enableAutoPipelining: false,
  enableOfflineQueue: false,
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

/** What a client that was handed in may say: where Redis is, and who we are there. All else is ours to say. */
const WHERE: ReadonlySet<string> = new Set<keyof RedisOptions>([
  ...(['Connector', 'host', 'port', 'family', 'path', 'tls', 'db', 'username', 'password', 'protocol'] as const),
  ...(['sentinels', 'name', 'sentinelUsername', 'sentinelPassword', 'sentinelTLS'] as const),
  ...(['enableTLSForSentinelMode', 'updateSentinels', 'sentinelMaxConnections', 'natMap'] as const),
  ...(['connectionName', 'disableClientInfo', 'clientInfoTag'] as const),
])
const WHERE_CLUSTER: ReadonlySet<string> = new Set<keyof ClusterOptions>([
  ...(['dnsLookup', 'natMap', 'useSRVRecords', 'resolveSrv'] as const),
])

/**
 * Opens a connection: to a URL, or to wherever the application's client is connected. Never uses that client itself.
 * @param later - Not before its `connect()` is called.
 */
export function openRedis(source: string | RedisClient, later = false): RedisClient {
  const when = { lazyConnect: later }
  const client =
    typeof source === 'string' ? new Redis(withoutQuery(source), { ...SINGLE, ...when }) : duplicate(source, when)
  // Without a listener an 'error' event ends the process. The commands themselves report what is wrong.
  client.on('error', function ignoreError() {})
  if (isCluster(client)) tellReasons(client)
  return client
}

/** Whether a client talks to a Cluster; told by a member, since the application may have loaded another copy of ioredis. */
export function isCluster(client: RedisClient): client is Cluster {
  return client.isCluster
}

/** ioredis takes options from a URL's query, and those win over what it is told beside. */
function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, '')
}

function duplicate(client: RedisClient, when: { readonly lazyConnect: boolean }): RedisClient {
  try {
    if (!isCluster(client)) return client.duplicate({ ...unset(client.options, WHERE), ...SINGLE, ...when })
    const { redisOptions = {} } = client.options
    return client.duplicate(startupNodesOf(client), {
      ...unset(client.options, WHERE_CLUSTER),
      ...CLUSTER,
      ...when,
      redisOptions: { ...redisOptions, ...unset(redisOptions, WHERE), ...BOUNDED },
    })
  } catch {
    throw new ConfigError([
      `"session.redis" cannot be duplicated; hand in a URL, or an ioredis client made with ${describe()}`,
    ])
  }
}

/** Options that we do not know, each as if nobody had set it. */
function unset(options: object, known: ReadonlySet<string>): Record<string, undefined> {
  const others = Object.keys(options).filter((name) => !known.has(name))
  return Object.fromEntries(others.map((name) => [name, undefined]))
}

/** A node's own options win over those for all nodes, so they are pared down too. */
function startupNodesOf(client: Cluster): ClusterNode[] {
  const nodes: unknown = Reflect.get(client, 'startupNodes')
  if (!Array.isArray(nodes)) throw new TypeError('no startup nodes')
  return nodes.map((node: ClusterNode) => {
    if (typeof node === 'string') return withoutQuery(node)
    return typeof node === 'object' ? { ...node, ...unset(node, WHERE) } : node
  })
}

function describe(): string {
  const settings = {
    ...BOUNDED,
    commandTimeout: COMMAND_TIMEOUT,
    enableOfflineQueue: false,
    keyPrefix: "''",
    reconnectOnError: 'READONLY',
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join(', ')
}
