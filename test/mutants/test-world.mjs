// What a test file finds around it: the functions of Jest, and nothing else of it.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const { jestExpect } = require('@jest/expect')
const { ModernFakeTimers } = require('@jest/fake-timers')
const { ModuleMocker } = require('jest-mock')

/**
 * Making a pair of keys takes longer than most tests. The first, second, third pair that a test file makes are the same
 * each time that it is loaded.
 */
function keepKeyPairs() {
  const crypto = require('node:crypto')
  const make = crypto.generateKeyPairSync
  const made = new Map()
  let count = 0
  crypto.generateKeyPairSync = function generateOnce(...how) {
    const which = JSON.stringify([(count += 1), ...how])
    if (!made.has(which)) made.set(which, make(...how))
    return made.get(which)
  }
  return function startAgain() {
    count = 0
  }
}

/** A mutant may make a test wait for what never comes. */
const TEST_TIMEOUT_MILLISECONDS = 20_000

export function createTestWorld(circus) {
  const { describe, it, test, beforeAll, beforeEach, afterAll, afterEach } = circus
  const mocker = new ModuleMocker(globalThis)
  const timers = new ModernFakeTimers({ config: { fakeTimers: {}, rootDir: process.cwd() }, global: globalThis })
  const jest = {
    fn: (...given) => mocker.fn(...given),
    spyOn: (...given) => mocker.spyOn(...given),
    restoreAllMocks: () => mocker.restoreAllMocks(),
    setTimeout() {},
    useFakeTimers: (options) => timers.useFakeTimers(options),
    useRealTimers: () => timers.useRealTimers(),
    advanceTimersByTime: (milliseconds) => timers.advanceTimersByTime(milliseconds),
    advanceTimersByTimeAsync: (milliseconds) => timers.advanceTimersByTimeAsync(milliseconds),
    getTimerCount: () => timers.getTimerCount(),
  }
  const useSameKeyPairs = keepKeyPairs()
  const globals = { describe, it, test, beforeAll, beforeEach, afterAll, afterEach, expect: jestExpect, jest }
  Object.assign(globalThis, globals)

  /** What a test left behind to fail after it: the test that runs then is to blame, as far as anybody can tell. */
  let stray
  for (const event of ['unhandledRejection', 'uncaughtException']) process.on(event, (error) => (stray ??= error))

  /** Loads a test file and runs its tests, or those of the one `block` alone. */
  async function run(load, { only, block, bail, onScope, now }) {
    const results = []
    let failed = false
    stray = undefined
    useSameKeyPairs()
    circus.resetState()
    circus.getState().testTimeout = TEST_TIMEOUT_MILLISECONDS
    const started = new Map()

    function isLeftOut(describeBlock) {
      return failed || (block !== undefined && describeBlock.parent !== undefined && outermost(describeBlock) !== block)
    }

    function handle(event) {
      if (event.name === 'run_describe_start') {
        if (isLeftOut(event.describeBlock)) event.describeBlock.mode = 'skip'
        onScope(scopeAround(event.describeBlock))
      }
      if (event.name === 'test_start') {
        const name = nameOf(event.test)
        if (isLeftOut(event.test.parent) || (only !== undefined && !only.has(name))) event.test.mode = 'skip'
        else {
          onScope(name)
          started.set(event.test, now())
          jestExpect.setState({ assertionCalls: 0, expectedAssertionsNumber: null, isExpectingAssertions: false })
        }
      }
      if (event.name === 'test_done' && started.has(event.test)) finish(event.test)
      if (event.name === 'error') stray ??= event.error
    }

    function finish(test) {
      for (const { error } of jestExpect.extractExpectedAssertionsErrors()) test.errors.push(error)
      const errors = [...test.errors.flat(), ...(stray === undefined ? [] : [stray])].filter(
        (error) => error !== undefined,
      )
      stray = undefined
      const failure = errors.length === 0 ? undefined : String(errors[0]?.stack ?? errors[0])
      if (failure !== undefined && bail) failed = true
      results.push({ name: nameOf(test), failure, milliseconds: now() - started.get(test) })
      onScope(scopeAround(test.parent))
    }

    circus.addEventHandler(handle)
    try {
      load()
      const { unhandledErrors } = await circus.run()
      if (unhandledErrors.length > 0)
        results.push({ name: '(the file)', failure: String(unhandledErrors[0]), milliseconds: 0 })
    } catch (error) {
      results.push({ name: '(loading the file)', failure: String(error.stack), milliseconds: 0 })
    } finally {
      circus.removeEventHandler(handle)
      timers.useRealTimers()
      mocker.restoreAllMocks()
    }
    return results
  }

  return { globals, run }
}

/** The name of the block of the file that a block is in, or is. */
function outermost({ name, parent }) {
  return parent.parent === undefined ? name : outermost(parent)
}

/** The full name, as Jest puts it together. */
function nameOf({ name, parent }) {
  if (parent === undefined) return ''
  const around = nameOf(parent)
  return around === '' ? name : `${around} ${name}`
}

const AROUND = '\0'

/** What runs in a block without being in one of its tests. */
function scopeAround(block) {
  return `${AROUND}${nameOf(block)}`
}

export function isAround(scope) {
  return scope.startsWith(AROUND)
}

/** What the names of the tests begin with that such a scope is around. */
export function testsAround(scope) {
  return scope.slice(AROUND.length)
}
