// npm run test:long -- [--minutes N] [--seed N] [Jest's own arguments], or --replay SEED[,one-per-user][,crosses-slots]
// A proof alone: --count N [--minutes N, at most] [--processes N] test/long/NAME; --seed N --case N runs one of its cases again.
// Or a proof that is none of Jest's: fuzz [--minutes N] [--only PARSER,…], mutants [--only ROOM,…].
// Randomised runs; the same seed gives the same schedules.
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const OTHER_PROOFS = { fuzz: '../../fuzz/run.mjs', mutants: '../../mutants/run.mjs' }
const otherProof = OTHER_PROOFS[process.argv[2]]
if (otherProof !== undefined) {
  process.argv.splice(2, 1)
  await import(otherProof)
  process.exit()
}

const root = resolve(import.meta.dirname, '../../..')
const { values, tokens } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string' },
    replay: { type: 'string' },
    rate: { type: 'string' },
    before: { type: 'string' },
    count: { type: 'string' },
    case: { type: 'string' },
    processes: { type: 'string' },
  },
  strict: false,
  tokens: true,
})
/** Handed to the tests as they are, each as CIS2_LONG_NAME. */
const HANDED_ON = ['replay', 'rate', 'before', 'count', 'case', 'processes']
const own = tokens.filter((token) => token.kind === 'option' && ['minutes', 'seed', ...HANDED_ON].includes(token.name))
const ownPositions = new Set(
  own.flatMap((token) => (token.inlineValue ? [token.index] : [token.index, token.index + 1])),
)
const forJest = process.argv.slice(2).filter((_, index) => !ownPositions.has(index))

const minutes = Number(values.minutes)
const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed)
if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
  console.error('Usage: npm run test:long -- [--minutes N] [--seed N] [arguments for Jest]')
  process.exit(2)
}

const reports = mkdtempSync(join(tmpdir(), 'cis2-long-'))
console.error(`Long tests: ${minutes} minutes, --seed ${seed}`)
// First the schedules, on all cores; then, alone, what measures how long answers take.
const runs =
  values.replay !== undefined
    ? [['--runInBand', 'test/long/replay']]
    : forJest.length > 0
      ? [['--runInBand', ...forJest]]
      : [
          ['--maxWorkers=2', 'test/long/schedules'],
          ['--runInBand', 'test/long', '--testPathIgnorePatterns=test/long/(schedules|replay)'],
        ]
try {
  let worst = 0
  for (const jestArguments of runs) worst = Math.max(worst, await jest(jestArguments))
  for (const line of summary()) console.error(line)
  process.exitCode = worst
} finally {
  rmSync(reports, { recursive: true, force: true })
}
console.error(`Seed of this run: ${seed}`)

function jest(jestArguments) {
  const program = resolve(root, 'node_modules/jest/bin/jest.js')
  const env = {
    ...process.env,
    CIS2_LONG_MINUTES: String(minutes),
    CIS2_LONG_SEED: String(seed),
    CIS2_LONG_REPORTS: reports,
    ...(own.some(({ name }) => name === 'minutes') ? { CIS2_LONG_MOST: String(minutes * 60_000) } : {}),
    ...Object.fromEntries(
      HANDED_ON.filter((name) => values[name] !== undefined).map((name) => [
        `CIS2_LONG_${name.toUpperCase()}`,
        values[name],
      ]),
    ),
  }
  const child = spawn(process.execPath, [program, '--verbose', ...jestArguments], { cwd: root, stdio: 'inherit', env })
  return new Promise((resolveCode) => child.once('exit', (code) => resolveCode(code ?? 1)))
}

/** Adds the workers' shares of the schedules up, and tells what the other tests have measured. */
function summary() {
  const files = readdirSync(reports).filter((file) => file.endsWith('.json'))
  const read = (file) => JSON.parse(readFileSync(join(reports, file), 'utf8'))
  const shares = files.filter((file) => file.startsWith('schedules-')).map(read)
  const figures = files.filter((file) => !file.startsWith('schedules-')).sort()
  return [
    ...(shares.length > 0 ? aboutSchedules(shares) : []),
    ...figures.flatMap((file) => [`${file.replace('.json', '')}:`, ...read(file).map((line) => `  ${line}`)]),
  ]
}

function aboutSchedules(shares) {
  const sum = (field) => shares.reduce((total, share) => total + share[field], 0)
  const pairs = new Map()
  for (const share of shares) {
    for (const [pair, count] of Object.entries(share.pairs)) pairs.set(pair, (pairs.get(pair) ?? 0) + count)
  }
  const wrong = shares.reduce((total, { violations, differences }) => total + violations.length + differences.length, 0)
  return [
    `Random schedules: ${sum('counted')} in which flows overlap (of ${sum('schedules')}), ${sum('commands')} commands, ${sum('compared')} the same in memory, ${wrong} wrong; ${sum('repeated')} repeated because Redis was slow`,
    `Pairs of flows that overlapped: ${pairs.size}`,
    ...[...pairs].sort(([, one], [, other]) => other - one).map(([pair, count]) => `  ${count}  ${pair}`),
  ]
}
