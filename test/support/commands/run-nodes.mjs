// npm run test:nodes -- [Jest's own arguments]
// The whole suite, browsers and what is published too, on every Node release line we promise beside the one at hand. The npm package `node` carries the
// binaries.
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../../..')
const lines = ['22', '24']

const failed = lines.filter((line) => {
  console.error(`\nNode ${line}`)
  return ![{}, { CIS2_TESTS: 'browser' }, { CIS2_TESTS: 'package' }].every((env) => passes(line, env))
})

function passes(line, env) {
  const jest = ['node_modules/jest/bin/jest.js', '--passWithNoTests', ...process.argv.slice(2)]
  const command = ['-y', '-p', `node@${line}`, '--', 'node', ...jest]
  return spawnSync('npx', command, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } }).status === 0
}

console.error(
  failed.length === 0 ? `\nPassed on Node ${lines.join(' and ')}.` : `\nFailed on Node ${failed.join(' and ')}.`,
)
process.exitCode = failed.length === 0 ? 0 : 1
