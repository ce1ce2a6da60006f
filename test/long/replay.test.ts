/** One random schedule again: `npm run test:long -- --replay SEED[,one-per-user][,crosses-slots]`. */
import { Redis } from 'ioredis'

import { describeRun, runRandom } from '../schedule/random.js'
import { World } from '../schedule/world.js'

const [seed = '1', ...flags] = (process.env.CIS2_LONG_REPLAY ?? '1').split(',')

describe(`schedule ${seed}`, () => {
  const url = process.env.REDIS_URL ?? ''

  it.each(['Redis', 'memory'])('comes out right in %s', async (store) => {
    const redis = new Redis(url)
    const world = new World({
      where: store === 'memory' ? 'memory' : { redis, url },
      prefix: `replay-${process.pid}:`,
      onePerUser: flags.includes('one-per-user'),
      crossesSlots: flags.includes('crosses-slots'),
    })
    const run = await runRandom(world, Number(seed))
    await world.close()
    redis.disconnect()
    process.stderr.write(`${store}: ${describeRun(Number(seed), run)}\n`)
    expect(run.result.violations).toEqual([])
  })
})
