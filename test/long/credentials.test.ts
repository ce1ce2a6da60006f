/** Tokens of ten seconds: a Redis that cuts whoever rests on an old one, under sign-ins, guarded requests and logouts. */
import { setTimeout as delay } from 'node:timers/promises'

import { Cluster } from 'ioredis'

import type { SessionOptions } from '../../src/index.js'
import { leaveReport } from '../schedule/long-run.js'
import { ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp } from '../support/app/start-app.js'
import { newPrefix } from '../support/redis/backends.js'
import { startRedis, type RedisServer } from '../support/redis/redis-server.js'
import { redisTokens } from '../support/redis/redis-tokens.js'
import { startCluster } from '../support/redis/redis-topologies.js'
import { Load, RealClock, tell } from '../support/redis/topology-load.js'
import { LONG_MINUTES, LONG_SEED } from './settings.js'

/** For all topologies at once. */
const SECONDS = Math.max(25, Math.min(300, LONG_MINUTES * 60))
const LIFE = 10_000
const LONGEST_RECOVERY = 5_000

interface Place {
  readonly servers: readonly RedisServer[]
  readonly where: { readonly url: string } | { readonly client: Cluster }
}

/** Each token ends, for whoever still rests on it, when it says that it does. */
async function serves(what: string, { servers, where }: Place): Promise<void> {
  const tokens = redisTokens(servers)
  const ends: NodeJS.Timeout[] = []
  let ended = 0
  async function credentials() {
    const token = await tokens.issue()
    ends.push(setTimeout(() => void tokens.end(token).then(() => (ended += 1)), LIFE))
    return { ...token, expiresAt: new Date(Date.now() + LIFE) }
  }
  const redis: SessionOptions['redis'] = { ...where, credentials }
  const provider = await ScriptedProvider.start()
  const troubles: string[] = []
  const app = await startApp({
    provider,
    clock: new RealClock(),
    options: {
      session: { redis, keyPrefix: newPrefix() },
      onEvent({ type, reason }) {
        if (/^(?:store|credentials|replication)\./.test(type)) troubles.push(`${type} ${String(reason)}`)
      },
    },
  })
  const load = new Load(app, provider, LONG_SEED)
  try {
    await load.signInMany(20)
    load.start()
    await delay(SECONDS * 1_000)
    await load.stop()
    await load.recover(LONGEST_RECOVERY)
  } finally {
    await load.stop()
    await app.stop()
    await provider.stop()
    ends.forEach(clearTimeout)
  }
  leaveReport(`tokens of 10 s, ${what}`, [
    `${tokens.given.length} tokens given, ${ended} ended in ${SECONDS} s; refused: ${JSON.stringify(load.figures.refused)}`,
    ...tell(load),
  ])
  expect(load.violations).toEqual([])
  expect(load.figures.refused).toEqual({})
  expect(troubles).toEqual([])
  expect(ended).toBeGreaterThanOrEqual(Math.floor((SECONDS * 1_000) / LIFE) - 1)
}

describe('credentials that end after ten seconds', () => {
  it('refuse nobody: single and Cluster', async () => {
    const single = await startRedis()
    const setup = await startCluster({ replicas: false })
    const client = new Cluster([...setup.nodes], { lazyConnect: true })
    try {
      await Promise.all([
        serves('single', { servers: [single], where: { url: single.url } }),
        serves('Cluster', { servers: setup.primaries, where: { client } }),
      ])
    } finally {
      await single.stop()
      await setup.stop()
    }
  })
})
