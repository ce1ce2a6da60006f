/** RACE-19: the shares of the random schedules, one for each worker of Jest. */
import { Redis } from 'ioredis'

import { openSharedRedis, type SharedRedis } from '../support/redis/shared-redis.js'
import { leaveReport, longRun, type LongRunReport } from '../schedule/long-run.js'
import { LONG_MINUTES, LONG_SEED } from './settings.js'

const SHARES = 2
/** Of the whole time; failovers and floods have the rest. */
const SHARE_OF_TIME = 0.45
const SCHEDULES_PER_MINUTE = 10_000

export function randomSchedules(share: number): void {
  describe(`random schedules, share ${share + 1} of ${SHARES}`, () => {
    let redis: Redis
    let shared: SharedRedis
    let report: LongRunReport

    beforeAll(async () => {
      redis = new Redis(process.env.REDIS_URL ?? '')
      shared = await openSharedRedis()
      report = await longRun({
        redis,
        url: shared.url,
        seed: LONG_SEED,
        share,
        shares: SHARES,
        milliseconds: LONG_MINUTES * 60_000 * SHARE_OF_TIME,
        least: (LONG_MINUTES * SCHEDULES_PER_MINUTE) / SHARES,
      })
      leaveReport(`schedules-${share}`, report)
    })

    afterAll(async () => {
      redis.disconnect()
      await shared.stop()
    })

    it('RACE-19, PRC-1 no session revives, crosses over, is lost or stays', () => {
      expect(report.violations).toEqual([])
    })

    it('RACE-19 Redis and memory answer alike', () => {
      expect(report.differences).toEqual([])
    })

    it('meets every pair of flows, in enough schedules that overlap', () => {
      expect(report.counted).toBeGreaterThanOrEqual((LONG_MINUTES * SCHEDULES_PER_MINUTE) / SHARES)
    })
  })
}
