/** One connection to Redis (to each server of a Cluster one): bounded waiting, and an outage for each server apart. */
import type { Redis } from 'ioredis'

import { storeUnavailable } from '../store-errors.js'
import { COMMAND_TIMEOUT, isCluster } from './client.js'
import type { RedisClient } from './client.js'
import { createLiveness, isReply } from './liveness.js'
import type { LoginKeeper } from './login.js'
import { createOutageWatch } from './outage-watch.js'
import type { PartHealth } from '../../health.js'
import type { OutageWatch } from './outage-watch.js'
import { createPresence } from './presence.js'
import { NoReply, replyWithin } from './reply-within.js'
import { createServers, THE_ONLY } from './servers.js'
import type { Servers } from './servers.js'
import { createSharedWrites } from './shared-writes.js'

/** A Cluster's redirections and retries come on top of what one command may take. In milliseconds. */
const CLUSTER_TIMEOUT = COMMAND_TIMEOUT + 200

type Action<T> = (client: RedisClient) => Promise<T>

export interface Connection {
  /**
   * Runs what asks the server of a key; rejects at once while that server is known not to answer.
   * @param limit - In milliseconds; Infinity for an action that has limits of its own.
   */
  run<T>(key: string, action: Action<T>, limit?: number): Promise<T>
  /** The same, whatever is known of the server: to find out. */
  attempt<T>(key: string, action: Action<T>, limit?: number): Promise<T>
  readonly servers: Servers
  /** Waits, within bounds, until there is a connection and every server was looked at. */
  proven(): Promise<void>
  health(): PartHealth
  close(): void
}

export interface ConnectionSettings {
  readonly client: RedisClient
  /** Who the client says that we are. */
  readonly login: LoginKeeper
  /** Epoch seconds. */
  readonly seconds: () => number
  /** Resolves when the server of these tags does all that sessions need. */
  readonly probe: (connection: Connection, tag: string) => Promise<void>
  /** The health is another than before. */
  readonly changed: () => void
  /** There is a new connection, which may be to another server. */
  readonly connected: () => void
}

export function createConnection(settings: ConnectionSettings): Connection {
  const { client, login, seconds, probe, changed, connected } = settings
  const servers = createServers(client)
  const liveness = createLiveness(() => servers.nodes())
  const presence = createPresence(client, { found, lost, mayPass: (reason) => login.mayPass(reason) })
  const writes = createSharedWrites()
  const usualLimit = isCluster(client) ? CLUSTER_TIMEOUT : COMMAND_TIMEOUT
  const outages = new Map<string, OutageWatch>()
  /** Until the first look at every server is done: before that nobody can say that an ending ends. */
  let firstLook: Promise<unknown> | undefined = lookFirst()
  const begun = seconds()
  /** Until the first outage. Every guarded request asks. */
  const neverAway: PartHealth = { status: 'ok', since: begun }
  let closed = false

  if (isCluster(client)) client.on('+node', keepNode)
  else liveness.keep(client)

  const connection: Connection = {
    servers,
    attempt,
    async run(key, action, limit) {
      if (firstLook !== undefined) await firstLook
      const server = servers.of(key)
      outages.get(THE_ONLY)?.assertOver()
      outages.get(server)?.assertOver()
      try {
        return await attempt(key, action, limit)
      } catch (error) {
        outageOf(server).noticed(error)
        throw storeUnavailable(error)
      }
    },
    async proven() {
      await presence.eventually()
      const problem = await (firstLook ?? look())
      if (problem !== undefined) throw problem as Error
    },
    health() {
      if (outages.size === 0) return neverAway
      const each = [...outages.values()].map((outage) => outage.health())
      const since = Math.max(begun, ...each.map((health) => health.since))
      return worst(outages.get(THE_ONLY)?.health(), each, servers.all().length) ?? { status: 'ok', since }
    },
    close() {
      closed = true
      for (const outage of outages.values()) outage.close()
      liveness.close()
      login.close()
      presence.close()
      client.disconnect()
    },
  }

  function outageOf(server: string): OutageWatch {
    let outage = outages.get(server)
    if (outage === undefined) {
      outage = createOutageWatch({ seconds, changed, probe: () => probeServer(server) })
      outages.set(server, outage)
      if (closed) outage.close()
    }
    return outage
  }

  async function attempt<T>(key: string, action: Action<T>, limit = usualLimit): Promise<T> {
    // Every guarded request passes here: what there is nothing to wait for is not waited for.
    const expected = presence.expected()
    if (expected !== undefined) await expected
    const trials = trialsFor(key)
    if (trials.length > 0) await tried(trials)
    const node = servers.nodeOf(servers.of(key))
    if (node?.status === 'ready') writes.share(node.stream)
    try {
      const value = await (limit === Infinity ? action(client) : replyWithin(action(client), limit))
      if (node !== undefined) liveness.heard(node)
      return value
    } catch (error) {
      if (node !== undefined && isReply(error)) {
        liveness.heard(node)
        login.noticed(error, node)
      }
      if (node !== undefined && error instanceof NoReply) void liveness.letGo(node)
      throw error
    }
  }

  /** A Cluster may be asked over any connection where the way is lost: then none of them is believed unseen. */
  function trialsFor(key: string): readonly Promise<void>[] {
    const node = servers.nodeOf(servers.of(key))
    if (node !== undefined && liveness.assure(node) === undefined) return []
    return servers.nodes().flatMap((each) => liveness.assure(each) ?? [])
  }

  /** A connection that has gone is replaced: the action waits for the new one, and none of it is lost. */
  async function tried(trials: readonly Promise<void>[]): Promise<void> {
    const results = await Promise.allSettled(trials)
    if (!results.some(({ status }) => status === 'rejected')) return
    // A Cluster hears of it in a later turn.
    await new Promise((resolve) => setImmediate(resolve))
    await presence.expected()
  }

  async function probeServer(server: string): Promise<void> {
    if (server === THE_ONLY && isCluster(client)) return presence.expected()
    const tag = servers.tagOn(server)
    if (tag !== undefined) return probe(connection, tag)
    // It has no keys any more: others answer for them.
    outages.get(server)?.close()
    outages.delete(server)
    changed()
  }

  /** Looks at every server; what is wrong with one is an outage of that one. */
  async function look(): Promise<unknown> {
    const looks = servers.all().map((server) => lookAt(server))
    return (await Promise.all(looks)).find((problem) => problem !== undefined)
  }

  async function lookAt(server: string): Promise<unknown> {
    try {
      await probeServer(server)
      return undefined
    } catch (error) {
      outageOf(server).unfit(error)
      return error
    }
  }

  async function lookFirst(): Promise<unknown> {
    try {
      await presence.expected()
      return await look()
    } catch (error) {
      outageOf(THE_ONLY).noticed(error)
      return error
    } finally {
      firstLook = undefined
    }
  }

  function lost(reason: unknown): void {
    outageOf(THE_ONLY).noticed(reason)
  }

  function found(): void {
    connected()
    for (const outage of outages.values()) outage.hurry()
    if (firstLook === undefined) void look()
  }

  /** A node of a Cluster comes and goes with the need for it. */
  function keepNode(node: Redis): void {
    liveness.keep(node)
    node.once('ready', () => {
      const server = servers.all().find((name) => servers.nodeOf(name) === node)
      if (server !== undefined && firstLook === undefined) void lookAt(server)
      // Lost while nobody asks it: whoever comes next need not find out.
      if (server !== undefined) node.once('end', () => setImmediate(lookAgain, server))
    })
  }

  /** A Cluster that has lost its last connection says so in a later turn. */
  function lookAgain(server: string): void {
    if (!closed) void lookAt(server)
  }

  return connection
}

/** Some servers of a Cluster that do not answer are not all. */
function worst(whole: PartHealth | undefined, each: readonly PartHealth[], servers: number): PartHealth | undefined {
  if (whole?.status === 'down') return whole
  const down = each.filter(({ status }) => status === 'down')
  const first = down[0] ?? each.find(({ status }) => status === 'degraded')
  return first !== undefined && down.length < servers ? { ...first, status: 'degraded' } : first
}
