// The checks that need no server, side by side: lint, format, types. Prints the output of those that fail, whole.
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../../..')
const bin = (path) => resolve(root, 'node_modules', path)

const CHECKS = {
  lint: [bin('eslint/bin/eslint.js'), '.'],
  format: [bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'],
  types: [bin('typescript/bin/tsc'), '--noEmit'],
}

/** Runs one check; answers whether it passed. */
function run(name, command) {
  return new Promise((done) => {
    const child = spawn(process.execPath, command, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
    child.once('close', (code) => {
      process.stderr.write(code === 0 ? `${name}: passed\n` : `${name}: failed\n${output}`)
      done(code === 0)
    })
  })
}

const passed = await Promise.all(Object.entries(CHECKS).map(([name, command]) => run(name, command)))
if (passed.includes(false)) process.exitCode = 1
