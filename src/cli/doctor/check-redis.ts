/** What Redis says: reachable, permitted, fit to keep sessions, writable. */
import type { Cis2Config } from '../../options/cis2-config.js'
import { withinTime } from '../../primitives/within-time.js'
import { isCluster, openRedis, type RedisClient } from '../../session/redis/client.js'
import { createCredentials, NoCredentials } from '../../session/redis/credentials.js'
import { isReply } from '../../session/redis/liveness.js'
import { keepLogin } from '../../session/redis/login.js'
import { replyWithin } from '../../session/redis/reply-within.js'
import { parseInfo } from '../../session/redis/server-kind.js'
import { kindOf } from '../../session/store-errors.js'
import { messageOf } from '../io.js'
import { checkWriting } from './check-writing.js'
import { type Finding, ok, problem, warning } from './findings.js'
import { judgeServer, type Server } from './judge-redis.js'

const LIMIT_MILLISECONDS = 2_000

const NO_REDIS = 'Without Redis nobody can sign in, and guards answer 503.'

/** Asks the Redis of the configuration, over a connection made as `cis2Auth` makes its own. */
export async function checkRedis({ session, clock }: Cis2Config): Promise<Finding[]> {
  if (session.redis === 'memory') {
    const cure = 'Set session.redis to the address of a Redis server before you deploy.'
    return [warning('redis', 'sessions are kept in memory', 'They live in one process and die with it.', cure)]
  }
  const ask = session.redisCredentials
  const credentials = ask && createCredentials({ ask, clock, emit: tellNobody, changed: tellNobody })
  const client = openRedis(session.redis, credentials !== undefined)
  const login = keepLogin(client, session.redis, credentials)
  try {
    await connected(client)
    const findings = (await Promise.all(serversOf(client).map((server) => examine(server, session)))).flat()
    // A replica, or one node of a Cluster, refuses writes, and some servers are refused by us; that has been said.
    const isMisplaced = findings.some(
      ({ check, outcome }) => check === 'redis-role' || (check === 'redis-version' && outcome === 'problem'),
    )
    return [
      ok('redis', 'answers'),
      ...findings,
      ...(isMisplaced ? [] : [await checkWriting(client, session.keyPrefix)]),
    ]
  } catch (error) {
    return [explained(error)]
  } finally {
    credentials?.close()
    login.close()
    client.disconnect()
  }
}

function tellNobody(): void {}

/** The first thing that happens decides: the client itself would go on trying, and say nothing. */
function connected(client: RedisClient): Promise<void> {
  const ready = new Promise<void>((resolve, reject) => {
    client.once('ready', resolve)
    client.once('error', (error: Error & { lastNodeError?: Error }) => {
      // A Cluster says "Failed to refresh slots cache." and has the reason here.
      reject(error.lastNodeError ?? error)
    })
  })
  return withinTime(ready, LIMIT_MILLISECONDS, () => new Error(`no answer within ${LIMIT_MILLISECONDS / 1000} s`))
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

/** Codes of Node.js and of OpenSSL. */
const TLS = /CERT|SIGNATURE|SIGNED|CRL|^ERR_(TLS|SSL)_/

function tlsCure(kind: string): string {
  if (kind !== 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return 'Hand in a client with tls: { ca }, or set NODE_EXTRA_CA_CERTS, if the authority is yours.'
  }
  return (
    'Use the name that the certificate carries. For a Cluster: dnsLookup: (name, callback) => callback(null, name), ' +
    'or tls: { servername } where its nodes tell addresses.'
  )
}

/** Why Redis cannot be used, out of the first word of its answer or of the socket's error. */
function explained(error: unknown): Finding {
  const message = messageOf(error)
  if (error instanceof NoCredentials) {
    const cause = `session.redis.credentials threw, took too long or returned something else. ${NO_REDIS}`
    return problem('redis', 'there are no credentials', cause, 'Run it where doctor runs, with the same identity.')
  }
  if (/NOAUTH|WRONGPASS/.test(message)) {
    const cause = 'The password is missing or wrong, or the user is not known. Nobody can sign in, guards answer 503.'
    return problem('redis', 'the login is refused', cause, 'Check user and password in the address or the client.')
  }
  const kind = kindOf(error)
  if (TLS.test(kind)) return problem('redis', `TLS is refused: ${message}`, `${kind}. ${NO_REDIS}`, tlsCure(kind))
  const cure = 'Check the address, the firewall, and redis: against rediss: (TLS).'
  return problem('redis', `cannot be reached: ${message}`, NO_REDIS, cure)
}
