/** Area H: every pair of flows in every order of all their commands, on two nodes too, and where a user has one session only. */
import { Redis } from 'ioredis'

import { leaveReport } from '../support/schedule-long-run.js'
import { everyInterleaving, inWorlds, PAIRS, turnsClock } from '../support/schedule-pairs.js'
import type { Where } from '../support/schedule-settings.js'
import { World } from '../support/schedule-world.js'

const WORLDS = 8

describe('every pair of flows in every order of their commands', () => {
  const url = process.env.REDIS_URL ?? ''
  let redis: Redis

  beforeAll(() => {
    redis = new Redis(url)
  })

  afterAll(() => {
    redis.disconnect()
  })

  async function run(where: Where, nodes: readonly [0 | 1, 0 | 1], onePerUser: boolean) {
    const worlds = Array.from({ length: WORLDS }, (_, index) => {
      return new World({ where, prefix: `pairs-${process.pid}-${index}:`, onePerUser })
    })
    const results = await inWorlds(worlds, PAIRS, (world, pair) => everyInterleaving(world, pair, nodes))
    await Promise.all(worlds.map((world) => world.close()))
    return {
      schedules: results.reduce((sum, { schedules }) => sum + schedules, 0),
      violations: results.flatMap(({ violations }) => violations),
      outcomes: results.filter(({ pair }) => !turnsClock(pair)).map(({ pair, outcomes }) => ({ pair, outcomes })),
    }
  }

  it.each<[string, readonly [0 | 1, 0 | 1], boolean]>([
    ['one node', [0, 0], false],
    ['two nodes in the middle of a change of secrets', [0, 1], false],
    ['one node, one session per user', [0, 0], true],
  ])('H no session revives, crosses over, is lost or stays: %s', async (what, nodes, onePerUser) => {
    const inRedis = await run({ redis, url }, nodes, onePerUser)
    const inMemory = await run('memory', nodes, onePerUser)
    leaveReport(`pairs, ${what}`, [
      `${PAIRS.length} pairs of flows, ${inRedis.schedules} interleavings in Redis and as many in memory`,
    ])
    expect(inRedis.violations).toEqual([])
    expect(inMemory.violations).toEqual([])
    expect(inMemory.outcomes).toEqual(inRedis.outcomes)
  })
})
