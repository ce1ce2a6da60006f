// A guarded request, ours beside the usual ones: rounds in turn, ratios of what was measured in the same round.
import { measureInTurns, startVariant } from '../support/side-by-side.mjs'
import { median, pairedRatio } from '../support/statistics.mjs'

/** What each stands for, and the ratios to be reached with either handler. */
const PEERS = [
  { name: 'bare Express', file: 'bare', least: { role: 0.75, roles: 0.72 } },
  {
    name: 'express-session + connect-redis',
    file: 'express-session',
    signIn: 'local',
    least: { role: 2.5, roles: 1.4 },
    mostMemory: 1.3,
  },
  { name: 'passport on top of it', file: 'passport', signIn: 'local', least: { role: 1.9 } },
  {
    name: 'express-openid-connect, cookie session (its default)',
    file: 'express-openid-connect',
    signIn: 'provider',
    least: { role: 4.2 },
  },
  {
    name: 'express-openid-connect, Redis store',
    file: 'express-openid-connect',
    settings: { store: true },
    signIn: 'provider',
    least: { role: 1.6 },
  },
]
const OURS = { name: 'express-cis2', file: 'cis2', signIn: 'provider' }

const PATHS = ['/role', '/roles']

/** The usual packages; beside another build of this one, that one alone. */
function peersOf({ rival }) {
  return rival === undefined ? PEERS : [{ ...OURS, name: 'the other build', settings: rival }]
}

export async function measureGuarded(bench, times) {
  const running = []
  try {
    for (const variant of [OURS, ...peersOf(bench)]) running.push(await startVariant(bench, variant))
    // Both pages in the same rounds: one after the other, what the machine did meanwhile was taken for the page's.
    const asked = PATHS.flatMap((path) => running.map((each) => ({ ...each, variant: { ...each.variant, path } })))
    const found = await measureInTurns(asked, ({ path }) => path, times)
    const role = found.slice(0, running.length)
    const roles = found.slice(running.length)
    const ours = { role: role[0], roles: roles[0] }
    return running.map(({ variant }, each) => tableRow(variant, { role: role[each], roles: roles[each] }, ours))
  } finally {
    await Promise.all(running.map(({ server }) => server.stop()))
  }
}

function tableRow(variant, found, ours) {
  const row = { name: variant.name, mostMemory: variant.mostMemory }
  for (const path of ['role', 'roles']) {
    row[path] = {
      rate: median(found[path].rates),
      least: Math.min(...found[path].rates),
      most: Math.max(...found[path].rates),
      microseconds: median(found[path].spent),
      ratio: pairedRatio(ours[path].rates, found[path].rates),
      processorRatio: pairedRatio(found[path].spent, ours[path].spent),
      wanted: variant.least?.[path],
      memory: median(found[path].memory),
      memoryRatio: pairedRatio(ours[path].memory, found[path].memory),
    }
  }
  return row
}
