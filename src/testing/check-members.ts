/** Refuses what the test kit would not heed: a misspelt member in a test proves nothing, silently. */
import { isRecord } from '../primitives/is-record.js'
import { readMembers } from '../primitives/read-members.js'
import { TestCis2Error } from './test-cis2-error.js'

/**
 * Throws {@link TestCis2Error} for a member that is not known, with the nearest that is.
 *
 * @param taker - Who takes the members, for the message: `startTestCis2()`.
 */
export function checkMembers(value: unknown, known: Readonly<Record<string, true>>, taker: string): void {
  const names = Object.keys(known)
  if (!isRecord(value)) throw new TestCis2Error(`${taker} takes an object with ${names.join(' and ')}.`)
  const problems: string[] = []
  readMembers(value, { known: names, unknown: (name) => `${taker} does not know "${name}"` }, problems)
  if (problems.length > 0) throw new TestCis2Error(problems.join(' '))
}
