// V8's own counting as Jest wants it, with less ado. Jest starts and stops it for each suite, and V8 goes through its whole
// memory and throws its optimized code away each time: a third of what the suites take. Here a worker starts it once. What
// is taken after a suite is what has run since the last time, so the sum is the same.
import { Session } from 'node:inspector/promises'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { CoverageInstrumenter } = createRequire(require.resolve('jest-runtime'))('collect-v8-coverage')

/** One for all suites of the worker; undefined before the first. */
let counting

/** Before the first suite of a worker. */
export function countOnce() {
  CoverageInstrumenter.prototype.startInstrumenting = async function startInstrumenting() {
    counting ??= startCounting()
    await counting
  }
  CoverageInstrumenter.prototype.stopInstrumenting = async function stopInstrumenting() {
    const session = await counting
    const { result } = await session.post('Profiler.takePreciseCoverage')
    return result
  }
}

/** Without the debugger that Jest switches on beside it: that one is told of every script, and nobody listens. */
async function startCounting() {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  return session
}
