// Runs one program and stops it when our standard input closes. The pipe to it closes with the process that started
// us, however that one ends (Ctrl-C, a crash, SIGKILL), so no server outlives the tests.
// DIR is where the program runs, so that what it writes without being asked to (a snapshot) goes with it.
// Usage: node keeper.mjs [--remove DIR] PROGRAM [ARGUMENT ...]
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'

const commandLine = process.argv.slice(2)
const directory = commandLine[0] === '--remove' ? commandLine.splice(0, 2)[1] : undefined
const [program, ...programArguments] = commandLine
const child = spawn(program, programArguments, { stdio: 'ignore', cwd: directory })

function finish(exitCode) {
  if (directory !== undefined) rmSync(directory, { recursive: true, force: true })
  process.exit(exitCode)
}
function stop() {
  child.kill('SIGTERM')
  // A frozen server does not hear SIGTERM.
  setTimeout(() => child.kill('SIGKILL'), 3_000).unref()
}

child.once('error', () => finish(1))
child.once('exit', (code) => finish(code ?? 0))
process.stdin.once('end', stop).once('error', stop).resume()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop)
