/** Lua scripts whose keys and arguments have names, the same on both sides. */
import type { Key, KeyName } from '../keys.js'
import { inOrder, typed } from './arguments.js'
import type { Argument, ArgumentName, Arguments } from './arguments.js'

/** A script as the server gets it. */
export interface ScriptText {
  readonly name: string
  readonly lua: string
}

/** One run of a script. */
export interface ScriptCall {
  readonly script: ScriptText
  readonly keys: readonly string[]
  readonly args: readonly Argument[]
}

type KeysOf<Name extends KeyName> = { readonly [Each in Name]: Key<Each> }
type OptionalKeysOf<Name extends KeyName> = { readonly [Each in Name]: Key<Each> | Key<'nothing'> }

/** What a script is told, by name. Every key that it touches is among its keys: there are servers that refuse others. */
export interface Shape<
  Name extends KeyName,
  Optional extends KeyName,
  Told extends ArgumentName,
  EachName extends KeyName,
  EachTold extends ArgumentName,
> {
  readonly keys: readonly Name[]
  /** Keys in whose place `nothing`, which is then one of the keys, may stand: in Lua they are nil. */
  readonly optionalKeys?: readonly Optional[]
  readonly args?: readonly Told[]
  /** For each of a list of things: in Lua, `each` is a list of tables with these fields. */
  readonly each?: { readonly keys: readonly EachName[]; readonly args: readonly EachTold[] }
}

/** Makes a call of a script: keys and arguments by name, and (where it takes a list) what it is about. */
export type Script<
  Name extends KeyName = KeyName,
  Optional extends KeyName = never,
  Told extends ArgumentName = ArgumentName,
  EachName extends KeyName = never,
  EachTold extends ArgumentName = never,
> = ((
  keys: KeysOf<Name> & OptionalKeysOf<Optional>,
  args: Arguments<Told>,
  each?: readonly (KeysOf<EachName> & Arguments<EachTold>)[],
) => ScriptCall) & { readonly script: ScriptText }

/**
 * Puts a script together from shared functions and its own part; in front of them it makes a local of each key and
 * argument, of the name that TypeScript uses.
 *
 * @example
 * ```ts
 * const dropClaim = script('dropClaim', { keys: ['claim'], args: ['attempt'] }, `
 *   if redis.call('GET', claim) == attempt then redis.call('DEL', claim) end
 * `)
 * await link.run(dropClaim({ claim: keys.claim(slot, token) }, { attempt }))
 * ```
 */
export function script<
  const Name extends KeyName,
  const Optional extends KeyName = never,
  const Told extends ArgumentName = never,
  const EachName extends KeyName = never,
  const EachTold extends ArgumentName = never,
>(
  name: string,
  shape: Shape<Name, Optional, Told, EachName, EachTold>,
  ...parts: readonly string[]
): Script<Name, Optional, Told, EachName, EachTold> {
  const { keys: required, optionalKeys = [], args: told = [], each } = shape
  const lua = [...locals(shape), ...parts].map((part) => part.trim()).join('\n')
  const text: ScriptText = { name, lua }
  const allKeys: readonly (Name | Optional)[] = [...required, ...optionalKeys]

  function call(
    ...[keys, args, things = []]: Parameters<Script<Name, Optional, Told, EachName, EachTold>>
  ): ScriptCall {
    const made = { script: text, keys: allKeys.map((one): string => keys[one]), args: inOrder(told, args) }
    for (const thing of things) {
      made.keys.push(...(each?.keys ?? []).map((one) => thing[one]))
      made.args.push(...inOrder(each?.args ?? [], thing))
    }
    return made
  }
  return Object.assign(call, { script: text })
}

function locals({
  keys,
  optionalKeys = [],
  args = [],
  each,
}: Shape<KeyName, KeyName, ArgumentName, KeyName, ArgumentName>): string[] {
  const allKeys = [...keys, ...optionalKeys]
  return [
    `local ${allKeys.join(', ')} = unpack(KEYS)`,
    ...optionalKeys.map((key) => `if ${key} == nothing then ${key} = nil end`),
    ...(args.length === 0 ? [] : [`local ${args.join(', ')} = unpack(ARGV)`]),
    ...typed(args),
    ...(each === undefined ? [] : [listOf(each, allKeys.length, args.length)]),
  ]
}

/** Keys and arguments beyond the named ones, one group after the other. */
function listOf(
  { keys, args }: { readonly keys: readonly KeyName[]; readonly args: readonly ArgumentName[] },
  keysBefore: number,
  argsBefore: number,
): string {
  const fields = [...keys.map((key) => `one.${key} = next_key()`), ...args.map((arg) => `one.${arg} = next_arg()`)]
  return `
local each, key_at, arg_at = {}, ${String(keysBefore)}, ${String(argsBefore)}
local function next_key() key_at = key_at + 1 return KEYS[key_at] end
local function next_arg() arg_at = arg_at + 1 return ARGV[arg_at] end
while key_at < #KEYS do
  local one = {}
  ${fields.join('\n  ')}
  each[#each + 1] = one
end`
}

/** Lua that makes locals of numbers that TypeScript knows too. */
export function constants(numbers: Readonly<Record<string, number>>): string {
  return `local ${Object.keys(numbers).join(', ')} = ${Object.values(numbers).join(', ')}`
}
