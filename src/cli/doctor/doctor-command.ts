/** `express-cis2 doctor`: words to options, findings to text and exit code. */
import type { Command } from 'commander'

import { ConfigError } from '../../errors.js'
import type { Cis2Options } from '../../options/cis2-options.js'
import { withinTime } from '../../primitives/within-time.js'
import { CliError, type CliIo, type ExitCode } from '../io.js'
import { createPaint } from '../paint.js'
import { bareFetch } from './bare-fetch.js'
import { examine } from './doctor.js'
import type { Finding } from './findings.js'
import { optionFindings } from './option-findings.js'
import { createProgress } from './progress.js'
import { readOptionsFromEnvironment, readOptionsModule, VARIABLES } from './read-options.js'
import { exitCodeOf, formatJson, formatText } from './report.js'
import { LIMIT_SECONDS } from './run-parts.js'

interface DoctorFlags {
  readonly config?: string
  readonly app: boolean
  readonly json: boolean
}

/** @param end - Takes the exit code. */
export function addDoctor(program: Command, io: CliIo, end: (code: ExitCode) => void): void {
  const names = Object.entries(VARIABLES).map(([name, meaning]) => `  ${name.padEnd(26)}${meaning}`)
  program
    .command('doctor')
    .description('examine a configuration: options, CIS2 and the registration there, Redis, the deployed application')
    .option('--config <file>', 'module whose default export are the options of cis2Auth')
    .option('--no-app', 'do not ask the application at baseUrl (before it is deployed)')
    .option('--json', 'print the findings as JSON', false)
    .addHelpText(
      'after',
      `\nIt takes at most ${LIMIT_SECONDS} seconds.\n\nWithout --config these environment variables are read:\n${names.join('\n')}`,
    )
    .action(async (flags: DoctorFlags) => {
      const findings = await findingsFor(flags, io)
      io.stdout.write(flags.json ? formatJson(findings) : formatText(findings, createPaint(io.stdout, io.env)))
      end(exitCodeOf(findings))
    })
}

async function findingsFor({ config: file, app }: DoctorFlags, io: CliIo): Promise<Finding[]> {
  const startedAt = performance.now()
  const options = file === undefined ? readOptionsFromEnvironment(io.env) : await loadInTime(file, io)
  // The module may have called cis2Auth with its options, and been told already.
  if (options instanceof ConfigError) return optionFindings(options.problems, undefined)
  const progress = createProgress(io)
  try {
    return await examine(options, {
      askApplication: app,
      fetch: bareFetch,
      env: io.env,
      fromEnvironment: file === undefined,
      watch: {
        elapsedSeconds: (performance.now() - startedAt) / 1000,
        signal: io.signal,
        onWaiting: progress.waitFor,
      },
    })
  } finally {
    progress.end()
  }
}

/** A module may wait for something that never comes. */
function loadInTime(file: string, io: CliIo): Promise<Cis2Options | ConfigError> {
  const late = () => new CliError(`${file} was not loaded within ${LIMIT_SECONDS} seconds.`, { exitCode: 2 })
  return withinTime(readOptionsModule(file, io), LIMIT_SECONDS * 1000, late)
}
