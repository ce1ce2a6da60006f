#!/usr/bin/env node
/** `npx express-cis2 …` */
import { loadModule } from './load-module.js'
import { whenOrphaned } from './parent-process.js'
import { runCli } from './run-cli.js'

const interrupt = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interrupt.abort()
  })
}
// Set by npm alone: a command that a shell left in the background has to outlive that shell.
if (process.env.npm_lifecycle_event !== undefined) {
  whenOrphaned(
    () => process.ppid,
    () => {
      interrupt.abort()
    },
  )
}
// Whoever reads the output may stop before its end, as `head` does.
process.stdout.once('error', () => {
  process.exit(1)
})

void runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: interrupt.signal,
  importModule: loadModule,
}).then((exitCode) => {
  // A module that the doctor has read may hold connections open. What was printed goes out first.
  process.stdout.write('', () => {
    process.exit(exitCode)
  })
})
