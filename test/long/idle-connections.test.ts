/** FIELD-2: what networks do to connections that nobody uses, under sign-ins and back-channel logouts. */
import { setTimeout as delay } from 'node:timers/promises'

import { Cluster, Redis, type NatMap } from 'ioredis'

import { leaveReport } from '../schedule/long-run.js'
import { ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp } from '../support/app/start-app.js'
import { newPrefix } from '../support/redis/backends.js'
import { startClusterBehindProxies } from '../support/redis/cluster-behind-proxies.js'
import { startNetworkNamespace } from '../support/redis/network-namespace.js'
import { startRedis } from '../support/redis/redis-server.js'
import { startPair, startSentinel } from '../support/redis/redis-topologies.js'
import { startProxy, type Fate, type TcpProxy } from '../support/redis/tcp-proxy.js'
import { Load, RealClock, tell } from '../support/redis/topology-load.js'
import { LONG_MINUTES, LONG_SEED } from './settings.js'

/** For each topology; the fates run side by side. */
const SECONDS = Math.max(8, Math.min(120, LONG_MINUTES * 20))
/** A network that forgets sooner than any does: a connection is tried when it was idle for 1 s. In milliseconds. */
const FORGETS_AFTER = 1_500
/** Two people, each of whom does something now and then: there are always connections that idle. */
const SLOW = { pace: 3_500, workers: 2, fewestAlive: 3 }
const LONGEST_RECOVERY = 5_000
/** Whoever is the first to use a dropped connection waits for its trial and for a new one. In milliseconds. */
const LONGEST_GUARDED = 600
const FATES: readonly Fate[] = ['silence', 'reset', 'close']

interface Way {
  readonly redis: string | Redis | Cluster
  /** How many connections have met their fate. */
  readonly spoiled: () => number
  readonly stop: () => unknown
}

function sumOf(proxies: readonly TcpProxy[]): number {
  return proxies.reduce((sum, { spoiled }) => sum + spoiled, 0)
}

describe('idle connections', () => {
  /** Everybody is served throughout: nothing is lost, nothing comes back, and nobody is told to come again. */
  async function serves(what: string, { redis, spoiled, stop }: Way): Promise<void> {
    const provider = await ScriptedProvider.start()
    const troubles: string[] = []
    const app = await startApp({
      provider,
      clock: new RealClock(),
      options: {
        session: { redis, keyPrefix: newPrefix() },
        onEvent({ type }) {
          if (type === 'store.unavailable') troubles.push(type)
        },
      },
    })
    const load = new Load(app, provider, LONG_SEED, SLOW)
    try {
      await load.signInMany(8)
      load.start()
      await delay(SECONDS * 1_000)
      await load.stop()
      await load.recover(LONGEST_RECOVERY)
    } finally {
      await load.stop()
      await app.stop()
      await provider.stop()
      await stop()
    }
    leaveReport(`idle connections, ${what}`, [`${spoiled()} connections spoiled in ${SECONDS} s`, ...tell(load)])
    expect(load.violations).toEqual([])
    expect(load.figures.refused).toEqual({})
    expect(troubles).toEqual([])
    expect(load.figures.slowestGuarded).toBeLessThan(LONGEST_GUARDED)
    expect(spoiled()).toBeGreaterThan(0)
  }

  async function eachFate(what: string, open: (fate: Fate) => Promise<Way>): Promise<void> {
    await Promise.all(FATES.map(async (fate) => serves(`${what}, ${fate}`, await open(fate))))
  }

  /** Stretches of network to each server, and what a client must be told to go over them. */
  async function spoiling(ports: readonly number[], fate: Fate) {
    const proxies = await Promise.all(ports.map((port) => startProxy(port)))
    for (const proxy of proxies) proxy.idle = { after: FORGETS_AFTER, fate }
    const natMap: NatMap = Object.fromEntries(
      ports.map((port, at) => [`127.0.0.1:${port}`, { host: '127.0.0.1', port: Number(proxies[at]?.port) }]),
    )
    return {
      natMap,
      port: Number(proxies[0]?.port),
      spoiled: () => sumOf(proxies),
      stop: () => Promise.all(proxies.map((proxy: TcpProxy) => proxy.stop())),
    }
  }

  it('FIELD-2 single: dropped without a word, reset, closed', async () => {
    const pair = await startPair()
    await eachFate('single', async (fate) => {
      const way = await spoiling([pair.primary.port], fate)
      return { ...way, redis: `redis://127.0.0.1:${way.port}` }
    })
    await pair.stop()
  })

  it('FIELD-2 Sentinel: dropped without a word, reset, closed', async () => {
    const setup = await startSentinel()
    await eachFate('Sentinel', async (fate) => {
      const way = await spoiling([setup.primary.port, setup.replica.port], fate)
      const redis = new Redis({ sentinels: [...setup.sentinels], name: setup.name, natMap: way.natMap })
      redis.on('error', () => {})
      return { ...way, redis, stop: () => (redis.disconnect(), way.stop()) }
    })
    await setup.stop()
  })

  it('FIELD-2 Cluster: dropped without a word, reset, closed', async () => {
    const { proxies, nodes, stop } = await startClusterBehindProxies()
    // One after the other: the servers announce one way only.
    for (const fate of FATES) {
      const before = sumOf(proxies)
      for (const proxy of proxies) proxy.idle = { after: FORGETS_AFTER, fate }
      const redis = new Cluster([...nodes])
      redis.on('error', () => {})
      await serves(`Cluster, ${fate}`, {
        redis,
        spoiled: () => sumOf(proxies) - before,
        stop() {
          redis.disconnect()
        },
      })
    }
    await stop()
  })

  const trial = startNetworkNamespace()
  trial?.stop()
  const real = 'FIELD-2 the real kernel: a firewall between two network namespaces drops idle connections'
  if (trial === undefined) {
    it.skip(`${real} (left out: only root may make a network namespace, with ip and iptables)`, () => {})
  } else {
    it(real, async () => {
      const namespace = startNetworkNamespace()
      if (namespace === undefined) throw new Error('no network namespace')
      const { address, within, drop } = namespace
      const server = await startRedis({
        within,
        settings: ['--bind', address, '--protected-mode', 'no'],
        admin: { host: address },
      })
      const own = await server.admin.client('ID')
      const dropped = new Set<number>()
      const firewall = setInterval(() => void dropIdle(), 200)

      /** Who has said nothing for two seconds: Redis counts whole ones. */
      async function dropIdle(): Promise<void> {
        const clients = String(await server.admin.client('LIST')).split('\n')
        const ports = clients
          .map((line) => /^id=(\d+) addr=[^ ]+:(\d+) .* idle=(\d+) /.exec(line))
          .filter((found) => found !== null && Number(found[1]) !== own && Number(found[3]) >= 2)
          .map((found) => Number(found?.[2]))
          .filter((port) => !dropped.has(port))
        drop(ports)
        for (const port of ports) dropped.add(port)
      }

      await serves('real kernel', {
        redis: server.url,
        spoiled: () => dropped.size,
        async stop() {
          clearInterval(firewall)
          await server.stop()
          namespace.stop()
        },
      })
    })
  }
})
