// node summarize.mjs RESULTS: reads what `jest --json` wrote, complains about tests that did not run, and prints the
// closing line.
import { readFileSync } from 'node:fs'

const results = readResults(process.argv[2])
const missed = results.numPendingTests + results.numTodoTests + results.numPendingTestSuites
for (const file of results.testResults) {
  for (const test of file.assertionResults) {
    if (test.status !== 'passed' && test.status !== 'failed') console.log(`Not run (${test.status}): ${test.fullName}`)
  }
}
if (missed > 0) console.log('Every test must run: a skipped or planned one proves nothing.')

const failed = results.numFailedTests + results.numRuntimeErrorTestSuites + missed
console.log(`${results.numPassedTests} passed, ${failed} failed`)
process.exitCode = failed === 0 && results.numPassedTests > 0 ? 0 : 1

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
