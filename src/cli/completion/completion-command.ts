/** `express-cis2 completion`: prints a script for a shell. */
import { Argument, type Command } from 'commander'

import type { CliIo } from '../io.js'
import { placesOf } from './command-tree.js'
import { completionScript, type Shell, SHELLS } from './scripts.js'

/** To be added last: it completes what was added before. */
export function addCompletion(program: Command, io: CliIo): void {
  program
    .command('completion')
    .description('print a script that completes these commands in a shell')
    .addArgument(new Argument('<shell>', 'for this shell').choices(SHELLS))
    .option('--json', 'print the script as a text of JSON', false)
    .action((shell: Shell, { json }: { json: boolean }) => {
      const script = completionScript(shell, placesOf(program))
      io.stdout.write(json ? `${JSON.stringify({ shell, script })}\n` : script)
    })
}
