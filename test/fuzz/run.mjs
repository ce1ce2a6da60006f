// npm run test:long -- fuzz [--minutes N] [--only TARGET,…] [--seed N]
// Every parser that sees a stranger's bytes, fed with what changes most of what it does.
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

import { buildTargets } from './engine/build.mjs'
import { asLine, readCorpus, writeCorpus } from './engine/corpus.mjs'
import { fuzz } from './engine/fuzz.mjs'
import { seededRandom } from './engine/mutations.mjs'
import { recordLine, sumOf } from '../support/commands/proof-lines.mjs'
import { recordProof } from '../support/commands/proof-page.mjs'
import { installTracer } from './engine/tracer.mjs'
import { startWatch } from './engine/watch.mjs'

/** An input that takes longer is a finding. The largest ones that are tried take a few milliseconds. */
const SLOW_MILLISECONDS = 200
const ENDLESS_MILLISECONDS = 20_000

const root = resolve(import.meta.dirname, '../..')
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    only: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
})
const minutes = Number(values.minutes)
const artifacts = join(root, '.artifacts/fuzz')
mkdirSync(artifacts, { recursive: true })

// Below the project, where its packages are found.
const { outfile, edgeSites } = await buildTargets(artifacts)
const tracer = installTracer(edgeSites.length)
const { TARGETS } = await import(pathToFileURL(outfile).href)
const names = TARGETS.map(({ name }) => name)
let lines = []
for (const target of TARGETS.filter(({ name }) => values.only?.split(',').includes(name) ?? true)) {
  const watch = startWatch({ file: join(artifacts, `${target.name}-endless`), limitMilliseconds: ENDLESS_MILLISECONDS })
  const result = await fuzz(target, {
    tracer,
    corpus: readCorpus(target.name),
    below: seededRandom(Number(values.seed)),
    milliseconds: minutes * 60_000,
    slowMilliseconds: SLOW_MILLISECONDS,
    onInput: watch.onInput,
    onProgress: (progress) => console.error(`  ${target.name}: ${describeProgress(progress)}`),
  })
  await watch.stop()
  writeCorpus(target.name, result.corpus)
  const figures = figuresOf(target, result)
  console.error(`${target.name}: ${figures}`)
  lines = recordLine('Fuzzing', names, target.name, figures)
}
const findings = sumOf(lines, 'findings')
recordProof({
  proof: 'fuzzing',
  command: 'npm run test:long -- fuzz',
  count: sumOf(lines, 'inputs'),
  figures: `${lines.length} parsers, ${sumOf(lines, 'branches')} branches reached, ${findings} findings`,
  seconds: sumOf(lines, 'seconds'),
  passed: findings === 0,
})
process.exitCode = findings === 0 ? 0 : 1

function describeProgress({ runs, seconds, features, kept, crashes }) {
  const rate = Math.round(runs / seconds).toLocaleString('en')
  return `${runs.toLocaleString('en')} runs, ${rate}/s, ${features} features, ${kept} inputs of use, ${crashes} findings`
}

/** One line of docs/proof.md. */
function figuresOf({ name }, { runs, seconds, features, edges, slowest, crashes, corpus }) {
  for (const [message, input] of crashes) {
    console.error(`  FOUND by ${name}: ${message}\n    ${asLine(input).slice(0, 2_000)}`)
  }
  const files = new Set([...edges].map((edge) => edgeSites[edge].file))
  const all = edgeSites.filter(({ file, isBranch }) => isBranch && files.has(file)).length
  const count = (number) => Math.round(number).toLocaleString('en')
  return (
    `${count(runs)} inputs in ${count(seconds)} seconds, ${count(runs / seconds)} a second; ` +
    `${edges.size} branches of the ${all} in ${files.size} files, ${features} features, ${corpus.length} kept; ` +
    `slowest ${Math.ceil(slowest)} ms, ${crashes.size} findings; ${new Date().toISOString().slice(0, 10)}`
  )
}
