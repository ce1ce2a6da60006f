// Where the suites of one worker run: they share keys, which are slow to make, and are counted with less ado.
import { TestEnvironment } from 'jest-environment-node'

import { beginKeys } from './keys-at-hand.mjs'
import { countOnce } from './v8-coverage.mjs'

/** Node's own errors are many, and most of them are wanted: Jest would keep a hundred lines of where each was made. */
const STACK_LINES = 25

countOnce()
// Without this Node takes a memory of gigabytes apart, which takes longer than Jest waits for a worker to end.
process.once('beforeExit', () => process.exit())

export default class SharingEnvironment extends TestEnvironment {
  async setup() {
    await super.setup()
    Error.stackTraceLimit = STACK_LINES
    beginKeys()
  }
}
