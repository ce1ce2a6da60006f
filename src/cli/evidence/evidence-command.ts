/** `express-cis2 evidence`: words to flags. */
import type { Command } from 'commander'

import { repeated } from '../flag-values.js'
import type { CliIo, ExitCode } from '../io.js'
import type { EvidenceFlags } from './evidence.js'

/** @param end - Takes the exit code. */
export function addEvidence(program: Command, io: CliIo, end: (code: ExitCode) => void): void {
  program
    .command('evidence')
    .description('write evidence for assurance: what this application does, tested now against the simulator')
    .option('--config <file>', "module whose default export are the options of cis2Auth; else doctor's variables")
    .option('--module <file>', 'module that exports createApp(options), which returns the application')
    .option('--app <url>', 'address of the application where it runs: it is asked as a stranger can')
    .option('--protect <path>', 'a path that needs a sign-in; may be repeated', repeated, [])
    .option('--out <folder>', 'where to write', 'evidence')
    .option('--no-doctor', 'do not ask doctor (CIS2, Redis)')
    .option('--json', 'print the facts as one line of JSON', false)
    .action(async (flags: EvidenceFlags) => {
      // The other commands need no web server in memory.
      const { runEvidence } = await import('./evidence.js')
      end(await runEvidence(flags, io))
    })
}
