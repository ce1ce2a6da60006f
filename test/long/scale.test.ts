/** The run to quote: four processes, a Cluster of 3 + 3, slots on the move, a primary killed. */
import { setTimeout as delay } from 'node:timers/promises'

import { Seeded } from '../schedule/choices.js'
import { leaveReport } from '../schedule/long-run.js'
import { startInstances } from '../support/app/instances.js'
import { ScriptedProvider } from '../support/app/scripted-provider.js'
import { until } from '../support/redis/redis-server.js'
import { startCluster } from '../support/redis/redis-topologies.js'
import { clusterFailover } from '../support/redis/topology-failover.js'
import { Load, tell } from '../support/redis/topology-load.js'
import { moveSomeSlot } from '../support/redis/topology-reshard.js'
import { LONG_MINUTES, LONG_SEED } from './settings.js'

const PROCESSES = 4
/** Of one setting, in milliseconds: a minute, or a third of the time that was asked for. */
const WHOLE = Math.min(60_000, LONG_MINUTES * 20_000)
/** After there is a new primary, in milliseconds; as long is waited for the last refusal. */
const LONGEST_REFUSAL = 5_000

describe('four processes on a Cluster that moves its slots and loses a primary', () => {
  it.each(['off', 'prefer', 'require'] as const)(
    'RED-7, RED-8, RED-9 %s: no acknowledged sign-in is lost, no ended session lives, refusals end',
    async (confirmReplicas) => {
      const provider = await ScriptedProvider.start()
      const setup = await startCluster()
      for (const { admin } of [...setup.primaries, ...setup.replicas]) {
        await admin.config('SET', 'cluster-node-timeout', '1500')
      }
      const app = await startInstances({ count: PROCESSES, provider, nodes: setup.nodes, session: { confirmReplicas } })
      const load = new Load(app, provider, LONG_SEED, { workers: 8 })
      const failover = clusterFailover(setup)
      const random = new Seeded(LONG_SEED)
      let keysMoved = 0
      async function moveFor(milliseconds: number, primaries = setup.primaries): Promise<void> {
        const end = performance.now() + milliseconds
        while (performance.now() < end) keysMoved += await moveSomeSlot(primaries, random)
      }
      const lastRefusal = (since: number) =>
        Math.max(0, ...Object.values(load.lastRefused).map((at) => Math.round(at - since)))

      try {
        load.start()
        await until(() => load.figures.signIns >= 40, 'there is somebody to lose', 60_000)
        await moveFor(WHOLE / 3)
        const promoted = await failover.kill()
        const newPrimary = performance.now()
        // Nobody can confirm in the part whose only replica was promoted, until what was killed follows it.
        if (confirmReplicas === 'require') await failover.heal()
        const confirmed = performance.now()
        await delay(2 * LONGEST_REFUSAL)
        const over = lastRefusal(confirmed)
        const guardedOver = Math.max(0, Math.round((load.lastRefused['/me'] ?? 0) - newPrimary))
        if (confirmReplicas !== 'require') await failover.heal()
        const [killed, ...others] = setup.primaries
        const [heir] = setup.replicas
        if (killed === undefined || heir === undefined) throw new Error('no primary to lose')
        await moveFor(WHOLE / 3, [heir, ...others])
        await load.recover(LONGEST_REFUSAL)
        leaveReport(`${String(PROCESSES)} processes, Cluster 3 + 3, confirmReplicas ${confirmReplicas}`, [
          ...tell(load),
          `${String(keysMoved)} keys moved one at a time; a replica had taken over after ${String(promoted)} ms`,
          `last 503 of a guarded request ${String(guardedOver)} ms after there was a new primary`,
          `last 503 of all ${String(over)} ms after ${confirmReplicas === 'require' ? 'it had a replica' : 'that'}`,
        ])
        expect(load.violations).toEqual([])
        expect([over, guardedOver].every((milliseconds) => milliseconds <= LONGEST_REFUSAL)).toBe(true)
        expect(Math.min(load.seen.alive, load.seen.ended, keysMoved)).toBeGreaterThan(0)
      } finally {
        await load.stop()
        await app.stop()
        await setup.stop()
        await provider.stop()
      }
    },
    240_000,
  )
})
