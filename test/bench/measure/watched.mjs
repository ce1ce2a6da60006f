// What it costs to watch sessions that something stays open for: processor time of an instance with 10,000 of them.
import { EventEmitter } from 'node:events'
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'

import { findRedis } from '../../support/commands/programs.mjs'
import { startRedis } from '../support/processes.mjs'
import { crowdSettings } from './crowd.mjs'

/** Long enough for several reads, which come every two seconds. In milliseconds. */
const MEASURED = 20_000
const AT_ONCE = 100

export async function measureWatched(bench, { sessions }) {
  const built = await import(bench.built.crowd)
  const provider = await built.ScriptedProvider.start()
  try {
    const stores = { 'one Redis': openRedis, 'a Redis Cluster of three': () => openCluster(built) }
    const shares = []
    for (const [store, open] of Object.entries(stores)) {
      const share = await measureStore(bench, { sessions, built, provider, redis: await open() })
      console.error(`${sessions} sessions watched, ${store}: ${(share * 100).toFixed(2)} % of a core`)
      shares.push({ store, share })
    }
    return { sessions, shares }
  } finally {
    await provider.stop()
  }
}

async function openRedis() {
  const { url, stop } = await startRedis()
  return { connect: () => url, stop }
}

async function openCluster({ startCluster }) {
  // What starts Clusters for the tests is told by them where the program is.
  process.env.CIS2_REDIS_SERVER ??= findRedis()
  const { connect, stop } = await startCluster({ replicas: false })
  const clients = []
  return {
    connect() {
      clients.push(connect())
      return clients.at(-1)
    },
    async stop() {
      for (const client of clients) client.disconnect()
      await stop()
    },
  }
}

async function measureStore(bench, { sessions, built, provider, redis }) {
  const { cis2Auth } = await import(bench.built.index)
  const settingsOf = (store) => crowdSettings(bench, { provider, redis: { url: store }, baseUrl: 'http://127.0.0.1:1' })
  const crowd = built.openCrowd(settingsOf(redis.connect()))
  const auth = cis2Auth(settingsOf(redis.connect()).options)
  try {
    await auth.ready()
    const members = await crowd.add(sessions)
    const nobody = await shareOfOneCore()
    const signals = []
    for (let from = 0; from < members.length; from += AT_ONCE) {
      const some = members.slice(from, from + AT_ONCE)
      const connections = await Promise.all(some.map(({ cookie }) => auth.authenticate(upgradeWith(cookie))))
      signals.push(...connections.map(({ signal }) => signal))
    }
    // The first look at each comes with it.
    await delay(3_000)
    const watching = await shareOfOneCore()
    if (signals.some(({ aborted }) => aborted)) throw new Error('A session that lives was taken for ended.')
    return watching - nobody
  } finally {
    await auth.close()
    await crowd.close()
    await redis.stop()
  }
}

/** What `server.on('upgrade')` hands over, as far as it is read. */
function upgradeWith(cookie) {
  return { headers: { cookie }, method: 'GET', url: '/', socket: new EventEmitter().setMaxListeners(0) }
}

async function shareOfOneCore() {
  const before = process.cpuUsage()
  const start = performance.now()
  await delay(MEASURED)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / (performance.now() - start)
}
