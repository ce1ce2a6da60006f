// What it costs to begin: the import beside that of the packages that one would use instead, and a test's first sign-in.
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

import { onProcessor } from '../support/processes.mjs'
import { median, pairedRatio } from '../support/statistics.mjs'

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '../../..')

const PEERS = ['express', 'express-session', 'connect-redis', 'ioredis', 'openid-client']
/** So many processes for each round: one is short, and the machine is never the same. */
const PROCESSES = 4

/** @param against - Another checkout of this package, whose test kit signs in beside this one's. */
export async function measureStart({ rounds, against }) {
  const ours = await buildAsPublished(root)
  const imports = await measureImports(ours, rounds * PROCESSES)
  const other = against === undefined ? undefined : await buildAsPublished(resolve(against))
  return { imports, testKit: await measureTestKits({ ours, other }, rounds) }
}

/** The package as it is published, built beside the packages that it needs. Returns the folder. */
async function buildAsPublished(checkout) {
  const folder = resolve(checkout, 'node_modules/.cache/express-cis2/start/dist')
  const tsdown = resolve(checkout, 'node_modules/tsdown/dist/run.mjs')
  await run(process.execPath, [tsdown, '--out-dir', folder], { cwd: checkout })
  return folder
}

async function measureImports(ours, times) {
  const programs = {
    nothing: '',
    peers: PEERS.map((name) => `import '${name}'`).join('\n'),
    ours: `import '${addressOf(ours, 'index.js')}'`,
  }
  const found = { nothing: [], peers: [], ours: [] }
  for (let time = 0; time < times; time++) {
    for (const [name, program] of Object.entries(programs)) found[name].push(await begun(program))
  }
  const of = (name, what) => found[name].map((one) => one[what])
  const own = (name) => of(name, 'milliseconds').map((whole, time) => whole - found.nothing[time].milliseconds)
  const row = (name) => ({
    milliseconds: median(of(name, 'milliseconds')),
    imported: median(own(name)),
    memory: median(of(name, 'memory')),
  })
  const rows = { nothing: row('nothing'), peers: row('peers'), ours: row('ours') }
  const ratios = {
    milliseconds: pairedRatio(of('ours', 'milliseconds'), of('peers', 'milliseconds')),
    imported: pairedRatio(own('ours'), own('peers')),
    memory: pairedRatio(of('ours', 'memory'), of('peers', 'memory')),
  }
  console.error(`import: ${JSON.stringify(rows)}`)
  return { rows, ratios }
}

/** A process that imports, and says what it took since its start, and what it holds. */
async function begun(program) {
  const tell = 'console.log(JSON.stringify({ milliseconds: performance.now(), memory: process.memoryUsage.rss() }))'
  return told(['--input-type=module', '-e', `${program}\n${tell}`])
}

async function measureTestKits({ ours, other }, rounds) {
  const folders = other === undefined ? { ours } : { ours, other }
  const found = Object.fromEntries(Object.keys(folders).map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, folder] of Object.entries(folders)) {
      found[name].push(await told(['test/bench/support/test-kit.mjs', folder]))
    }
  }
  const rows = Object.entries(found).map(([name, all]) => {
    const of = (what) => median(all.map((one) => one[what]))
    return [name, { started: of('started'), first: of('first'), later: of('later') }]
  })
  console.error(`test kit: ${JSON.stringify(rows)}`)
  return Object.fromEntries(rows)
}

const addressOf = (folder, name) => pathToFileURL(resolve(folder, name)).href

/** What a process of Node prints as JSON. */
async function told(args) {
  const [program, ...rest] = onProcessor('server', [process.execPath, ...args])
  const { stdout } = await run(program, rest, { cwd: root })
  return JSON.parse(stdout)
}
