// node summarize.mjs RESULTS…: reads what each `jest --json` wrote, complains about tests that did not run, and prints the
// closing line of all.
import { readFileSync } from 'node:fs'

const runs = process.argv.slice(2).map(readResults)
for (const test of runs.flatMap(({ testResults }) => testResults).flatMap((file) => file.assertionResults)) {
  if (test.status !== 'passed' && test.status !== 'failed') console.log(`Not run (${test.status}): ${test.fullName}`)
}
const missed = sum(['numPendingTests', 'numTodoTests', 'numPendingTestSuites'])
if (missed > 0) console.log('Every test must run: a skipped or planned one proves nothing.')

const failed = sum(['numFailedTests', 'numRuntimeErrorTestSuites']) + missed
console.log(`${sum(['numPassedTests'])} passed, ${failed} failed`)
process.exitCode = failed === 0 && runs.length > 0 && runs.every(({ numPassedTests }) => numPassedTests > 0) ? 0 : 1

function sum(fields) {
  return runs.reduce((total, run) => fields.reduce((of, field) => of + run[field], total), 0)
}

function readResults(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    // A step before Jest failed, or Jest did not get as far as its first test.
    return {
      testResults: [],
      numPassedTests: 0,
      numFailedTests: 1,
      numRuntimeErrorTestSuites: 0,
      numPendingTests: 0,
      numTodoTests: 0,
      numPendingTestSuites: 0,
    }
  }
}
