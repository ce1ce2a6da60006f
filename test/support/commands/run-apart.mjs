// npm run test:browser -- [Jest's own arguments]: pages in a real Chromium.
// npm run test:package -- [the same]: what is published, packed once, as other people's tools install, bundle and run it.
// Both are apart from `npm test`: what they wait for is other people's programs.
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../../..')
const jest = resolve(root, 'node_modules/jest/bin/jest.js')
const [command, ...forJest] = process.argv.slice(2)
const env = { ...process.env, CIS2_TESTS: command }
spawn(process.execPath, [jest, ...forJest], { cwd: root, stdio: 'inherit', env }).once('exit', (code) => {
  process.exitCode = code ?? 1
})
