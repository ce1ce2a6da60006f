// V8's own counting as Jest wants it, less the debugger that Jest switches on beside it: that one is told of every script
// in the process, for every suite anew, and nobody listens.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { CoverageInstrumenter } = createRequire(require.resolve('jest-runtime'))('collect-v8-coverage')

/** Before the first suite of a worker. */
export function countWithoutDebugger() {
  CoverageInstrumenter.prototype.startInstrumenting = async function startInstrumenting() {
    this.session.connect()
    await this.postSession('Profiler.enable')
    await this.postSession('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }
}
