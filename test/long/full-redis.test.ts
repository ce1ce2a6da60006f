/** FIELD-4: a Redis that is full (`maxmemory`, `noeviction`) for a minute. */
import { setTimeout as delay } from 'node:timers/promises'

import { leaveReport } from '../schedule/long-run.js'
import { ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp } from '../support/app/start-app.js'
import { startRedis, until } from '../support/redis/redis-server.js'
import { Load, RealClock, tell } from '../support/redis/topology-load.js'
import { LONG_MINUTES, LONG_SEED } from './settings.js'

const SECONDS = Math.max(5, Math.min(60, LONG_MINUTES * 60))
/** Who was signed in before looks around and leaves; there must be somebody left at the end. */
const SIGNED_IN = 120
const UNHURRIED = { pace: 800, workers: 2, fewestAlive: 1 }
const LONGEST_RECOVERY = 5_000

describe('a Redis that is full', () => {
  it('FIELD-4 serves whoever is signed in, ends what is to end, and says why nobody signs in', async () => {
    const provider = await ScriptedProvider.start()
    const server = await startRedis()
    const troubles: string[] = []
    const app = await startApp({
      provider,
      clock: new RealClock(),
      options: {
        session: { redis: server.url },
        onEvent({ type }) {
          if (type.startsWith('store.')) troubles.push(type)
        },
      },
    })
    const load = new Load(app, provider, LONG_SEED, UNHURRIED)
    const health = new Set<string>()
    try {
      await load.signInMany(SIGNED_IN)
      await server.admin.config('SET', 'maxmemory', '1')
      load.start()
      const end = performance.now() + SECONDS * 1_000
      while (performance.now() < end) {
        await delay(250)
        health.add((await app.auth.health()).status)
      }
      await load.stop()
      await server.admin.config('SET', 'maxmemory', '0')
      await load.recover(LONGEST_RECOVERY)
      // It takes back up at once; that all is well is found out by a look every quarter of a second.
      await until(async () => (await app.auth.health()).store.status === 'ok', 'all is well', LONGEST_RECOVERY)
    } finally {
      await load.stop()
      await app.stop()
      await server.stop()
      await provider.stop()
    }
    const { refused, signOuts, backChannelLogouts } = load.figures
    leaveReport('a full Redis', [...tell(load), `full for ${SECONDS} s; refused: ${JSON.stringify(refused)}`])
    expect(load.violations).toEqual([])
    // Signing in is, and that alone.
    expect(Object.keys(refused).filter((path) => path !== '/login' && path !== '/callback')).toEqual([])
    expect(signOuts).toBeGreaterThan(0)
    expect(backChannelLogouts).toBeGreaterThan(0)
    expect(health).not.toContain('down')
    expect(troubles).toEqual(['store.unavailable', 'store.recovered'])
    expect(load.seen.ended).toBeGreaterThan(0)
  })
})
