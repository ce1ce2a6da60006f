// npm run test:package -- [Jest's own arguments]: what is published, packed once, as other people's tools install, bundle,
// type-check and run it. Apart from `npm test`, which tries the source.
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../../..')
const jest = resolve(root, 'node_modules/jest/bin/jest.js')
const env = { ...process.env, CIS2_PACKAGE_TESTS: '1' }
spawn(process.execPath, [jest, ...process.argv.slice(2)], { cwd: root, stdio: 'inherit', env }).once('exit', (code) => {
  process.exitCode = code ?? 1
})
