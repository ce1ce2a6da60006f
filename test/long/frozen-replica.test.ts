/** FIELD-3: a replica that is connected and confirms nothing, under load, with `confirmReplicas: 'prefer'`. */
import { setTimeout as delay } from 'node:timers/promises'

import type { Cluster } from 'ioredis'

import { leaveReport } from '../schedule/long-run.js'
import { ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp } from '../support/app/start-app.js'
import type { RedisServer } from '../support/redis/redis-server.js'
import { startCluster, startPair } from '../support/redis/redis-topologies.js'
import { Load, RealClock, tell } from '../support/redis/topology-load.js'
import { LONG_MINUTES, LONG_SEED } from './settings.js'

/** Frozen for so long, in each topology. */
const SECONDS = Math.max(7, Math.min(60, LONG_MINUTES * 20))
const LONGEST_RECOVERY = 5_000
/** After an event nobody waits for so long, in milliseconds. */
const PAUSE = 5_000

describe('a replica that is frozen under load', () => {
  async function serves(what: string, redis: string | Cluster, replicas: readonly RedisServer[]): Promise<void> {
    const provider = await ScriptedProvider.start()
    const counts: number[] = []
    const troubles: string[] = []
    const app = await startApp({
      provider,
      clock: new RealClock(),
      options: {
        session: { redis, confirmReplicas: 'prefer' },
        onEvent(event) {
          if (event.type === 'replication.short') counts.push(event.count ?? 1)
          if (event.type === 'store.unavailable') troubles.push(event.type)
        },
      },
    })
    const load = new Load(app, provider, LONG_SEED)
    const begun = performance.now()
    try {
      load.start()
      await delay(1_000)
      for (const replica of replicas) replica.freeze()
      await delay(SECONDS * 1_000)
      for (const replica of replicas) replica.thaw()
      await load.stop()
      await load.recover(LONGEST_RECOVERY)
    } finally {
      await load.stop()
      await app.stop()
      await provider.stop()
    }
    leaveReport(`replica frozen, ${what}`, [
      ...tell(load),
      `${counts.length} events replication.short in ${SECONDS} s, about ${counts.join(', ')} writes`,
    ])
    expect(load.violations).toEqual([])
    expect(load.figures.refused).toEqual({})
    expect(troubles).toEqual([])
    expect(counts.length).toBeGreaterThan(0)
    expect(counts.length).toBeLessThanOrEqual(replicas.length * Math.ceil((performance.now() - begun) / PAUSE))
    expect(load.seen.ended).toBeGreaterThan(0)
  }

  it('FIELD-3 a pair: nobody is refused, nothing is lost', async () => {
    const pair = await startPair()
    await serves('pair', pair.primary.url, [pair.replica])
    await pair.stop()
  })

  it('FIELD-3 a Cluster whose every replica is frozen: nobody is refused, nothing is lost', async () => {
    const setup = await startCluster()
    const cluster = setup.connect()
    cluster.on('error', () => {})
    await serves('Cluster', cluster, setup.replicas)
    cluster.disconnect()
    await setup.stop()
  })
})
