/** What Redis says: reachable, permitted, fit to keep sessions, writable. */
import type { Cis2Config } from '../../options/cis2-config.js'
import { isCluster, openRedis, type RedisClient } from '../../session/redis/client.js'
import { isReply } from '../../session/redis/liveness.js'
import { replyWithin } from '../../session/redis/reply-within.js'
import { messageOf } from '../io.js'
import { checkWriting } from './check-writing.js'
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
    const info = await replyWithin(server.client.info(), LIMIT_MILLISECONDS)
    return judgeServer(parseInfo(info), server, session.confirmReplicas)
  } catch (error) {
    // Forbidden, or renamed: a server that may not be asked works all the same.
    if (!isReply(error)) throw error
    return [refusedInfo(session.confirmReplicas)]
  }
}

function refusedInfo(confirmReplicas: Cis2Config['session']['confirmReplicas']): Finding {
  const unknown = 'Version, eviction policy and memory cannot be checked, neither here nor by health().'
  const unasked = " Sign-ins work; 'prefer' waits for a replica whether there is one or not."
  const cause = confirmReplicas === 'prefer' ? unknown + unasked : unknown
  return warning('redis-info', 'INFO is not answered', cause, 'Allow it: ACL SETUSER <user> +info.')
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
