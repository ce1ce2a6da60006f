/** What a Redis server says of itself, judged: version, role, eviction, memory, replicas, and the way to it. */
import type { Redis } from 'ioredis'

import type { Cis2Config } from '../../options/cis2-config.js'
import { isLoopback } from '../../primitives/is-loopback.js'
import type { Info } from '../../session/redis/server-kind.js'
import { unfitServer, untriedVersion } from '../../session/redis/server-kind.js'
import { type Finding, ok, problem, warning } from './findings.js'

/** From this share of `maxmemory` on, the next busy day may fill it. */
const NEARLY_FULL = 0.9

export interface Server {
  readonly client: Pick<Redis, 'options' | 'info'>
  /** Whether it is reached as a node of a Cluster. */
  readonly isInCluster: boolean
}

export function judgeServer(
  info: Info,
  server: Server,
  confirmReplicas: Cis2Config['session']['confirmReplicas'],
): Finding[] {
  return [
    ...checkWay(server),
    checkVersion(info),
    ...checkRole(info, server),
    checkEviction(info),
    ...checkMemory(info),
    ...checkReplicas(info, confirmReplicas),
  ]
}

/** A Redis on this machine may do without; anything else crosses a network. */
function checkWay({ client: { options } }: Server): Finding[] {
  const { host = 'localhost', path, sentinels, tls, password } = options
  if (isSet(path) || (!isSet(sentinels) && isLoopback(host === '::1' ? '[::1]' : host))) return []
  const name = isSet(sentinels) ? 'the server that Sentinel names' : host
  const transport = warning(
    'redis-transport',
    `${name} is reached without TLS`,
    'Whoever listens on the network can read the password and end sessions.',
    'Use rediss:, or make sure that the network between is yours alone.',
  )
  const login = warning(
    'redis-password',
    `${name} asks for no password`,
    'Whoever reaches it can end sessions, and delete what keeps ended ones ended.',
    'Give Redis a password, or better an ACL user for this application.',
  )
  return [...(isSet(tls) ? [] : [transport]), ...(isSet(password) ? [] : [login])]
}

/** The client fills in `null` for what nobody gave. */
function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== ''
}

function checkVersion(info: Info): Finding {
  const unfit = unfitServer(info)
  if (unfit !== undefined) {
    const cause = 'Its scripts are not atomic, so an ended session could live on. cis2Auth signs nobody in with it.'
    return problem('redis-version', `this is ${unfit}`, cause, 'Use Redis 7.0 or later, or Valkey.')
  }
  const untried = untriedVersion(info)
  if (untried === undefined) return ok('redis-version', info.get('redis_version') ?? 'not told')
  const cause = 'express-cis2 is not tested with it, and it gets no security fixes any more.'
  return warning('redis-version', untried, cause, 'Upgrade the Redis server.')
}

function checkRole(info: Info, { isInCluster }: Server): Finding[] {
  if (info.get('role') === 'slave') {
    const cause = 'A replica takes no writes: nobody can sign in.'
    const cure = 'Use the address of the primary, or Sentinel, or Cluster.'
    return [problem('redis-role', 'this is a replica', cause, cure)]
  }
  if (info.get('cluster_enabled') === '1' && !isInCluster) {
    const cause = 'A single connection reaches a part of the keys only.'
    const cure = 'Hand in an ioredis Cluster as session.redis.'
    return [problem('redis-role', 'this is a node of a Cluster', cause, cure)]
  }
  return []
}

function checkEviction(info: Info): Finding {
  const policy = info.get('maxmemory_policy') ?? 'not told'
  if (policy === 'noeviction') return ok('redis-eviction', policy)
  return problem(
    'redis-eviction',
    `maxmemory-policy is ${policy}`,
    'When memory runs short Redis drops live sessions, and the marks that keep ended ones ended.',
    'Set maxmemory-policy noeviction, and give sessions a Redis of their own.',
  )
}

function checkMemory(info: Info): Finding[] {
  const limit = Number(info.get('maxmemory'))
  const used = Number(info.get('used_memory'))
  if (!(limit > 0 && used >= limit * NEARLY_FULL)) return []
  const message = `${Math.round((used / limit) * 100)} % of maxmemory is used`
  const cause = 'When it is full nobody can sign in.'
  return [warning('redis-memory', message, cause, 'Raise maxmemory, or find what fills it.')]
}

function checkReplicas(info: Info, confirmReplicas: Cis2Config['session']['confirmReplicas']): Finding[] {
  if (confirmReplicas === 'off' || info.get('role') === 'slave') return []
  const connected = Number(info.get('connected_slaves'))
  if (connected > 0) return [ok('redis-replicas', `${connected} connected`)]
  const message = 'no replica is connected'
  if (confirmReplicas === 'require') {
    const cause = "session.confirmReplicas is 'require': every sign-in and sign-out answers 503."
    return [problem('redis-replicas', message, cause, "Connect a replica, or set confirmReplicas to 'prefer'.")]
  }
  const cause = 'If this server is lost, so are the sessions, and ended ones are forgotten.'
  const cure = "Connect a replica, or set confirmReplicas to 'off' to accept that."
  return [warning('redis-replicas', message, cause, cure)]
}
