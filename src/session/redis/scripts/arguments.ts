/** What scripts are told, by name: one name means the same in every script, and always travels in the same way. */

/** `number` arrives in Lua as a number, `flag` as a boolean, the rest as text; bytes that are none arrive as ''. */
const KINDS = {
  /** Epoch milliseconds. */
  now: 'number',
  /** How long a session lives after this read, in milliseconds; 0: it does not slide. */
  idle: 'number',
  /** First idle deadline of a new session, in epoch milliseconds. */
  ends: 'number',
  /** Last moment of a session, in epoch milliseconds. */
  absolute: 'number',
  /** A deadline that a read has granted, in epoch milliseconds. */
  granted: 'number',
  /** Of the key that is written, in milliseconds. */
  lifetime: 'number',
  /** How long sign-ins are refused, in milliseconds; 0: they are not. */
  bar: 'number',
  /** How long the claim of a `sid` stands, in milliseconds; 0: it is claimed elsewhere. */
  claimFor: 'number',
  /** `auth_time`, in epoch seconds. */
  authTime: 'number',
  /** Sign-ins before this `auth_time` have most likely no session any more. */
  oldestAuthTime: 'number',
  /** Only sessions whose `auth_time` is not after this, in epoch seconds; Infinity: all. */
  upTo: 'number',
  /** What was heard of endings before, as their list numbers them. */
  since: 'number',
  /** Whether the user's other sessions are to end. */
  alone: 'flag',
  /** Of a session. */
  name: 'text',
  /** Which application a session is for. */
  application: 'text',
  tag: 'text',
  sidName: 'text',
  /** Why a session ends. */
  reason: 'text',
  /** Mark of one attempt: at a logout token, at an API token. */
  attempt: 'text',
  small: 'bytes',
  user: 'bytes',
  tokens: 'bytes',
  note: 'bytes',
  appData: 'bytes',
  /** What stood in a session's API token when it was looked at. */
  seen: 'bytes',
  /** What stands there while somebody has the turn. */
  kept: 'bytes',
  /** What stands there from now on. */
  token: 'bytes',
  /** A sign-in under way. */
  record: 'bytes',
  /** What a callback was answered. */
  answer: 'bytes',
} as const satisfies Record<string, 'number' | 'flag' | 'text' | 'bytes'>

export type ArgumentName = keyof typeof KINDS

interface Types {
  readonly number: number
  readonly flag: boolean
  readonly text: string
  readonly bytes: Buffer | undefined
}

/** Values for the arguments of a script. */
export type Arguments<Name extends ArgumentName> = { readonly [Each in Name]: Types[(typeof KINDS)[Each]] }

/** As it is sent. */
export type Argument = string | number | Buffer

/** Values in the order in which a script names them. */
export function inOrder<Name extends ArgumentName>(names: readonly Name[], values: Arguments<Name>): Argument[] {
  return names.map((name) => sent(values[name]))
}

function sent(value: number | boolean | string | Buffer | undefined): Argument {
  if (value === undefined) return ''
  if (typeof value === 'boolean') return value ? 1 : 0
  // As Lua and the commands on sorted sets read it.
  return value === Infinity ? '+inf' : value
}

/** Lua that gives arguments their types; their locals are there as text. */
export function typed(names: readonly ArgumentName[]): string[] {
  return names.flatMap((name) => {
    if (KINDS[name] === 'number') return [`${name} = tonumber(${name})`]
    return KINDS[name] === 'flag' ? [`${name} = ${name} == '1'`] : []
  })
}
