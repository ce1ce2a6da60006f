/** The command line: words to commands, errors to exit codes. */
import { Command, CommanderError, Option } from 'commander'

import packageMetadata from '../../package.json' with { type: 'json' }
import type { AssertionAlgorithm } from '../options/client-authentication-options.js'
import { ASSERTION_ALGORITHMS } from '../options/signing-keys.js'
import { addCompletion } from './completion/completion-command.js'
import { addDoctor } from './doctor/doctor-command.js'
import { addEvidence } from './evidence/evidence-command.js'
import { readFlagsFromEnvironment } from './environment-flags.js'
import { bits, fault, port, repeated } from './flag-values.js'
import { addInit } from './init/init-command.js'
import { CliError, type CliIo, type ExitCode, messageOf } from './io.js'
import { createKeyFiles, nextSteps } from './keys.js'
import { createPaint, printable } from './paint.js'
import type { SimulatorFlags } from './simulator.js'

const SIMULATOR_PREFIX = 'CIS2_SIMULATOR_'

const EXIT_CODES = `
Exit codes:
  0  done
  1  not done, or a problem found
  2  the command, or a file that it names, is not understood`

/**
 * Runs one command and resolves with its exit code. Never rejects; an error is one sentence on `stderr`.
 *
 * @param argv - The words after the program's name.
 */
export async function runCli(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  const exit: Exit = { code: 0 }
  try {
    await createProgram(io, exit).parseAsync(argv, { from: 'user' })
    return exit.code
  } catch (error) {
    // Commander has printed its own message; help and version arrive here too.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    const paint = createPaint(io.stderr, io.env)
    io.stderr.write(
      `${paint('red', 'error:')} ${printable(error instanceof CliError ? error.message : messageOf(error))}\n`,
    )
    return error instanceof CliError ? error.exitCode : 1
  }
}

interface Exit {
  code: ExitCode
}

function createProgram(io: CliIo, exit: Exit): Command {
  const program = new Command('express-cis2')
    .description(
      'NHS CIS2 sign-in for Express: a simulator, signing keys, a doctor, evidence, and a first application.',
    )
    .version(packageMetadata.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText('afterAll', EXIT_CODES)
  addSimulator(program, io)
  addKeys(program, io)
  const end = (code: ExitCode) => {
    exit.code = code
  }
  addDoctor(program, io, end)
  addEvidence(program, io, end)
  addInit(program, io)
  addCompletion(program, io)
  return program
}

function addSimulator(program: Command, io: CliIo): void {
  program
    .command('simulator')
    .description('run CIS2 on this machine, until Ctrl-C')
    .option('--port <number>', 'port to listen on (0: any free one)', port, 9000)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--https', 'listen with TLS, with a certificate made at start', false)
    .option('--issuer <text>', 'issuer to display, for example with :443')
    .option('--app <url>', 'registers the application at this address: its /callback, /backchannel-logout and /login')
    .option('--client-id <text>', 'client ID of the application')
    .option('--client-secret <text>', 'client secret of the application')
    .option('--jwks-uri <url>', 'where the application publishes its keys: private_key_jwt in place of a secret')
    .addOption(
      new Option('--client-auth <method>', 'how the application proves itself').choices([
        'private_key_jwt',
        'client_secret_post',
        'client_secret_basic',
        'client_secret_jwt',
      ]),
    )
    .option('--redirect-uri <uri>', 'redirect URI of the application, in place of /callback; may be repeated', repeated)
    .option('--back-channel-logout-uri <url>', 'where the application takes logout tokens')
    .option('--file <path>', 'users and clients from a JSON file')
    .option('--sign-in-as <user>', 'signs this user in without any page: name, e-mail address or user ID')
    .option('--state <folder>', 'keeps keys and certificate there over restarts')
    .addOption(
      new Option('--fault <name[=value]>', 'a fault that holds from the start; may be repeated')
        .argParser(fault)
        .default({}, 'none'),
    )
    .option('--list-faults', 'print the faults, and start nothing', false)
    .option('--json', 'print the facts as one line of JSON', false)
    .addHelpText(
      'after',
      `\nEach flag is read from the environment too: --sign-in-as is ${SIMULATOR_PREFIX}SIGN_IN_AS.`,
    )
    .hook('preAction', (command) => {
      readFlagsFromEnvironment(command, SIMULATOR_PREFIX, io.env)
    })
    .action(async (flags: SimulatorFlags) => {
      // The other commands need no web server in memory.
      const { runSimulator } = await import('./simulator.js')
      await runSimulator(flags, io)
    })
}

function addKeys(program: Command, io: CliIo): void {
  program
    .command('keys')
    .description('signing keys for private_key_jwt')
    .command('new')
    .description('make a key pair: private key as PEM (mode 600), public key as JWKS; never overwrites')
    .addOption(new Option('--alg <name>', 'algorithm').choices(ASSERTION_ALGORITHMS).default('RS512'))
    .option('--bits <number>', 'length of an RSA key', bits, 4096)
    .option('--out <folder>', 'where to write', '.')
    .option('--json', 'print the facts as one line of JSON', false)
    .action(async (flags: { alg: AssertionAlgorithm; bits: number; out: string; json: boolean }) => {
      const files = await createKeyFiles(flags)
      io.stdout.write(flags.json ? `${JSON.stringify(files)}\n` : nextSteps(files))
    })
}
