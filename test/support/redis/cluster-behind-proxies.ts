/** A Cluster whose servers tell clients, and each other, to come over stretches of network that a test may spoil. */
import type { RedisServer } from './redis-server.js'
import { until } from './redis-server.js'
import { startCluster } from './redis-topologies.js'
import { startProxy, type TcpProxy } from './tcp-proxy.js'

export interface ClusterBehindProxies {
  readonly proxies: readonly TcpProxy[]
  /** Where clients begin. */
  readonly nodes: readonly { readonly host: string; readonly port: number }[]
  stop(): Promise<void>
}

export async function startClusterBehindProxies(primaries = 3): Promise<ClusterBehindProxies> {
  const setup = await startCluster({ primaries, replicas: false })
  const proxies = await Promise.all(setup.primaries.map(({ port }) => startProxy(port)))
  const nodes = proxies.map(({ port }) => ({ host: '127.0.0.1', port }))
  await announce(
    setup.primaries,
    nodes.map(({ port }) => port),
  )
  return {
    proxies,
    nodes,
    async stop() {
      await Promise.all(proxies.map((proxy) => proxy.stop()))
      await setup.stop()
    },
  }
}

async function announce(servers: readonly RedisServer[], ports: readonly number[]): Promise<void> {
  for (const [at, { admin }] of servers.entries()) {
    await admin.config('SET', 'cluster-announce-port', String(ports[at]))
  }
  for (const { admin } of servers) {
    await until(async () => {
      const told = JSON.stringify(await admin.call('CLUSTER', 'SLOTS'))
      return ports.every((port) => told.includes(String(port)))
    }, 'everybody is told the way')
  }
}
