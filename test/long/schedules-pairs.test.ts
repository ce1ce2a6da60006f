/** Every pair of flows in every order of all their commands, on two nodes too, and where a user has one session only. */
import { Redis } from 'ioredis'

import type { Operation } from '../schedule/backend.js'
import { leaveReport } from '../schedule/long-run.js'
import { everyInterleaving, inWorlds, PAIRS, turnsClock } from '../schedule/pairs.js'
import type { Where } from '../schedule/settings.js'
import { World } from '../schedule/world.js'

const WORLDS = 8
/** Keys of one sign-in or one token alone, whose order cannot matter; the first case orders them all the same. */
const OWN_KEYS_ONLY = new Set<Operation>(['takePending', 'takeCarried', 'settlePending', 'settleClaim'])

interface Case {
  readonly nodes: readonly [0 | 1, 0 | 1]
  readonly onePerUser: boolean
  readonly free: ReadonlySet<Operation>
  readonly crossesSlots?: boolean
}

describe('every pair of flows in every order of their commands', () => {
  const url = process.env.REDIS_URL ?? ''
  let redis: Redis

  beforeAll(() => {
    redis = new Redis(url)
  })

  afterAll(() => {
    redis.disconnect()
  })

  async function run(where: Where, { nodes, ...settings }: Case) {
    const worlds = Array.from({ length: WORLDS }, (_, index) => {
      return new World({ where, prefix: `pairs-${process.pid}-${index}:`, ...settings })
    })
    const results = await inWorlds(worlds, PAIRS, (world, pair) => everyInterleaving(world, pair, nodes))
    await Promise.all(worlds.map((world) => world.close()))
    return {
      schedules: results.reduce((sum, { schedules }) => sum + schedules, 0),
      violations: results.flatMap(({ violations }) => violations),
      outcomes: results.filter(({ pair }) => !turnsClock(pair)).map(({ pair, outcomes }) => ({ pair, outcomes })),
    }
  }

  it.each<[string, Case]>([
    ['one node', { nodes: [0, 0], onePerUser: false, free: new Set() }],
    [
      'one node, where a sign-in is one step',
      { nodes: [0, 0], onePerUser: false, free: new Set(), crossesSlots: true },
    ],
    ['two nodes in the middle of a change of secrets', { nodes: [0, 1], onePerUser: false, free: OWN_KEYS_ONLY }],
    ['one node, one session per user', { nodes: [0, 0], onePerUser: true, free: OWN_KEYS_ONLY }],
  ])('no session revives, crosses over, is lost or stays: %s', async (what, settings) => {
    const inRedis = await run({ redis, url }, settings)
    const inMemory = await run('memory', settings)
    leaveReport(`pairs, ${what}`, [
      `${PAIRS.length} pairs of flows, ${inRedis.schedules} interleavings in Redis and as many in memory`,
    ])
    expect(inRedis.violations).toEqual([])
    expect(inMemory.violations).toEqual([])
    expect(inMemory.outcomes).toEqual(inRedis.outcomes)
  })
})
