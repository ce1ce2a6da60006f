// npm run test:servers [-- --minutes N]: the Redis tests and schedules on every server that is found on this machine, or on
// those that SERVERS names (paths, with commas between), and once more as if a server refused undeclared keys.
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'

import { findProgram } from './programs.mjs'

const KINDS = ['redis-server', 'valkey-server', 'redict-server', 'keydb-server']
const root = resolve(import.meta.dirname, '../../..')
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '1' } } })
const named = (process.env.SERVERS ?? '').split(',').filter((path) => path !== '')
const servers = named.length > 0 ? named : KINDS.map((kind) => findProgram([kind])).filter((path) => path !== undefined)
if (servers.length === 0) {
  console.error(
    'No Redis server was found: install one, or name some: SERVERS=/path/to/redis-server,/path/to/valkey-server',
  )
  process.exit(2)
}

const results = servers.map((path) => tryServer(path, versionOf(path), ['test/redis'], {}))
const [first] = servers
const strict = ['test/redis/(backend-contract|races|round-trips|nhs-api)']
results.push(
  tryServer(first, `${versionOf(first)}, undeclared keys refused`, strict, { CIS2_REFUSE_UNDECLARED_KEYS: '1' }),
)

console.error('')
for (const { name, outcomes } of results) {
  console.error(`${name}:`)
  for (const line of outcomes) console.error(`  ${line}`)
}
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1

function tryServer(path, name, patterns, settings) {
  console.error(`\n${name} (${path})`)
  const env = { ...process.env, CIS2_REDIS_SERVER: path, ...settings }
  delete env.REDIS_URL
  const jest = resolve(root, 'node_modules/jest/bin/jest.js')
  const long = [resolve(import.meta.dirname, 'run-long.mjs'), '--minutes', values.minutes, 'test/long/schedules-[12]']
  const runs = [runTests([jest, '--silent', ...patterns], env), run(long, env, /^(Random schedules: .*)$/m)]
  return { name, passed: runs.every(({ passed }) => passed), outcomes: runs.map(({ outcome }) => outcome) }
}

/** Many of these tests keep time. Files that fail beside others are run again, alone, and it is said that they were. */
function runTests(command, env) {
  const figure = /^Tests: +(.*)$/m
  const first = run([...command, '--maxWorkers=2'], env, figure)
  if (first.passed) return first
  const again = run([...command, '--onlyFailures', '--runInBand'], env, figure)
  return { passed: again.passed, outcome: `${first.outcome}; the files that failed again, alone: ${again.outcome}` }
}

/** Runs a command, and repeats what it printed when it failed. */
function run(command, env, figure) {
  const from = performance.now()
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  })
  const output = stderr + stdout
  const seconds = Math.round((performance.now() - from) / 1000)
  const outcome = `${figure.exec(output)?.[1] ?? 'no figures'}; ${seconds} s`
  console.error(status === 0 ? `  ${outcome}` : `${output}\n  FAILED: ${outcome}`)
  return { passed: status === 0, outcome: status === 0 ? outcome : `FAILED: ${outcome}` }
}

function versionOf(path) {
  const { stdout = '', error } = spawnSync(path, ['--version'], { encoding: 'utf8' })
  const [, kind, version] = /^(\w+) server v=(\S+)/.exec(stdout ?? '') ?? []
  if (kind === undefined) {
    console.error(`${path} does not say that it is a Redis server${error ? `: ${error.message}` : '.'}`)
    process.exit(2)
  }
  return `${kind} ${version}`
}
