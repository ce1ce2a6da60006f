// A test runner for Stryker, made of Jest's own parts. Stryker's runner for Jest starts Jest anew for each mutant, which
// loads everything anew; a mutant is a switch in code that is loaded already. Here a test file is loaded again for each
// mutant, the source only for those that act while it loads, and the first test that fails is the last.
import { createRequire } from 'node:module'
import Module from 'node:module'
import { basename, join, resolve } from 'node:path'
import { performance } from 'node:perf_hooks'

import { createTestWorld, isAround, testsAround } from './test-world.mjs'

const require = createRequire(import.meta.url)
/** Resolved when it is needed: a worker moves to the sandbox after it has loaded this. */
const source = () => join(resolve('src'), '/')

class CircusRunner {
  #files
  /** The files of each test, by its name. */
  #filesOfTests = new Map()
  #world

  constructor(files) {
    this.#files = files
  }

  init() {
    require('tsx/cjs/api').register()
    this.#world = createTestWorld(require('jest-circus'))
    // Jest hands out its globals by this name as well, to its own test files alone.
    const load = Module._load
    Module._load = (name, ...rest) =>
      name === '@jest/globals' ? this.#world.globals : load.call(Module, name, ...rest)
  }

  capabilities() {
    // The source is forgotten and loaded again where that is needed.
    return { reloadEnvironment: true }
  }

  async dryRun() {
    const stryker = (globalThis.__stryker__ ??= {})
    const tests = []
    for (const file of this.#files) {
      const results = await this.#run(file, { onScope: (scope) => (stryker.currentTestId = scope) })
      stryker.currentTestId = undefined
      shareOut(stryker.mutantCoverage?.perTest ?? {}, results)
      for (const { name, failure, milliseconds } of results) {
        this.#filesOfTests.set(name, [...(this.#filesOfTests.get(name) ?? []), file])
        const outcome = failure === undefined ? { status: 0 } : { status: 1, failureMessage: failure }
        tests.push({ id: name, name, fileName: file.split('#')[0], timeSpentMs: milliseconds, ...outcome })
      }
    }
    return { status: 'complete', tests, mutantCoverage: stryker.mutantCoverage }
  }

  async mutantRun({ activeMutant, testFilter, hitLimit, mutantActivation, reloadEnvironment }) {
    const stryker = (globalThis.__stryker__ ??= {})
    stryker.hitLimit = hitLimit
    stryker.hitCount = hitLimit === undefined ? undefined : 0
    if (reloadEnvironment) forget(source())
    if (mutantActivation === 'static') stryker.activeMutant = activeMutant.id
    let nrOfTests = 0
    try {
      for (const file of this.#filesFor(activeMutant, testFilter)) {
        if (mutantActivation === 'runtime') stryker.activeMutant = undefined
        const results = await this.#run(file, {
          only: testFilter,
          bail: true,
          onLoaded: () => (stryker.activeMutant = activeMutant.id),
        })
        nrOfTests += results.length
        const failed = results.find(({ failure }) => failure !== undefined)
        if (failed === undefined) continue
        if (hitLimit !== undefined && stryker.hitCount > hitLimit)
          return { status: 'timeout', reason: 'It never ends.' }
        return { status: 'killed', killedBy: [failed.name], failureMessage: failed.failure, nrOfTests }
      }
      return { status: 'survived', nrOfTests }
    } finally {
      stryker.activeMutant = undefined
      // What was loaded with the mutant in force is of no use to the next.
      if (reloadEnvironment) forget(source())
    }
  }

  /** A test is found by the path of what it tests, and most likely notices a change there: it comes first. */
  #filesFor({ fileName }, testFilter) {
    const own = `${basename(fileName, '.ts')}.test.ts`
    const wanted = testFilter && new Set(testFilter.flatMap((name) => this.#filesOfTests.get(name) ?? this.#files))
    const files = this.#files.filter((file) => wanted?.has(file) ?? true)
    return files.sort((one, other) => Number(basename(other) === own) - Number(basename(one) === own))
  }

  async #run(file, { only, bail = false, onLoaded = () => {}, onScope = () => {} }) {
    forget(resolve('test'))
    const [path, block] = file.split('#')
    return this.#world.run(
      () => {
        require(path)
        onLoaded()
      },
      { only: only === undefined ? undefined : new Set(only), block, bail, onScope, now: () => performance.now() },
    )
  }
}

/** What the hooks around tests reach is reached by each of these tests. */
function shareOut(coverage, results) {
  for (const scope of Object.keys(coverage).filter(isAround)) {
    for (const { name } of results.filter((result) => result.name.startsWith(testsAround(scope)))) {
      const counts = (coverage[name] ??= {})
      for (const [mutant, count] of Object.entries(coverage[scope])) counts[mutant] = (counts[mutant] ?? 0) + count
    }
    delete coverage[scope]
  }
}

function forget(folder) {
  for (const path of Object.keys(require.cache)) if (path.startsWith(folder)) delete require.cache[path]
}

function createRunner() {
  return new CircusRunner(process.env.CIS2_MUTANTS_TESTS.split('\n').map((file) => resolve(file)))
}
createRunner.inject = []

export const strykerPlugins = [{ kind: 'TestRunner', name: 'circus', factory: createRunner }]
