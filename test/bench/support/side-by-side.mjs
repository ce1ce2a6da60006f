// Servers that run at the same time and are loaded in short turns: what else the machine does is the same for all.
import { load } from './load.mjs'
import { signIn, visit } from './sign-in.mjs'
import { mean } from './statistics.mjs'

/** So often each is asked for two seconds before anything is measured: V8 is not done compiling before. */
const WARM_UP = 4
/** A round is made of turns so short, in seconds. */
const TURN = 1

/** Starts the server of a variant, and signs in at it where the variant says how. */
export async function startVariant(bench, variant) {
  const server = await bench.startServer(`servers/${variant.file}.mjs`, variant.settings, variant.file === 'cis2')
  const cookies = variant.signIn === undefined ? [] : [await signIn(server.url, variant.signIn)]
  return { variant, server, cookies }
}

/**
 * Rates, processor time and memory of each, round by round.
 * @param running - What `startVariant` answered.
 * @param pathOf - What is asked of a variant.
 */
export async function measureInTurns(running, pathOf, { rounds, seconds }) {
  const tasks = running.map((each) => ({ ...each, path: pathOf(each.variant) }))
  const found = tasks.map(() => ({ rates: [], spent: [], memory: [] }))
  for (const { server, cookies, path } of tasks) await assertAnswers(server.url + path, cookies[0])
  for (let turn = 0; turn < WARM_UP; turn++) {
    for (const { server, cookies, path } of tasks) await load(server, path, cookies, 2)
  }
  for (let round = 0; round < rounds; round++) {
    const turns = tasks.map(() => [])
    for (let turn = 0; turn * TURN < seconds; turn++) {
      // Each begins with another one, so that none always comes after the same neighbour.
      for (let place = 0; place < tasks.length; place++) {
        const each = (round + turn + place) % tasks.length
        const { server, cookies, path } = tasks[each]
        // Not measured: while the others had their turns V8 has let go of code and memory.
        await load(server, path, cookies, TURN)
        turns[each].push(await load(server, path, cookies, TURN))
      }
    }
    for (const [each, { variant, server, path }] of tasks.entries()) {
      const rate = mean(turns[each].map((turn) => turn.rate))
      const microseconds = mean(turns[each].map((turn) => turn.microseconds))
      found[each].rates.push(rate)
      found[each].spent.push(microseconds)
      found[each].memory.push(await server.memory())
      console.error(`${path} ${variant.name}: ${rate.toFixed(0)}/s, ${microseconds.toFixed(0)} us of processor time`)
    }
  }
  return found
}

async function assertAnswers(address, cookie = '') {
  const jar = new Map(cookie.split('; ').map((pair) => pair.split(/=(.*)/s).slice(0, 2)))
  const { status, text } = await visit(address, cookie === '' ? undefined : jar)
  if (status !== 200 || !text.includes('S8000:G8000:R8000')) throw new Error(`${address} answered ${status}: ${text}`)
}
