/** What Redis says: reachable, permitted, fit to keep sessions, writable. */
import { randomUUID } from 'node:crypto'

import type { Cis2Config } from '../../options/cis2-config.js'
import { isCluster, openRedis, type RedisClient } from '../../session/redis/client.js'
import { messageOf } from '../io.js'
import { type Finding, ok, problem, warning } from './findings.js'
import { judgeServer, parseInfo, type Server } from './judge-redis.js'

const LIMIT_MILLISECONDS = 2_000

const NO_REDIS = 'Without Redis nobody can sign in, and guards answer 503.'

/** Asks the Redis of the configuration, over a connection made as `cis2Auth` makes its own. */
export async function checkRedis({ session }: Cis2Config): Promise<Finding[]> {
  if (session.redis === 'memory') {
    const cure = 'Set session.redis to the address of a Redis server before you deploy.'
    return [warning('redis', 'sessions are kept in memory', 'They live in one process and die with it.', cure)]
  }
  const client = openRedis(session.redis)
  try {
    await connected(client)
    const findings = (await Promise.all(serversOf(client).map((server) => examine(server, session)))).flat()
    // A replica, or one node of a Cluster, refuses writes; that has been said.
    const isMisplaced = findings.some(({ check }) => check === 'redis-role')
    return [
      ok('redis', 'answers'),
      ...findings,
      ...(isMisplaced ? [] : [await checkWriting(client, session.keyPrefix)]),
    ]
  } catch (error) {
    return [explained(error)]
  } finally {
    client.disconnect()
  }
}

/** The first thing that happens decides: the client itself would go on trying, and say nothing. */
function connected(client: RedisClient): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Error(`no answer within ${LIMIT_MILLISECONDS / 1000} s`))
    }, LIMIT_MILLISECONDS)
    client.once('ready', () => {
      clearTimeout(timer)
      resolve()
    })
    client.once('error', (error: Error & { lastNodeError?: Error }) => {
      clearTimeout(timer)
      // A Cluster says "Failed to refresh slots cache." and has the reason here.
      reject(error.lastNodeError ?? error)
    })
  })
}

function serversOf(client: RedisClient): Server[] {
  if (!isCluster(client)) return [{ client, isInCluster: false }]
  return client.nodes('master').map((node) => ({ client: node, isInCluster: true }))
}

async function examine(server: Server, session: Cis2Config['session']): Promise<Finding[]> {
  try {
    return judgeServer(parseInfo(await server.client.info()), server, session.confirmReplicas)
  } catch (error) {
    if (!messageOf(error).startsWith('NOPERM')) throw error
    return [refusedInfo(session.confirmReplicas)]
  }
}

function refusedInfo(confirmReplicas: Cis2Config['session']['confirmReplicas']): Finding {
  const message = 'this user may not ask INFO'
  const cure = 'Allow it: ACL SETUSER <user> +info.'
  if (confirmReplicas === 'prefer') {
    const cause = 'Whether there is a replica to wait for cannot be asked: every sign-in answers 503.'
    return problem('redis-info', message, cause, cure)
  }
  const cause = 'Version, eviction policy and memory cannot be checked, neither here nor by health().'
  return warning('redis-info', message, cause, cure)
}

/** Why Redis cannot be used, out of the first word of its answer or of the socket's error. */
function explained(error: unknown): Finding {
  const message = messageOf(error)
  if (/NOAUTH|WRONGPASS/.test(message)) {
    const cause = 'The password is missing or wrong, or the user is not known. Nobody can sign in, guards answer 503.'
    return problem('redis', 'the login is refused', cause, 'Check user and password in the address or the client.')
  }
  const cure = 'Check the address, the firewall, and redis: against rediss: (TLS).'
  return problem('redis', `cannot be reached: ${message}`, NO_REDIS, cure)
}

/** A key that goes at once: shows a full, read-only or restricted server, and that scripts may run. */
async function checkWriting(client: RedisClient, keyPrefix: string): Promise<Finding> {
  const lua = "redis.call('SET', KEYS[1], '', 'PX', 1000) return redis.call('DEL', KEYS[1])"
  try {
    await client.eval(lua, 1, `${keyPrefix}doctor:${randomUUID()}`)
    return ok('redis-writing', 'scripts run and keys can be written')
  } catch (error) {
    const message = messageOf(error)
    const cause = 'Nobody can sign in or out.'
    if (message.includes('OOM')) {
      return problem('redis-writing', 'memory is full', cause, 'Raise maxmemory, or find what fills it.')
    }
    if (message.includes('NOPERM') || message.includes('ACL')) {
      const cure = `Allow the user scripts, reads and writes on ~${keyPrefix}*: +@all -@admin -@dangerous +info.`
      return problem('redis-writing', 'this user may not run scripts, or not write these keys', cause, cure)
    }
    return problem('redis-writing', `a write is refused: ${message}`, cause, 'See what Redis says; its log has more.')
  }
}
