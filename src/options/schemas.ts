/** Kinds of values that several options share. */
import { z } from 'zod'

import { damageOf } from './damaged-text.js'

const MISSING = 'is missing or empty; is its environment variable set?'

/** Text that usually comes from an environment variable, where it may be missing. */
export const environmentText = z
  .string({ error: (issue) => (issue.input === undefined ? MISSING : 'must be text') })
  .min(1, { error: MISSING, abort: true })
  .refine((text) => text === text.trim(), 'begins or ends with white space')
  .refine((text) => damageOf(text) === undefined, {
    error: ({ input }) => damageOf(String(input)),
    abort: true,
  })

/** A switch. */
export function flag(byDefault: boolean) {
  return z.boolean('must be true or false').default(byDefault)
}

/** A whole number within bounds. */
export function wholeNumber(byDefault: number, least: number, greatest: number) {
  const message = `must be a whole number from ${least} to ${greatest}`
  return z.int(message).min(least, message).max(greatest, message).default(byDefault)
}

/** One of several values. */
export function oneOf<const Value extends string | number | false>(values: readonly Value[]) {
  const shown = values.map((value) => JSON.stringify(value)).join(', ')
  return z.literal(values, `must be one of ${shown}`)
}

/** A function of the application's; its signature is the compiler's to check. */
export function callable<Callable>() {
  return z.custom<Callable>((value) => typeof value === 'function', 'must be a function')
}
