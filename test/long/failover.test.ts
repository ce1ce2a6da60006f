import { setTimeout as delay } from 'node:timers/promises'

import { Redis, type Cluster } from 'ioredis'

import { startCluster, startSentinel } from '../support/redis/redis-topologies.js'
import { leaveReport } from '../schedule/long-run.js'
import { ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp } from '../support/app/start-app.js'
import { clusterFailover, sentinelFailover, type Failover } from '../support/redis/topology-failover.js'
import { Load, RealClock, tell } from '../support/redis/topology-load.js'
import { LONG_SEED, ROUNDS } from './settings.js'

/** The longest answer while the store is out of reach, in milliseconds. */
const LONGEST_UNAVAILABLE = 2_000
/** RED-7: after the replica has taken over and another follows it, in milliseconds. */
const LONGEST_RECOVERY = 10_000

describe('failing over under load, again and again', () => {
  async function failOver(what: string, redis: Redis | Cluster, failover: Failover): Promise<void> {
    const provider = await ScriptedProvider.start()
    const app = await startApp({
      provider,
      clock: new RealClock(),
      // Only what a replica has confirmed is acknowledged.
      options: { session: { redis, confirmReplicas: 'require' } },
    })
    const load = new Load(app, provider, LONG_SEED)
    const promotions: number[] = []
    try {
      load.start()
      for (let round = 0; round < ROUNDS; round++) {
        await delay(700)
        promotions.push(await failover.kill())
        await failover.heal()
        await load.recover(LONGEST_RECOVERY)
      }
    } finally {
      await load.stop()
      await app.stop()
      await provider.stop()
    }
    leaveReport(`${what} failed over ${ROUNDS} times`, [
      ...tell(load),
      `a replica had taken over after ${promotions.join(', ')} ms`,
    ])
    expect(load.violations).toEqual([])
    expect(load.figures.slowestUnavailable).toBeLessThanOrEqual(LONGEST_UNAVAILABLE)
    expect(load.seen.alive).toBeGreaterThan(0)
    expect(load.seen.ended).toBeGreaterThan(0)
  }

  it('RED-7, RED-9 Sentinel: no acknowledged sign-in is lost, no ended session comes back, others get 503', async () => {
    const setup = await startSentinel()
    const redis = new Redis({ sentinels: [...setup.sentinels], name: setup.name })
    redis.on('error', () => {})
    try {
      await failOver('Sentinel', redis, sentinelFailover(setup))
    } finally {
      redis.disconnect()
      await setup.stop()
    }
  })

  it('RED-7, RED-9 Cluster: no acknowledged sign-in is lost, no ended session comes back, others get 503', async () => {
    const setup = await startCluster()
    for (const { admin } of [...setup.primaries, ...setup.replicas]) {
      await admin.config('SET', 'cluster-node-timeout', '1500')
    }
    const cluster = setup.connect()
    cluster.on('error', () => {})
    try {
      await failOver('Cluster', cluster, clusterFailover(setup))
    } finally {
      cluster.disconnect()
      await setup.stop()
    }
  })
})
