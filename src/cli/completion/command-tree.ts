/** The commands and their flags, as shells need to know them. */
import type { Command, Option } from 'commander'

export interface Flag {
  /** `--config` */
  readonly name: string
  readonly description: string
  /** What may follow: nothing, one of these texts, a file or folder, or anything. */
  readonly value: 'none' | 'file' | 'text' | readonly string[]
}

export interface Place {
  /** The words that lead here: `['keys', 'new']`; none for the program itself. */
  readonly words: readonly string[]
  readonly description: string
  /** What may stand here: commands, or the choices of an argument. */
  readonly next: readonly { readonly name: string; readonly description: string }[]
  readonly flags: readonly Flag[]
}

/** Every command, the program itself first. */
export function placesOf(program: Command): Place[] {
  return placesBelow(program, [])
}

function placesBelow(command: Command, words: readonly string[]): Place[] {
  const here: Place = {
    words,
    description: command.description(),
    next: [
      ...command.commands.map((each) => ({ name: each.name(), description: each.description() })),
      ...command.registeredArguments.flatMap(({ argChoices = [], description }) =>
        argChoices.map((name) => ({ name, description })),
      ),
    ],
    flags: [...command.options.filter(({ hidden }) => !hidden).map(flagOf), HELP],
  }
  return [here, ...command.commands.flatMap((each) => placesBelow(each, [...words, each.name()]))]
}

const HELP: Flag = { name: '--help', description: 'display help for command', value: 'none' }

function flagOf(option: Option): Flag {
  const { description, argChoices, flags, required, optional } = option
  const name = option.long ?? option.short ?? ''
  if (!required && !optional) return { name, description, value: 'none' }
  if (argChoices !== undefined) return { name, description, value: argChoices }
  return { name, description, value: /<(file|folder|path|dir)>/.test(flags) ? 'file' : 'text' }
}
