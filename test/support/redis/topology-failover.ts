/** Failing over, and coming back: the primary is killed, its replica takes over, the killed one returns as a replica. */
import { until, type RedisServer } from './redis-server.js'
import { Redis } from 'ioredis'

import type { ClusterSetup, SentinelSetup } from './redis-topologies.js'

const LIMIT = 40_000
/** What a Sentinel takes for a dead primary, in milliseconds: when one is killed, and when none is. */
const IMPATIENT = 500
export const PATIENT = 60_000

export interface Failover {
  /** Kills a primary; resolves when its replica has taken over, with how long that took, in milliseconds. */
  kill(): Promise<number>
  /** Resolves when the killed one follows the new primary. */
  heal(): Promise<void>
}

/** @param impatient - On a machine that is busy for long, a replica that is taken for dead as quickly is never promoted. */
export function sentinelFailover(
  { primary: first, replica: second, name, sentinels }: SentinelSetup,
  impatient = IMPATIENT,
): Failover {
  let primary = first
  let replica = second

  async function askAll(...question: [string, ...(string | number)[]]): Promise<unknown[]> {
    const watchers = sentinels.map((sentinel) => new Redis(sentinel))
    const answers = await Promise.all(watchers.map((each) => each.call('SENTINEL', ...question)))
    for (const each of watchers) each.disconnect()
    return answers
  }

  async function agreeOn(port: number): Promise<boolean> {
    const addresses = await askAll('GET-MASTER-ADDR-BY-NAME', name)
    return addresses.every((address) => Array.isArray(address) && Number(address[1]) === port)
  }

  return {
    async kill() {
      await askAll('SET', name, 'down-after-milliseconds', impatient)
      const from = performance.now()
      await primary.crash()
      await until(() => isPrimary(replica), 'the replica is promoted', LIMIT)
      const took = Math.round(performance.now() - from)
      await until(() => agreeOn(replica.port), 'the Sentinels agree', LIMIT)
      // On a busy machine they would take the new one for dead as well, and have it follow the other, which is empty yet.
      await askAll('SET', name, 'down-after-milliseconds', PATIENT)
      ;[primary, replica] = [replica, primary]
      return took
    },
    async heal() {
      await replica.restart()
      await replica.admin.replicaof('127.0.0.1', primary.port)
      await untilItFollows(primary, replica)
    },
  }
}

export function clusterFailover({ primaries, replicas }: ClusterSetup): Failover {
  // Of each shard the one that leads comes first.
  const shards = primaries.map((primary, at): [RedisServer, RedisServer | undefined] => [primary, replicas[at]])
  let next = 0
  let killed: { shard: number; id: string } | undefined

  function shardOf(index: number): [RedisServer, RedisServer] {
    const [leader, follower] = shards[index] ?? []
    if (leader === undefined || follower === undefined) throw new Error('a shard without a replica')
    return [leader, follower]
  }

  return {
    async kill() {
      const shard = next++ % shards.length
      const [leader, follower] = shardOf(shard)
      killed = { shard, id: String(await leader.admin.call('CLUSTER', 'MYID')) }
      const from = performance.now()
      await leader.crash()
      await until(() => isPrimary(follower), 'the replica is promoted', LIMIT)
      shards[shard] = [follower, leader]
      const others = shards.map(([each]) => each)
      await until(async () => (await Promise.all(others.map(isWhole))).every(Boolean), 'the Cluster is whole', LIMIT)
      return Math.round(performance.now() - from)
    },
    async heal() {
      if (killed === undefined) return
      const [leader, follower] = shardOf(killed.shard)
      await follower.restart()
      const running = shards.flat().filter((server) => server !== undefined && server !== follower)
      // It comes back empty, under another name.
      for (const server of running) await server?.admin.call('CLUSTER', 'FORGET', killed.id)
      await follower.admin.config('SET', 'cluster-node-timeout', '1500')
      await follower.admin.call('CLUSTER', 'MEET', '127.0.0.1', String(leader.port), String(leader.bus))
      const leaderId = String(await leader.admin.call('CLUSTER', 'MYID'))
      await until(async () => (await nodesOf(follower)).includes(leaderId), 'it has met its primary', LIMIT)
      await until(() => accepts(follower, leaderId), 'it may follow', LIMIT)
      await untilItFollows(leader, follower)
      const id = String(await follower.admin.call('CLUSTER', 'MYID'))
      const others = running.filter((server) => server !== undefined)
      await until(
        async () => (await Promise.all(others.map(nodesOf))).every((nodes) => nodes.includes(id)),
        'known',
        LIMIT,
      )
    },
  }
}

async function nodesOf({ admin }: RedisServer): Promise<string> {
  return String(await admin.call('CLUSTER', 'NODES'))
}

async function accepts({ admin }: RedisServer, leaderId: string): Promise<boolean> {
  try {
    await admin.call('CLUSTER', 'REPLICATE', leaderId)
    return true
  } catch {
    // It does not know yet that the other is a primary.
    return false
  }
}

async function isPrimary({ admin }: RedisServer): Promise<boolean> {
  return (await admin.info('replication')).includes('role:master')
}

async function isWhole({ admin }: RedisServer): Promise<boolean> {
  return String(await admin.call('CLUSTER', 'INFO')).includes('cluster_state:ok')
}

async function untilItFollows(primary: RedisServer, replica: RedisServer): Promise<void> {
  await until(
    async () => (await replica.admin.info('replication')).includes('master_link_status:up'),
    'the link is up',
    LIMIT,
  )
  await until(
    async () => /connected_slaves:[1-9]/.test(await primary.admin.info('replication')),
    'it is counted',
    LIMIT,
  )
}
