/** Texts of flags to values; what cannot be one ends the command with exit code 2. */
import { InvalidArgumentError } from 'commander'

export function port(text: string): number {
  return wholeNumber(text, 0, 65_535)
}

/** Length of an RSA key. */
export function bits(text: string): number {
  // NIST SP 800-57 part 1: less than 2048 no longer protects; more than 16384 takes minutes to make.
  return wholeNumber(text, 2_048, 16_384)
}

/** `name`, or `name=value` for a variant, added to those before it. */
export function fault(
  text: string,
  before: Readonly<Record<string, true | string | number>>,
): Record<string, true | string | number> {
  const [name = '', ...rest] = text.split('=')
  const value = rest.join('=')
  const isNumber = /^-?\d{1,9}(\.\d{1,9})?$/.test(value)
  return { ...before, [name]: value === '' ? true : isNumber ? Number(value) : value }
}

/** One more text of a flag that may be repeated. */
export function repeated(text: string, before: readonly string[] = []): string[] {
  return [...before, text]
}

function wholeNumber(text: string, least: number, greatest: number): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= greatest) return value
  throw new InvalidArgumentError(`It must be a whole number from ${least} to ${greatest}.`)
}
