// node second-look.mjs RESULTS [SCRIPT]: after a failed `npm test`, or another script of package.json, runs the suites that
// failed once more, alone, and says so.
// A busy machine fails a browser now and then. What passes alone is printed, for it is a fault of the test; more than a
// few failures, or anything but failed tests, stay failed.
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'

/** More than this is no accident. */
const MOST_SUITES = 3

const root = resolve(import.meta.dirname, '../../..')
const [path, script = 'test'] = process.argv.slice(2)
/** Undefined: `npm test`. */
const command = script.split(':')[1]
const first = read(path)
const failed = first?.testResults.filter(({ status }) => status === 'failed') ?? []
if (failed.length === 0 || failed.length > MOST_SUITES || !isCovered()) process.exit(1)

const again = `${path}.second`
const names = failed.map(({ name }) => name)
const jest = resolve(root, 'node_modules/jest/bin/jest.js')
console.log(`Once more, alone: ${names.map((name) => relative(root, name)).join(', ')}`)
spawnSync(
  process.execPath,
  [jest, '--ci', '--runInBand', '--json', `--outputFile=${again}`, '--runTestsByPath', ...names],
  {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...(command && { CIS2_TESTS: command }) },
  },
)
const second = read(again)
if (second === undefined || second.testResults.length !== names.length) process.exit(1)

for (const { name, assertionResults, message } of failed) {
  const tests = assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName)
  console.log(`Failed among the others, ${relative(root, name)}: ${tests.length > 0 ? tests.join('; ') : message}`)
}
writeFileSync(path, JSON.stringify(merged(first, second)))
process.exit(second.success ? 0 : 1)

/** The first results, with those of the second look in the place of what failed. */
function merged(one, other) {
  const testResults = [...one.testResults.filter(({ status }) => status !== 'failed'), ...other.testResults]
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults)
  const count = (status) => tests.filter((test) => test.status === status).length
  return {
    ...one,
    testResults,
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numRuntimeErrorTestSuites: other.numRuntimeErrorTestSuites,
  }
}

/** A run whose tests fail does not say whether its coverage would have. Others count none. */
function isCovered() {
  if (command !== undefined) return true
  const total = read(resolve(root, 'coverage/coverage-summary.json'))?.total
  return total !== undefined && total.lines.pct >= 95 && total.branches.pct >= 95
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
