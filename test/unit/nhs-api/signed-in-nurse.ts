/** Whose token the tests of this folder obtain. */
import type { AccessSubject } from '../../../src/cis2/access-subject.js'

/** When she signed in, in epoch milliseconds. */
export const START = Date.UTC(2026, 10, 25, 9)

export const NURSE: AccessSubject = {
  sub: '1',
  aal: 3,
  authenticatedAt: START / 1000,
  selectedRole: { id: '555', code: 'R', jobRole: 'R', organisation: 'A', activities: [], workgroups: [] },
}
