import { describe, expect, it } from '@jest/globals'

import { toAccessSubject } from '../../../src/cis2/user-from-claims.js'
import type { Cis2User } from '../../../src/cis2/user.js'
import { aUser, type UserDetails } from '../../../src/testing/index.js'
import { thrownBy } from '../../support/thrown-by.js'

describe('aUser', () => {
  it('is a nurse who signed in this second with a smartcard, unless told otherwise', () => {
    const before = Math.floor(Date.now() / 1000)
    const user = aUser()
    expect(user).toMatchObject({
      sub: '555000000001',
      name: 'Alex Example',
      aal: 3,
      identityAssuranceLevel: 3,
      authenticator: 'smartcard',
      organisations: [{ code: 'A99901', name: 'RIVERSIDE SURGERY' }],
      professionalIds: {},
    })
    expect(user.selectedRole).toEqual({
      id: '555000010101',
      code: 'S8000:G8000:R8001',
      jobRole: 'R8001',
      name: 'Nurse Access Role',
      organisation: { code: 'A99901', name: 'RIVERSIDE SURGERY' },
      activities: [],
      areasOfWork: [],
      workgroups: [],
    })
    expect(user.roles).toEqual([user.selectedRole])
    expect(user.authenticatedAt).toBeGreaterThanOrEqual(before)
  })

  it('is frozen to the bottom', () => {
    const { organisation } = aUser().selectedRole ?? {}
    expect(Object.isFrozen(aUser())).toBe(true)
    expect(Object.isFrozen(organisation)).toBe(true)
  })

  it.each([
    [1, 'password', 'AAL1_USERPASS'],
    [2, 'microsoft-authenticator', 'AAL2_OR_AAL3_ANY'],
    [3, 'smartcard', 'AAL3_ANY'],
  ] as const)('signed in at AAL%s in the usual way', (aal, authenticator, acr) => {
    expect(aUser({ aal })).toMatchObject({ aal, authenticator, acr })
  })

  it('takes a role as a code, in full or in part, or in detail', () => {
    expect(aUser({ role: 'R8000' }).selectedRole).toMatchObject({ code: 'S8000:G8000:R8000' })
    expect(aUser({ role: 'S8001:G8002:R8008' }).selectedRole).toMatchObject({ jobRole: 'R8008' })
    const role = {
      id: '1',
      code: 'R9999',
      name: 'Other Role',
      organisation: { code: 'RZZ99', name: 'NORTH' },
      activities: ['B0278', { code: 'B0401', name: 'View' }],
      areasOfWork: ['P1'],
      workgroups: ['Team', { name: 'Ward', code: '7' }],
    }
    expect(aUser({ role }).selectedRole).toEqual({
      ...role,
      code: 'S8000:G8000:R9999',
      jobRole: 'R9999',
      activities: [{ code: 'B0278' }, { code: 'B0401', name: 'View' }],
      areasOfWork: [{ code: 'P1' }],
      workgroups: [{ name: 'Team' }, { name: 'Ward', code: '7' }],
    })
  })

  it('gives an unknown role its code as a name, and an organisation no name', () => {
    expect(aUser({ role: { code: 'R9999', organisation: 'RZZ99' } }).selectedRole).toMatchObject({
      name: 'R9999',
      organisation: { code: 'RZZ99' },
    })
  })

  it('has no selected role when told null', () => {
    expect(aUser({ role: null })).not.toHaveProperty('selectedRole')
    expect(aUser({ role: null, roles: ['R8001'] }).roles).toHaveLength(1)
  })

  it('selects one of several roles', () => {
    const user = aUser({ roles: ['R8000', 'R8008'], role: 'R8008' })
    expect(user.roles.map(({ jobRole }) => jobRole)).toEqual(['R8000', 'R8008'])
    expect(user.selectedRole).toBe(user.roles[1])
  })

  it('selects the only role', () => {
    expect(aUser({ roles: ['R8000'] }).selectedRole).toMatchObject({ jobRole: 'R8000' })
    expect(aUser({ roles: [] })).not.toHaveProperty('selectedRole')
  })

  it('tells roles of one code apart by id, when given', () => {
    const roles = [
      { id: '1', code: 'R8000' },
      { id: '2', code: 'R8000' },
    ]
    expect(aUser({ roles, role: { id: '2' } }).selectedRole).toMatchObject({ id: '2' })
  })

  it('adds the selected role to the others', () => {
    expect(aUser({ roles: ['R8000'], role: 'R8001' }).roles.map(({ jobRole }) => jobRole)).toEqual(['R8001', 'R8000'])
  })

  it('makes a variant of another user', () => {
    const nurse = aUser({ role: 'R8001' })
    expect(aUser({ ...nurse, aal: 2 })).toEqual({ ...nurse, aal: 2 })
  })

  it('does not make up the other parts of a name', () => {
    expect(aUser({ givenName: 'Ada', familyName: 'Own' })).toMatchObject({ name: 'Ada Own' })
    expect(aUser({ familyName: 'Own' })).not.toHaveProperty('email')
    expect(aUser({ name: 'Ada' })).not.toHaveProperty('givenName')
  })

  it('takes the facts as they are given', () => {
    const facts: UserDetails = { sub: '555000000009', title: 'Dr', authenticatedAt: 1, professionalIds: { gmc: 'C1' } }
    expect(aUser(facts)).toMatchObject(facts)
  })

  it('is judged by guards like any other user', () => {
    const subject = toAccessSubject(aUser({ role: { code: 'R8000', activities: ['B0420'] } }))
    expect(subject.selectedRole).toMatchObject({ jobRole: 'R8000', activities: ['B0420'], organisation: 'A99901' })
  })

  it.each<[string, unknown, string]>([
    ['no object', 'R8001', 'aUser() takes an object such as { role: "R8001" }'],
    ['a misspelt name', { rol: 'R8001' }, '"rol" is not known; did you mean "role"?'],
    [
      'a misspelt name in a role',
      { role: { activites: [] } },
      '"role.activites" is not known; did you mean "activities"?',
    ],
    ['a role that is no code', { role: 'nurse' }, 'role must be a code such as R8001 or S8000:G8000:R8001'],
    ['an undefined role', { role: undefined }, 'role must not be undefined; null is "none selected"'],
    ['roles that are no list', { roles: 'R8001' }, 'roles must be a list'],
    ['a wrong role among several', { roles: ['x'] }, 'roles[0] must be a code such as R8001 or S8000:G8000:R8001'],
    [
      'several roles, none selected',
      { roles: ['R8000', 'R8001'] },
      'role must say which of the roles is selected; null is "none selected"',
    ],
    [
      'a role said twice',
      { role: 'R8001', selectedRole: aUser().selectedRole },
      'role and selectedRole say the same: give one of them',
    ],
    ['a level that does not exist', { aal: 4 }, 'aal must be 1, 2 or 3'],
    [
      'an identity level that does not exist',
      { identityAssuranceLevel: 4 },
      'identityAssuranceLevel must be 0, 1, 2 or 3',
    ],
    ['an odd sub', { sub: '' }, 'sub must be a text of at most 255 visible ASCII characters, such as 555000000001'],
    [
      'a time in milliseconds and a half',
      { authenticatedAt: 1.5 },
      'authenticatedAt must be a whole number of epoch seconds',
    ],
    ['a name that is a number', { name: 1 }, 'name must be a text'],
    ['amr that is no list', { amr: 'pwd' }, 'amr must be a list; each must be a text'],
    [
      'organisations without a code',
      { organisations: [{}] },
      'organisations must be a list; each must be { code, name? }',
    ],
    [
      'professional ids that are no texts',
      { professionalIds: { gmc: 1 } },
      'professionalIds must be an object of texts, such as { gmc: "C9999999" }',
    ],
    [
      'workgroups that have no name',
      { role: { workgroups: [{ code: '1' }] } },
      'role.workgroups must be a list; each must be a name or { name, code? }',
    ],
    [
      'activities that are numbers',
      { role: { activities: [1] } },
      'role.activities must be a list; each must be a code or { code, name? }',
    ],
  ])('refuses %s', (_what, details, problem) => {
    expect(thrownBy(() => aUser(details as UserDetails))).toMatchObject({ code: 'CIS2_CONFIG', problems: [problem] })
  })

  it('names every problem at once', () => {
    const details = { aal: 0, name: '' } as unknown as UserDetails
    expect((thrownBy(() => aUser(details)) as { problems: string[] }).problems).toHaveLength(2)
  })

  it('has every member that a user may have', () => {
    const everything: Required<Omit<Cis2User, 'selectedRole' | 'roles' | 'authenticator'>> = {
      sub: '555000000009',
      name: 'Dr Ada Own',
      displayName: 'Ada',
      title: 'Dr',
      givenName: 'Ada',
      middleNames: 'M',
      familyName: 'Own',
      initials: 'M',
      email: 'ada@example.nhs.net',
      aal: 2,
      identityAssuranceLevel: 0,
      acr: '0',
      amr: [],
      authenticatedAt: 0,
      organisations: [],
      professionalIds: {},
    }
    expect(aUser(everything)).toMatchObject(everything)
  })
})
