/** Keeps secrets out of whatever prints a configuration. */
import { inspect } from 'node:util'

/**
 * Freezes an object, and hides members of it from `util.inspect`, `console.log`, `console.dir` and `JSON.stringify`.
 * The members themselves are read as before.
 *
 * @param hidden - What is shown in place of each hidden member.
 */
export function conceal<T extends object>(object: T, hidden: Partial<Record<keyof T, string>>): Readonly<T> {
  const shown = { ...object, ...hidden }
  const names = Object.keys(hidden) as (keyof T)[]
  for (const name of names) {
    const value = object[name]
    // A getter, because `console.dir` ignores custom inspection, but calls no getters.
    Object.defineProperty(object, name, { get: () => value, enumerable: true, configurable: false })
  }
  Object.defineProperties(object, {
    toJSON: { value: () => shown },
    [inspect.custom]: { value: () => shown },
  })
  return Object.freeze(object)
}
