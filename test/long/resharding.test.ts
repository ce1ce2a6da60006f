import { until } from '../support/redis/redis-server.js'
import { startCluster } from '../support/redis/redis-topologies.js'
import { Seeded } from '../schedule/choices.js'
import { leaveReport } from '../schedule/long-run.js'
import { ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp } from '../support/app/start-app.js'
import { Load, RealClock, tell } from '../support/redis/topology-load.js'
import { moveSomeSlot } from '../support/redis/topology-reshard.js'
import { LONG_SEED, ROUNDS } from './settings.js'

/** The longest answer while the store is out of reach, in milliseconds. */
const LONGEST_UNAVAILABLE = 2_000
/** Signed in before anything is moved. */
const FEWEST = 40
const MOVES_PER_ROUND = 20

describe('moving the slots of a Cluster under load', () => {
  it('RED-8 only 503, within 2 s; no acknowledged sign-in is lost, no ended session comes back', async () => {
    const random = new Seeded(LONG_SEED)
    const provider = await ScriptedProvider.start()
    const setup = await startCluster({ replicas: false })
    const cluster = setup.connect()
    cluster.on('error', () => {})
    const app = await startApp({ provider, clock: new RealClock(), options: { session: { redis: cluster } } })
    const load = new Load(app, provider, LONG_SEED)
    let keysMoved = 0

    try {
      load.start()
      await until(() => load.figures.signIns >= FEWEST, 'there is somebody to move')
      for (let round = 0; round < ROUNDS; round++) {
        for (let move = 0; move < MOVES_PER_ROUND; move++) keysMoved += await moveSomeSlot(setup.primaries, random)
        await load.recover(5_000)
      }
    } finally {
      await load.stop()
      await app.stop()
      cluster.disconnect()
      await setup.stop()
      await provider.stop()
    }
    leaveReport(`Cluster: ${ROUNDS * MOVES_PER_ROUND} slots moved`, [
      `${keysMoved} keys moved one at a time`,
      ...tell(load),
    ])
    expect(load.violations).toEqual([])
    expect(load.figures.slowestUnavailable).toBeLessThanOrEqual(LONGEST_UNAVAILABLE)
    expect(keysMoved).toBeGreaterThan(ROUNDS * MOVES_PER_ROUND)
  })
})
