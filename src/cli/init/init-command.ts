/** `express-cis2 init`: words to options. */
import type { Command } from 'commander'

import type { CliIo } from '../io.js'
import type { InitFlags } from './init.js'

export function addInit(program: Command, io: CliIo): void {
  program
    .command('init')
    .description('write the first files of an application, which run against the simulator; never overwrites')
    .option('--typescript', 'app.ts in place of app.mjs (default where there is a tsconfig.json)')
    .option('--no-typescript', 'app.mjs, whatever there is')
    .option('--out <folder>', 'where to write', '.')
    .option('--json', 'print the facts as one line of JSON', false)
    .action(async ({ json, ...flags }: InitFlags & { json: boolean }) => {
      // It needs the simulator's client, and with it the simulator; the other commands do not.
      const { describeWritten, init } = await import('./init.js')
      const written = await init(flags)
      io.stdout.write(json ? `${JSON.stringify(written)}\n` : describeWritten(written))
    })
}
