/** Reads what a developer wrote as an object: options, a guard's requirement, the details of a test's user alike. */
import { nearestName } from './nearest-name.js'

export interface Expected {
  readonly known: readonly string[]
  /** The beginning of the sentence about a member that is none: `"role" is not a key`. The name is cut to 64 characters. */
  readonly unknown: (name: string) => string
  /** Whatever the object owns counts, symbols and `__proto__` too: nothing of a guard may be overlooked. */
  readonly strict?: boolean
  /** Where a name belongs that is right at another level; undefined when it belongs nowhere. */
  readonly placeOf?: (name: string, known: readonly string[]) => string | undefined
}

/** The own members of an object whose names are known; every other one is a problem, with the nearest known name. */
export function readMembers(
  value: Readonly<Record<string, unknown>>,
  { known, unknown, strict = false, placeOf }: Expected,
  problems: string[],
): ReadonlyMap<string, unknown> {
  const members = new Map<string, unknown>()
  // `__proto__` as a name is a gift of JSON, and reaches nothing.
  const names = strict ? Reflect.ownKeys(value).map(String) : Object.keys(value).filter((name) => name !== '__proto__')
  for (const name of names) {
    if (known.includes(name)) members.set(name, value[name])
    else {
      const meant = placeOf?.(name, known) ?? nearestName(name, known) ?? ''
      problems.push(`${unknown(name.slice(0, 64))}; did you mean "${meant}"?`)
    }
  }
  return members
}
