/** Several Redis servers that belong together: a primary with a replica, Sentinel, Cluster. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { Cluster } from 'ioredis'

import { freePort } from '../free-port.js'
import { startRedis, temporaryDirectory, until, type RedisServer, type StartRedis } from './redis-server.js'

export interface Pair {
  readonly primary: RedisServer
  readonly replica: RedisServer
  stop(): Promise<void>
}

/** A primary and one replica that follows it. */
export async function startPair(settings: readonly string[] = []): Promise<Pair> {
  const primary = await startRedis({ settings: ['--repl-diskless-sync-delay', '0', ...settings] })
  const replica = await startRedis({ settings: ['--replicaof', '127.0.0.1', String(primary.port), ...settings] })
  await until(() => follows(replica), 'the replica follows')
  await until(() => confirms(primary), 'the replica confirms')
  return { primary, replica, stop: () => stopAll([replica, primary]) }
}

/** A replica that is online may get its first write a second later. */
async function confirms({ admin }: RedisServer): Promise<boolean> {
  await admin.set('followed', 1, 'PX', 60_000)
  return (await admin.wait(1, 100)) === 1
}

async function follows(replica: RedisServer): Promise<boolean> {
  return (await replica.admin.info('replication')).includes('master_link_status:up')
}

export interface SentinelSetup extends Pair {
  readonly name: string
  readonly sentinels: readonly { readonly host: string; readonly port: number }[]
}

/**
 * A pair, watched by three Sentinels.
 *
 * @param takenForDead - What answers nothing for so long, in milliseconds. On a machine that is busy for long, half a second
 * has them promote a replica whose primary lives.
 */
export async function startSentinel(takenForDead = 500): Promise<SentinelSetup> {
  const pair = await startPair()
  const watchers = await Promise.all([1, 2, 3].map(() => startWatcher(pair.primary.port, takenForDead)))
  await until(
    async () => (await Promise.all(watchers.map(knowsAll))).every(Boolean),
    'the Sentinels know each other and the replica',
  )
  return {
    ...pair,
    name: 'clinic',
    sentinels: watchers.map(({ port }) => ({ host: '127.0.0.1', port })),
    stop: () => stopAll([...watchers, pair.replica, pair.primary]),
  }
}

async function startWatcher(primaryPort: number, takenForDead: number): Promise<RedisServer> {
  const directory = temporaryDirectory()
  const port = await freePort()
  // Sentinel keeps its findings in its settings: they must be a file.
  const file = join(directory, 'sentinel.conf')
  writeFileSync(
    file,
    `sentinel monitor clinic 127.0.0.1 ${String(primaryPort)} 2
sentinel down-after-milliseconds clinic ${String(takenForDead)}
sentinel failover-timeout clinic 2000
port ${String(port)}
bind 127.0.0.1
`,
  )
  return startRedis({ port, directory, program: [file, '--sentinel'] })
}

async function knowsAll({ admin }: RedisServer): Promise<boolean> {
  const reply = (await admin.call('SENTINEL', 'MASTER', 'clinic')) as string[] | Record<string, string>
  const known = Array.isArray(reply)
    ? Object.fromEntries(reply.flatMap((name, at) => (at % 2 === 0 ? [[name, reply[at + 1]]] : [])))
    : reply
  return Number(known['num-slaves']) >= 1 && Number(known['num-other-sentinels']) === 2
}

export interface ClusterSetup {
  readonly primaries: readonly RedisServer[]
  readonly replicas: readonly RedisServer[]
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
  /** A client as an application would make it. */
  connect(): Cluster
  stop(): Promise<void>
}

const SLOTS = 16_384

/** Primaries that share the slots, each with a replica of its own when asked for. */
export async function startCluster({
  primaries: count = 3,
  replicas: withReplicas = true,
  node = {},
}: {
  readonly primaries?: number
  readonly replicas?: boolean
  /** What each is started with beside. */
  readonly node?: Pick<StartRedis, 'admin'> & { readonly settings?: (port: number) => readonly string[] }
} = {}): Promise<ClusterSetup> {
  const all = await Promise.all(Array.from({ length: withReplicas ? 2 * count : count }, () => startNode(node)))
  const primaries = all.slice(0, count)
  const replicas = all.slice(count)
  await Promise.all(primaries.map((node, at) => takeSlots(node, at, count)))
  for (const node of all.slice(1)) await meet(node, all[0])
  await until(
    async () => (await Promise.all(all.map((node) => knows(node, all.length)))).every(Boolean),
    'all have met',
  )
  const ids = await Promise.all(primaries.map(({ admin }) => admin.call('CLUSTER', 'MYID')))
  await Promise.all(replicas.map(({ admin }, at) => admin.call('CLUSTER', 'REPLICATE', String(ids[at]))))
  await until(async () => (await Promise.all(all.map(isWhole))).every(Boolean), 'the Cluster is whole')
  await until(async () => (await Promise.all(replicas.map(follows))).every(Boolean), 'the replicas follow')
  await until(
    async () => (await Promise.all(primaries.map((node) => lists(node, all.length)))).every(Boolean),
    'listed',
  )
  const nodes = all.map(({ port }) => ({ host: '127.0.0.1', port }))
  return {
    primaries,
    replicas,
    nodes,
    connect: () => new Cluster([...nodes]),
    stop: () => stopAll(all),
  }
}

/** All slots on one node: to a client that knows nothing of Clusters, a Redis that refuses scripts over two slots. */
export async function startClusterOfOne(): Promise<RedisServer> {
  const node = await startNode()
  await takeSlots(node, 0, 1)
  await until(() => isWhole(node), 'whole')
  return node
}

async function startNode({
  settings = () => [],
  admin,
}: Pick<StartRedis, 'admin'> & { readonly settings?: (port: number) => readonly string[] } = {}): Promise<RedisServer> {
  const [port, bus] = [await freePort(), await freePort()]
  return startRedis({
    settings: [
      ...['--cluster-enabled', 'yes', '--cluster-node-timeout', '5000', '--cluster-port', String(bus)],
      ...['--repl-diskless-sync-delay', '0'],
      ...settings(port),
    ],
    port,
    bus,
    ...(admin === undefined ? {} : { admin }),
  })
}

async function takeSlots({ admin }: RedisServer, at: number, count: number): Promise<void> {
  const first = Math.floor((at * SLOTS) / count)
  const last = Math.floor(((at + 1) * SLOTS) / count) - 1
  await admin.call('CLUSTER', 'ADDSLOTSRANGE', first, last)
  await admin.call('CLUSTER', 'SET-CONFIG-EPOCH', at + 1)
}

async function meet({ admin }: RedisServer, other: RedisServer | undefined): Promise<void> {
  await admin.call('CLUSTER', 'MEET', '127.0.0.1', String(other?.port), String(other?.bus))
}

async function knows({ admin }: RedisServer, count: number): Promise<boolean> {
  return new RegExp(`cluster_known_nodes:${String(count)}\\b`).test(String(await admin.call('CLUSTER', 'INFO')))
}

async function isWhole({ admin }: RedisServer): Promise<boolean> {
  return String(await admin.call('CLUSTER', 'INFO')).includes('cluster_state:ok')
}

/** Whether a client that asks this node would learn of every node. */
async function lists({ admin }: RedisServer, count: number): Promise<boolean> {
  const slots = (await admin.call('CLUSTER', 'SLOTS')) as unknown[][]
  return slots.reduce((sum, range) => sum + range.length - 2, 0) === count
}

async function stopAll(servers: readonly RedisServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()))
}
