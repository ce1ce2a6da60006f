/** Flags out of environment variables: for containers and CI, where words on a command line are awkward. */
import { type Command, InvalidArgumentError, type Option } from 'commander'

import { nearestName } from '../primitives/nearest-name.js'
import { fault, repeated } from './flag-values.js'
import { CliError } from './io.js'

/** What a Kubernetes service of the simulator's name puts beside our own: addresses, not settings. */
const OF_KUBERNETES = /^(SERVICE_(HOST|PORT)(_\w+)?|PORT_\d+_\w+)$/

/** What adds a value to those before it. */
const REPEATED = new Set<unknown>([fault, repeated])

const TRUTHS: ReadonlyMap<string, boolean> = new Map([
  ['1', true],
  ['true', true],
  ['0', false],
  ['false', false],
])

/**
 * Sets each flag that was not given from the variable of its name: `--sign-in-as` from `…SIGN_IN_AS`. A flag that may be
 * repeated takes several values with commas between them. An empty variable counts as none.
 *
 * @throws {CliError} for a value that cannot be, and for a variable that is no flag's.
 */
export function readFlagsFromEnvironment(
  command: Command,
  prefix: string,
  env: Readonly<Record<string, string | undefined>>,
): void {
  const options = new Map(command.options.map((option) => [variableOf(option), option]))
  for (const [variable, text = ''] of Object.entries(env)) {
    if (!variable.startsWith(prefix) || text === '') continue
    const name = variable.slice(prefix.length)
    const option = options.get(name)
    if (!option) {
      if (OF_KUBERNETES.test(name)) continue
      const nearest = nearestName(name, [...options.keys()]) ?? ''
      throw refusal(`${variable} is not a setting; the nearest is ${prefix}${nearest}.`)
    }
    if (command.getOptionValueSource(option.attributeName()) === 'cli' || text.startsWith('tcp://')) continue
    command.setOptionValueWithSource(option.attributeName(), valueOf(option, variable, text), 'env')
  }
}

function variableOf(option: Option): string {
  return (option.long ?? '').slice(2).replaceAll('-', '_').toUpperCase()
}

function valueOf(option: Option, variable: string, text: string): unknown {
  if (option.isBoolean()) {
    const truth = TRUTHS.get(text.toLowerCase())
    if (truth === undefined) throw refusal(`${variable} must be true or false, not ${JSON.stringify(text)}.`)
    return truth
  }
  const { parseArg } = option
  if (!parseArg) return text
  const several = REPEATED.has(parseArg)
  try {
    return (several ? text.split(',') : [text]).reduce<unknown>(
      (before, each) => parseArg(each.trim(), before),
      several ? option.defaultValue : undefined,
    )
  } catch (cause) {
    if (!(cause instanceof InvalidArgumentError)) throw cause
    throw refusal(`${variable}: ${cause.message}`, cause)
  }
}

function refusal(message: string, cause?: unknown): CliError {
  return new CliError(message, { cause, exitCode: 2 })
}
