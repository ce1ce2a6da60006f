/** Which key signs: the first in force, unless the platform has yet to learn of it. */
import type { ParsedSigningKey } from '../options/cis2-config.js'

/** The platform reads an application's key set once an hour. */
const KEY_SET_READ_EVERY_MS = 3_600_000

export interface KeyRing {
  /** Those whose `notBefore` has passed, in the order in which they are tried. */
  inForce(): readonly ParsedSigningKey[]
  /** The platform does not know this one: for an hour the others are tried first. */
  putLast(key: ParsedSigningKey): void
}

export function createKeyRing(keys: readonly ParsedSigningKey[], clock: () => number): KeyRing {
  const lastUntil = new Map<ParsedSigningKey, number>()
  return {
    inForce() {
      const now = clock()
      const inForce = keys.filter(({ notBefore }) => notBefore === undefined || notBefore <= now)
      const isLast = (key: ParsedSigningKey): boolean => (lastUntil.get(key) ?? 0) > now
      return [...inForce.filter((key) => !isLast(key)), ...inForce.filter(isLast)]
    },
    putLast(key) {
      lastUntil.set(key, clock() + KEY_SET_READ_EVERY_MS)
    },
  }
}
