// npm run test:long -- mutants [--only ROOM,…] [--source FILE[:LINE-LINE]] [--concurrency N]
// Changes the source in thousands of small ways, one at a time, and asks the tests whether they notice.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'

import { Stryker } from '@stryker-mutator/core'

import globalSetup from '../support/commands/global-setup.mjs'
import globalTeardown from '../support/commands/global-teardown.mjs'
import { equivalentsOf, isListed } from './equivalents.mjs'
import { recordLine, sumOf } from '../support/commands/proof-lines.mjs'
import { recordProof } from '../support/commands/proof-page.mjs'
import { ROOMS } from './rooms.mjs'

const root = resolve(import.meta.dirname, '../..')
const { values } = parseArgs({
  options: { only: { type: 'string' }, source: { type: 'string' }, concurrency: { type: 'string', default: '1' } },
})
const rooms = ROOMS.filter(({ name }) => values.only === undefined || values.only.split(',').includes(name))
if (rooms.length === 0) {
  console.error(`Usage: npm run test:long -- mutants [--only ${ROOMS.map(({ name }) => name).join('|')}]`)
  process.exit(2)
}

/** Not all of a room: to look at one file. */
const isPart = values.source !== undefined

process.chdir(root)
mkdirSync('.artifacts', { recursive: true })
await globalSetup({ nonFlagArgs: ['test/journey/'] })
const names = ROOMS.map(({ name }) => name)
const verdicts = []
let lines = []
try {
  for (const room of rooms) {
    const { figures, good } = await judge(room)
    console.error(`${room.name}: ${figures}`)
    verdicts.push(good)
    if (!isPart) lines = recordLine('Mutation testing', names, room.name, figures)
  }
} finally {
  await globalTeardown()
}
const passed = verdicts.every((good) => good)
if (!isPart) {
  const [mutants, noticed, alike] = ['mutants', 'noticed', 'alike'].map((word) => sumOf(lines, word))
  recordProof({
    proof: 'mutation',
    command: 'npm run test:long -- mutants',
    count: mutants,
    figures: `${lines.length} rooms, ${noticed.toLocaleString('en')} noticed, ${alike} alike, score ${percent(noticed, mutants - alike)}`,
    seconds: sumOf(lines, 'seconds'),
    passed,
  })
}
process.exitCode = passed ? 0 : 1

function percent(part, whole) {
  return whole === 0 ? '100 %' : `${(Math.floor((part / whole) * 1000) / 10).toFixed(1)} %`
}

/** Mutates a room and tells how many of its mutants its tests have noticed. */
async function judge(room) {
  console.error(`\n${room.name}: ${room.sources.join(' ')}`)
  const started = performance.now()
  const mutants = (await mutantsOf(room)).filter(({ status }) => status !== 'Ignored')
  const seconds = Math.round((performance.now() - started) / 1000)
  const { alike, survivors, gone } = sortOut(mutants, isPart ? [] : equivalentsOf(room.name))
  for (const mutant of survivors) console.error(`  SURVIVED ${describe(mutant)}`)
  for (const entry of gone) console.error(`  GONE, and still listed as alike: ${JSON.stringify(entry)}`)
  writeFileSync(`.artifacts/mutants-${room.name}.json`, JSON.stringify(survivors.map(keyOf), null, 2))
  const timeouts = mutants.filter(({ status }) => status === 'Timeout').length
  const noticed = mutants.length - alike.length - survivors.length
  const figures =
    `${mutants.length} mutants, ${noticed} noticed (${timeouts} by never ending), ${alike.length} alike, ` +
    `${survivors.length} not noticed: ${percent(noticed, mutants.length - alike.length)}; ${seconds} seconds, ${new Date().toISOString().slice(0, 10)}`
  const score = (noticed / (mutants.length - alike.length)) * 100
  return { figures, good: isPart || (score >= room.least && gone.length === 0) }
}

async function mutantsOf(room) {
  const temporary = mkdtempSync(join(tmpdir(), 'cis2-mutants-'))
  process.env.CIS2_MUTANTS_TESTS = room.tests.flatMap(testsIn).join('\n')
  const stryker = new Stryker({
    mutate: values.source === undefined ? room.sources : [values.source],
    plugins: ['./test/mutants/runner.mjs', './test/mutants/ignored.mjs'],
    ignorers: ['ignored'],
    testRunner: 'circus',
    coverageAnalysis: 'perTest',
    ignorePatterns: ['dist', 'coverage', 'site', '.artifacts', 'docs', 'test/bench', 'test/package', 'test/strangers'],
    tempDirName: temporary,
    cleanTempDir: 'always',
    disableTypeChecks: false,
    concurrency: Number(values.concurrency),
    timeoutMS: 30_000,
    timeoutFactor: 3,
    reporters: ['progress-append-only'],
    allowConsoleColors: false,
    logLevel: 'warn',
  })
  try {
    return await stryker.runMutationTest()
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

/** A test file, one block of it (`FILE#BLOCK`), or all of a folder. */
function testsIn(path) {
  if (/\.ts(#|$)/.test(path)) return [path]
  const files = readdirSync(path, { recursive: true }).filter((file) => file.endsWith('.test.ts'))
  return files.sort().map((file) => `${path}/${file}`)
}

/** What survived, less what is listed as the same program in other words. */
function sortOut(mutants, listed) {
  const alive = mutants.filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
  const keys = alive.map(keyOf)
  return {
    alike: alive.filter((_, index) => isListed(listed, keys[index])),
    survivors: alive.filter((_, index) => !isListed(listed, keys[index])),
    gone: listed.filter((entry) => !keys.some((key) => isListed([entry], key))),
  }
}

/** Names a mutant by the text that it changes, not by a line number, which the next edit moves. */
function keyOf({ fileName, mutatorName, replacement, location: { start, end } }) {
  const file = relative(root, resolve(root, fileName))
  const lines = readFileSync(file, 'utf8').split('\n')
  const changed = lines.slice(start.line - 1, end.line)
  // Cut the end first: on one line, the beginning would move it.
  changed.push(changed.pop().slice(0, end.column - 1))
  const from = [changed[0].slice(start.column - 1), ...changed.slice(1)].join('\n')
  return { file, line: lines[start.line - 1].trim(), mutator: mutatorName, from, to: replacement }
}

function describe(mutant) {
  const { file, mutator, from, to } = keyOf(mutant)
  const reached = mutant.status === 'NoCoverage' ? ' (no test reaches it)' : ''
  return `${file}:${mutant.location.start.line} ${mutator}${reached}\n    - ${from}\n    + ${to}`
}
