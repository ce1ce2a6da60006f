// How long requests wait while Redis is frozen or gone.
import { performance } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'

import { startRedis } from '../support/processes.mjs'
import { signIn, visit } from '../support/sign-in.mjs'
import { median } from '../support/statistics.mjs'

const REQUESTS = 300

export async function measureOutage(bench) {
  const redis = await startRedis()
  const server = await bench.startServer('servers/cis2.mjs', { redis: redis.url }, true)
  const [name, value] = (await signIn(server.url, 'provider')).split(/=(.*)/s)
  const ask = (path) => timed(() => visit(server.url + path, new Map([[name, value]])))
  const asUsual = await askMany(ask, '/role', 200)

  const pid = Number(/process_id:(\d+)/.exec(await redis.client.info('server'))[1])
  process.kill(pid, 'SIGSTOP')
  const frozen = await trouble(ask)
  process.kill(pid, 'SIGCONT')
  const back = await recovery(ask)

  await redis.stop()
  const gone = await trouble(ask)
  await server.stop()
  return { asUsual: median(asUsual), frozen, gone, back }
}

/** What the first request waits, which finds out, and what those after it do: guarded 503, open 200. */
async function trouble(ask) {
  const first = await ask('/role')
  if (first.status !== 503) throw new Error(`The first guarded request was answered ${first.status}.`)
  const guarded = await askMany(ask, '/role', 503)
  const open = await askMany(ask, '/open', 200)
  return {
    first: first.waited,
    guarded: { median: median(guarded), most: Math.max(...guarded) },
    open: { median: median(open), most: Math.max(...open) },
  }
}

async function askMany(ask, path, expected) {
  const waits = []
  for (let count = 0; count < REQUESTS; count++) {
    const { status, waited } = await ask(path)
    if (status !== expected) throw new Error(`${path} was answered ${status} instead of ${expected}.`)
    waits.push(waited)
  }
  return waits
}

/** Milliseconds until a guarded request is answered again. */
async function recovery(ask) {
  const start = performance.now()
  while ((await ask('/role')).status !== 200) {
    if (performance.now() - start > 10_000) throw new Error('Redis came back, the sessions did not.')
    await delay(20)
  }
  return performance.now() - start
}

async function timed(action) {
  const start = performance.now()
  const { status } = await action()
  return { status, waited: performance.now() - start }
}
