// A guarded request, ours beside the usual ones: rounds in turn, ratios of what was measured in the same round.
import { load } from '../support/load.mjs'
import { signIn, visit } from '../support/sign-in.mjs'
import { mean, median, pairedRatio } from '../support/statistics.mjs'

/** What each stands for, and the ratios to be reached with either handler. */
const PEERS = [
  { name: 'bare Express', file: 'bare', least: { role: 0.42 } },
  {
    name: 'express-session + connect-redis',
    file: 'express-session',
    signIn: 'local',
    least: { role: 1.7, roles: 1.4 },
  },
  { name: 'passport on top of it', file: 'passport', signIn: 'local', least: { role: 1.9 } },
  {
    name: 'express-openid-connect, cookie session (its default)',
    file: 'express-openid-connect',
    signIn: 'provider',
    least: { role: 2.8 },
  },
  {
    name: 'express-openid-connect, Redis store',
    file: 'express-openid-connect',
    settings: { store: true },
    signIn: 'provider',
    least: { role: 1.6 },
  },
]
/** So often each is asked for two seconds before anything is measured: V8 is not done compiling before. */
const WARM_UP = 4
/**
 * A round is made of turns so short, in seconds: what else the machine does meanwhile is the same for all.
 */
const TURN = 1

const OURS = { name: 'express-cis2', file: 'cis2', signIn: 'provider' }

export async function measureGuarded(bench, { rounds, seconds }) {
  const running = []
  try {
    for (const variant of [OURS, ...PEERS]) running.push(await start(bench, variant))
    for (const path of ['/role', '/roles']) await measurePath(running, path, rounds, seconds)
  } finally {
    await Promise.all(running.map(({ server }) => server.stop()))
  }
  return running.map(({ variant, found }) => ({ name: variant.name, ...tableRow(variant, found, running[0].found) }))
}

async function start(bench, variant) {
  const server = await bench.startServer(`servers/${variant.file}.mjs`, variant.settings, variant.file === 'cis2')
  const cookies = variant.signIn === undefined ? [] : [await signIn(server.url, variant.signIn)]
  const found = { role: { rates: [], spent: [] }, roles: { rates: [], spent: [] }, memory: 0 }
  return { variant, server, cookies, found }
}

async function measurePath(running, path, rounds, seconds) {
  for (const { server, cookies } of running) {
    await assertAnswers(server.url + path, cookies[0])
  }
  for (let turn = 0; turn < WARM_UP; turn++) {
    for (const { server, cookies } of running) await load(server, path, cookies, 2)
  }
  for (let round = 0; round < rounds; round++) {
    const turns = running.map(() => [])
    for (let turn = 0; turn * TURN < seconds; turn++) {
      // Each begins with another one, so that none always comes after the same neighbour.
      for (let place = 0; place < running.length; place++) {
        const each = (round + turn + place) % running.length
        const { server, cookies } = running[each]
        // Not measured: while the others had their turns V8 has let go of code and memory.
        await load(server, path, cookies, TURN)
        turns[each].push(await load(server, path, cookies, TURN))
      }
    }
    for (const [each, { variant, found }] of running.entries()) {
      const rate = mean(turns[each].map((turn) => turn.rate))
      const microseconds = mean(turns[each].map((turn) => turn.microseconds))
      found[path.slice(1)].rates.push(rate)
      found[path.slice(1)].spent.push(microseconds)
      console.error(`${path} ${variant.name}: ${rate.toFixed(0)}/s, ${microseconds.toFixed(0)} us of processor time`)
    }
  }
}

async function assertAnswers(address, cookie = '') {
  const jar = new Map(cookie.split('; ').map((pair) => pair.split(/=(.*)/s).slice(0, 2)))
  const { status, text } = await visit(address, cookie === '' ? undefined : jar)
  if (status !== 200 || !text.includes('S8000:G8000:R8000')) throw new Error(`${address} answered ${status}: ${text}`)
}

function tableRow(variant, found, ours) {
  const row = {}
  for (const path of ['role', 'roles']) {
    row[path] = {
      rate: median(found[path].rates),
      least: Math.min(...found[path].rates),
      most: Math.max(...found[path].rates),
      microseconds: median(found[path].spent),
      ratio: pairedRatio(ours[path].rates, found[path].rates),
      processorRatio: pairedRatio(found[path].spent, ours[path].spent),
      wanted: variant.least?.[path],
    }
  }
  return row
}
