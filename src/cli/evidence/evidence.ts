/** `express-cis2 evidence`: the command, from its flags to its files. */
import { dirname, resolve } from 'node:path'

import { ConfigError } from '../../errors.js'
import type { Cis2Config } from '../../options/cis2-config.js'
import type { Cis2Options } from '../../options/cis2-options.js'
import { parseOptions } from '../../options/parse-options.js'
import { readModule, readOptionsFromEnvironment, readOptionsModule } from '../doctor/read-options.js'
import { CliError, type CliIo, type ExitCode } from '../io.js'
import { createPaint, printable } from '../paint.js'
import { collect } from './collect.js'
import { listComponents } from './facts/components.js'
import { type CreateApp, createAppOf } from './rehearsal/application.js'
import type { EvidenceReport } from './report.js'
import { summaryOf } from './write/html.js'
import { type WrittenFiles, writeFiles } from './write/write-files.js'

export interface EvidenceFlags {
  readonly config?: string
  readonly module?: string
  readonly app?: string
  readonly out: string
  readonly protect: readonly string[]
  readonly doctor: boolean
  readonly json: boolean
}

/** 0: what can be judged is met, what was run passed, doctor found no problem. 1: the documents say what is not so. */
export async function runEvidence(flags: EvidenceFlags, io: CliIo): Promise<ExitCode> {
  const options = accepted(
    flags.config === undefined ? readOptionsFromEnvironment(io.env) : await readOptionsModule(flags.config, io),
  )
  const paint = createPaint(io.stderr, io.env)
  const report = await collect(
    {
      options,
      config: checked(options, io.env),
      createApp: flags.module === undefined ? undefined : await readCreateApp(flags.module, io),
      app: flags.app === undefined ? undefined : addressOf(flags.app),
      protectedPaths: flags.protect.map(pathOf),
      doctor: flags.doctor,
    },
    {
      env: io.env,
      progress: (line) => io.stderr.write(`${paint('dim', printable(line))}\n`),
      // Where the application is.
      listComponents: () => listComponents(dirname(resolve(flags.module ?? flags.config ?? 'package.json'))),
    },
  )
  const files = await writeFiles(report, resolve(flags.out))
  io.stdout.write(flags.json ? `${JSON.stringify({ ...factsOf(report), files })}\n` : tell(report, files))
  return exitCodeOf(report)
}

async function readCreateApp(file: string, io: CliIo): Promise<CreateApp> {
  const loaded = await readModule(resolve(file), io)
  return createAppOf(accepted(loaded), file)
}

/** A module may call `cis2Auth` while it is loaded, and be told what is wrong. */
function accepted<T>(loaded: T | ConfigError): T {
  if (loaded instanceof ConfigError) throw refusal(loaded)
  return loaded
}

function checked(options: Cis2Options, env: CliIo['env']): Cis2Config {
  if (env.NODE_ENV === 'production') {
    const message =
      'NODE_ENV is production: the tests keep sessions in memory, which is refused there. Unset it for this command.'
    throw new CliError(message, { exitCode: 2 })
  }
  try {
    return parseOptions(options, env)
  } catch (error) {
    throw error instanceof ConfigError ? refusal(error) : error
  }
}

function refusal(error: ConfigError): CliError {
  const problems = error.problems.join('; ')
  return new CliError(`cis2Auth refuses these options: ${problems}. See npx express-cis2 doctor.`, {
    cause: error,
    exitCode: 2,
  })
}

function addressOf(text: string): URL {
  const address = URL.canParse(text) ? new URL(text) : undefined
  if (address !== undefined && /^https?:$/.test(address.protocol)) return address
  throw new CliError(`--app must be an http or https address, not ${JSON.stringify(text)}.`, { exitCode: 2 })
}

function pathOf(text: string): string {
  if (/^\/(?!\/)/.test(text)) return text
  throw new CliError(`--protect must be a path below baseUrl that begins with /, not ${JSON.stringify(text)}.`, {
    exitCode: 2,
  })
}

function exitCodeOf({ requirements, tests, doctor = [] }: EvidenceReport): ExitCode {
  const isUnmet = requirements.some(({ met, proof }) => met !== true && proof !== 'declare yourself')
  const isAmiss = tests.some(({ passed }) => passed === false) || doctor.some(({ outcome }) => outcome === 'problem')
  return isUnmet || isAmiss ? 1 : 0
}

function factsOf({ requirements, tests, about, doctor = [] }: EvidenceReport): object {
  return {
    hash: about.hash,
    requirements: requirements.map(({ id, met, proof }) => ({ id, met, proof })),
    failed: tests.filter(({ passed }) => passed === false).map(({ id, against }) => ({ id, against })),
    problems: doctor.filter(({ outcome }) => outcome === 'problem').map(({ check }) => check),
    notRun: tests.filter(({ passed }) => passed === null).map(({ id, against }) => ({ id, against })),
  }
}

function tell(report: EvidenceReport, { written, kept }: WrittenFiles): string {
  const unmet = report.requirements.filter(({ met }) => met === false)
  const failed = report.tests.filter(({ passed }) => passed === false)
  const problems = (report.doctor ?? []).filter(({ outcome }) => outcome === 'problem')
  return [
    ...unmet.map(({ id, detail }) => `not met  ${id}: ${detail}`),
    ...failed.map(({ name, answer }) => `failed   ${name}: ${answer}`),
    ...problems.map(({ check, message }) => `problem  doctor, ${check}: ${message}`),
    summaryOf(report),
    ...written.map((file) => `written  ${file}`),
    ...kept.map((file) => `kept     ${file} (people write into it; delete it to have a new one)`),
    '',
  ]
    .map(printable)
    .join('\n')
}
