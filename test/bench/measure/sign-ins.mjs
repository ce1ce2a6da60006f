// A whole sign-in, /login to landing, beside openid-client by hand (same provider, same key, same checks) or another build.
import { performance } from 'node:perf_hooks'

import { signIn } from '../support/sign-in.mjs'
import { mean, median, pairedRatio } from '../support/statistics.mjs'

/** A round is made of short turns, so that what else the machine does meanwhile is the same for both. */
const TURNS = 4
const SIGN_INS = 50
/** So many turns before anything is measured: a sign-in is long, and V8 is not done compiling before. */
const WARM_UP = 40
const AT_ONCE = 4

export async function measureSignIns(bench, { rounds }) {
  const running = []
  const { rival } = bench
  for (const [file, settings] of [['cis2'], rival === undefined ? ['raw-openid-client'] : ['cis2', rival]]) {
    const server = await bench.startServer(`servers/${file}.mjs`, settings, true)
    running.push({ server, rates: [], spent: [] })
  }
  for (let count = 0; count < WARM_UP; count++) {
    for (const { server } of running) await signInMany(server)
  }
  for (let round = 0; round < rounds; round++) {
    const turns = running.map(() => [])
    for (let turn = 0; turn < TURNS; turn++) {
      const order = [...running.keys()]
      if ((round + turn) % 2 === 1) order.reverse()
      for (const each of order) turns[each].push(await signInMany(running[each].server))
    }
    for (const [each, { rates, spent }] of running.entries()) {
      rates.push(1000 / mean(turns[each].map(({ milliseconds }) => milliseconds)))
      spent.push(mean(turns[each].map(({ microseconds }) => microseconds)))
      console.error(`sign-ins: ${rates.at(-1).toFixed(1)}/s, ${spent.at(-1).toFixed(0)} us of processor time`)
    }
  }
  await Promise.all(running.map(({ server }) => server.stop()))
  const [ours, raw] = running
  return {
    warmUp: WARM_UP * SIGN_INS,
    ours: { rate: median(ours.rates), microseconds: median(ours.spent) },
    raw: { rate: median(raw.rates), microseconds: median(raw.spent) },
    ratio: pairedRatio(ours.rates, raw.rates),
    processorRatio: pairedRatio(raw.spent, ours.spent),
  }
}

/** What a sign-in takes, and what it costs; again when the machine was too busy for one of them. */
async function signInMany(server, attempts = 5) {
  try {
    return await signInAll(server)
  } catch (error) {
    if (attempts === 1) throw error
    console.error(`again: ${error.message}`)
    return signInMany(server, attempts - 1)
  }
}

async function signInAll(server) {
  let left = SIGN_INS
  const before = await server.spent()
  const start = performance.now()
  await Promise.all(
    Array.from({ length: AT_ONCE }, async function work() {
      while (left-- > 0) await signIn(server.url, 'provider')
    }),
  )
  const milliseconds = (performance.now() - start) / SIGN_INS
  return { milliseconds, microseconds: ((await server.spent()) - before) / SIGN_INS }
}
