import { setTimeout as delay } from 'node:timers/promises'

import { Seeded } from '../schedule/choices.js'
import { leaveReport } from '../schedule/long-run.js'
import { startRedis, type RedisServer } from '../support/redis/redis-server.js'
import { ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp, type TestApp } from '../support/app/start-app.js'
import { Load, RealClock, tell } from '../support/redis/topology-load.js'
import { LONG_SEED, ROUNDS } from './settings.js'

/** The longest answer while the store is out of reach, in milliseconds. */
const LONGEST_UNAVAILABLE = 2_000
const LONGEST_RECOVERY = 5_000

interface Fault {
  readonly name: string
  readonly apply: (server: RedisServer) => unknown
  readonly remove: (server: RedisServer) => unknown
  /** Everything in it is gone. */
  readonly forgets?: true
}

const FAULTS: readonly Fault[] = [
  { name: 'killed', apply: (server) => server.crash(), remove: (server) => server.restart(), forgets: true },
  {
    name: 'frozen',
    apply(server) {
      server.freeze()
    },
    remove(server) {
      server.thaw()
    },
  },
  {
    name: 'read-only',
    apply: ({ admin }) => admin.replicaof('127.0.0.1', 1),
    remove: ({ admin }) => admin.replicaof('NO', 'ONE'),
  },
  {
    name: 'full',
    apply: ({ admin }) => admin.config('SET', 'maxmemory', '1'),
    remove: ({ admin }) => admin.config('SET', 'maxmemory', '0'),
  },
  { name: 'flushed', apply: ({ admin }) => admin.flushall(), remove: () => undefined, forgets: true },
]

describe('one Redis in trouble under load, again and again', () => {
  let provider: ScriptedProvider
  let server: RedisServer
  let app: TestApp

  beforeAll(async () => {
    provider = await ScriptedProvider.start()
    server = await startRedis()
    app = await startApp({ provider, clock: new RealClock(), options: { session: { redis: server.url } } })
  })

  afterAll(async () => {
    await app.stop()
    await server.stop()
    await provider.stop()
  })

  it.each(FAULTS)('$name: only 503, within 2 s; nobody let in, nobody forgotten', async (fault) => {
    const random = new Seeded(LONG_SEED)
    const load = new Load(app, provider, LONG_SEED)
    try {
      load.start()
      for (let round = 0; round < ROUNDS; round++) {
        await delay(300 + random.choose(300))
        if (fault.forgets === true) await load.whileForgetting(() => fault.apply(server))
        else await fault.apply(server)
        await delay(500 + random.choose(1_500))
        await fault.remove(server)
        await load.recover(LONGEST_RECOVERY)
      }
    } finally {
      await load.stop()
    }
    leaveReport(`redis ${fault.name} ${ROUNDS} times`, tell(load))
    expect(load.violations).toEqual([])
    expect(load.figures.slowestUnavailable).toBeLessThanOrEqual(LONGEST_UNAVAILABLE)
    expect(Math.max(...load.recoveries)).toBeLessThanOrEqual(LONGEST_RECOVERY)
    expect(load.seen.ended).toBeGreaterThan(0)
  })
})
