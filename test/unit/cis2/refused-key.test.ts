import type { AccessSubject } from '../../../src/cis2/access-subject.js'
import { shortKey } from '../../../src/cis2/access.js'
import { refusedKey } from '../../../src/cis2/refused-key.js'
import { parseRequirement, type Requirement } from '../../../src/cis2/requirement.js'

const NURSE: AccessSubject = {
  sub: '555012345678',
  aal: 2,
  authenticatedAt: 1_790_000_000,
  selectedRole: {
    ...{ id: '555098765432', code: 'S8000:G8000:R8001', jobRole: 'R8001', organisation: 'A99901' },
    ...{ activities: ['B0278'], workgroups: [] },
  },
}

const no = () => false
const alsoNo = () => false
const yes = () => true

const RESULTS = new Map([
  [no, false],
  [alsoNo, false],
  [yes, true],
])

describe('the key that refused', () => {
  it.each<[Requirement, string]>([
    [{ roles: ['R8000'] }, 'roles'],
    [{ roles: ['R8001'], activities: ['B9999'] }, 'activities'],
    [{ organisations: ['RXX'], roles: ['R8001'] }, 'organisations'],
    [{ workgroups: ['Ward 3'] }, 'workgroups'],
    [{ roles: ['R8001'], check: no }, 'check'],
    [{ anyOf: [{ roles: ['R8000'] }, { activities: ['B9999'] }] }, 'anyOf'],
    [{ anyOf: [{ roles: ['R8000'] }, { check: no }] }, 'anyOf'],
    [{ organisations: ['RXX'], anyOf: [{ roles: ['R8001'] }, { activities: ['B9999'] }] }, 'organisations'],
    [{ check: no, anyOf: [{ aal: 2 }, { aal: 1 }] }, 'check'],
    [{ check: yes, anyOf: [{ check: no }, { check: alsoNo }] }, 'anyOf'],
  ])('of %j is %s', (requirement, key) => {
    expect(refusedKey(NURSE, parseRequirement(requirement), RESULTS)).toBe(key)
  })

  it('of a user without a selected role is the first that is judged on it', () => {
    const { selectedRole: _role, ...roleless } = NURSE
    expect(refusedKey(roleless, parseRequirement({ activities: ['B0278'] }), new Map())).toBe('activities')
  })

  it('is none where nothing refused', () => {
    expect(refusedKey(NURSE, parseRequirement({ roles: ['R8001'], check: yes }), RESULTS)).toBeUndefined()
  })

  it('of a sign-in that is not enough is the level, and else its age', () => {
    expect(shortKey(NURSE, { aal: 3, maxAuthAgeSeconds: 60 })).toBe('aal')
    expect(shortKey(NURSE, { aal: 2, maxAuthAgeSeconds: 60 })).toBe('maxAuthAgeSeconds')
    expect(shortKey(NURSE, { maxAuthAgeSeconds: 60 })).toBe('maxAuthAgeSeconds')
  })
})
