/** One process of the proof of sign-ins, with a Redis server of its own. */
import { once } from 'node:events'

import { startRedis } from '../../support/redis/redis-server.js'
import { tellResult, type Share, type ShareMessage } from '../shares.js'
import { closeConnections } from './client.js'
import { trySignIns } from './try-sign-ins.js'

const [share] = (await once(process, 'message')) as [Share]
const tell = (message: ShareMessage) => process.send?.(message)
const redis = await startRedis()
const { user, system } = process.cpuUsage()
const end = performance.now() + share.milliseconds
const store = { url: redis.url, empty: () => redis.admin.flushall() }
const found = await trySignIns(share, store, ({ count, failures }) => {
  tell({ done: count, failures })
  return performance.now() < end
})
const used = process.cpuUsage({ user, system })
closeConnections()
await redis.stop()
await tellResult({ ...found, kinds: [...found.kinds], cpuSeconds: (used.user + used.system) / 1e6 })
