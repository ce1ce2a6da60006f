// npm run test:long -- [--minutes N] [--seed N] [Jest's own arguments]
// Randomised runs; the same seed gives the same schedules.
import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

const root = resolve(import.meta.dirname, '../..')
const { values, tokens } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } },
  strict: false,
  tokens: true,
})
const own = tokens.filter((token) => token.kind === 'option' && (token.name === 'minutes' || token.name === 'seed'))
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

console.error(`Long tests: ${minutes} minutes, --seed ${seed}`)
const jest = spawn(
  process.execPath,
  [resolve(root, 'node_modules/jest/bin/jest.js'), '--runInBand', '--verbose', ...forJest],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, CIS2_LONG_MINUTES: String(minutes), CIS2_LONG_SEED: String(seed) },
  },
)
jest.once('exit', (code) => {
  console.error(`Seed of this run: ${seed}`)
  process.exitCode = code ?? 1
})
