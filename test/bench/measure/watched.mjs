// What it costs to watch sessions that something stays open for: processor time of an instance with 10,000 of them.
import { EventEmitter } from 'node:events'
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'

import { startRedis } from '../support/processes.mjs'
import { crowdSettings } from './crowd.mjs'

/** Long enough for several reads, which come every two seconds. In milliseconds. */
const MEASURED = 20_000
const AT_ONCE = 100

export async function measureWatched(bench, { sessions }) {
  const { openCrowd, ScriptedProvider } = await import(bench.built.crowd)
  const { cis2Auth } = await import(bench.built.index)
  const provider = await ScriptedProvider.start()
  const redis = await startRedis()
  const settings = crowdSettings(bench, { provider, redis, baseUrl: 'http://127.0.0.1:1' })
  const crowd = openCrowd(settings)
  const auth = cis2Auth(settings.options)
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
    console.error(`${sessions} sessions watched: ${((watching - nobody) * 100).toFixed(2)} % of a core`)
    return { sessions, share: watching - nobody }
  } finally {
    await auth.close()
    await crowd.close()
    await provider.stop()
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
