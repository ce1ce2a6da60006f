import fc from 'fast-check'

import { decideAccess } from '../../../src/cis2/access.js'
import { parseRequirement } from '../../../src/cis2/requirement.js'
import type { Cis2User } from '../../../src/cis2/user.js'
import { roleCountsOf, toAccessSubject, toCis2User } from '../../../src/cis2/user-from-claims.js'
import { isCis2Error } from '../../../src/errors.js'
import { checkedIdToken, checkedUserInfo } from '../../support/checked-claims.js'
import { thrownBy } from '../../support/thrown-by.js'

const ID_TOKEN = {
  sub: '555012345678',
  acr: 'AAL3_ANY',
  amr: ['N3_SMARTCARD'],
  auth_time: 1_790_000_000,
  authentication_assurance_level: '3',
  id_assurance_level: '3',
  selected_roleid: '555077778888',
}

/** The example of a UserInfo answer, with every claim that CIS2 sends. */
const USER_INFO = {
  sub: '555012345678',
  nhsid_useruid: '555012345678',
  uid: '555012345678',
  name: 'Okafor Ngozi Ms',
  title: 'Ms',
  given_name: 'Ngozi',
  middle_names: 'Ada',
  initials: 'N',
  family_name: 'Okafor',
  display_name: 'Ngozi Okafor',
  email: 'ngozi.okafor@example.nhs.net',
  idassurancelevel: '3',
  nhsid_user_orgs: [
    { org_name: 'RIVERSIDE SURGERY', org_code: 'A99901' },
    { org_name: 'NORTH TEST TRUST', org_code: 'RZZ99' },
  ],
  nhsid_nrbac_roles: [
    {
      person_orgid: '555011112222',
      person_roleid: '555098765432',
      org_code: 'A99901',
      role_name: '"Clinical":"Clinical Provision":"Nurse Access Role"',
      role_code: 'S8000:G8000:R8001',
      activities: ['Perform Prescription Preparation', 'View Patient Medication'],
      activity_codes: ['B0278', 'B0401'],
      workgroups: ['Immunisation team', 'Night team'],
      workgroups_codes: ['555033334444'],
      aow: ['"Pathology":"Pathology":"Phlebotomy"'],
      aow_codes: ['P0020:Q0300:T0640'],
    },
    {
      person_orgid: '555055556666',
      person_roleid: '555077778888',
      org_code: 'RZZ99',
      role_name: '"Support":"Support":"Admin/Clinical Support Access Role"',
      role_code: 'S8001:G8002:R8008',
    },
  ],
  gmc_id: 'C9999999',
  gmp_id: 'G9999998',
  nmc_id: '99A9999E',
  gphc_id: '9999999',
  gdc_id: '999999',
  gdp_id: '999998',
  rcn_id: '9999997',
  consultant_id: 'C9999996',
}

const BARE = { sub: '555012345678' }

function userOf(idToken: Readonly<Record<string, unknown>>, userInfo: Readonly<Record<string, unknown>>): Cis2User {
  return toCis2User(checkedIdToken(idToken), checkedUserInfo(userInfo))
}

describe('toCis2User', () => {
  it('reads everything that CIS2 sends', () => {
    const user = userOf(ID_TOKEN, USER_INFO)
    expect(user).toMatchObject({
      sub: '555012345678',
      name: 'Okafor Ngozi Ms',
      displayName: 'Ngozi Okafor',
      title: 'Ms',
      givenName: 'Ngozi',
      middleNames: 'Ada',
      familyName: 'Okafor',
      initials: 'N',
      email: 'ngozi.okafor@example.nhs.net',
      aal: 3,
      identityAssuranceLevel: 3,
      acr: 'AAL3_ANY',
      amr: ['N3_SMARTCARD'],
      authenticator: 'smartcard',
      authenticatedAt: 1_790_000_000,
      selectedRole: { id: '555077778888', jobRole: 'R8008' },
      organisations: [
        { code: 'A99901', name: 'RIVERSIDE SURGERY' },
        { code: 'RZZ99', name: 'NORTH TEST TRUST' },
      ],
      professionalIds: {
        gmc: 'C9999999',
        gmp: 'G9999998',
        nmc: '99A9999E',
        gphc: '9999999',
        gdc: '999999',
        gdp: '999998',
        rcn: '9999997',
        consultant: 'C9999996',
      },
    })
    expect(user.roles).toHaveLength(2)
  })

  it('makes do with the least that CIS2 can send', () => {
    const least = { sub: '555012345678', auth_time: 0, authentication_assurance_level: 2 }
    expect(userOf(least, BARE)).toEqual({
      sub: '555012345678',
      name: '555012345678',
      aal: 2,
      identityAssuranceLevel: 0,
      amr: [],
      authenticatedAt: 0,
      roles: [],
      organisations: [],
      professionalIds: {},
    })
  })

  it.each([
    [{ display_name: 'Ngozi Okafor', given_name: 'x' }, 'Ngozi Okafor'],
    [{ given_name: 'Ngozi', family_name: 'Okafor' }, 'Ngozi Okafor'],
    [{ family_name: 'Okafor' }, 'Okafor'],
    [{ name: '  ' }, '555012345678'],
    [{ name: ['Ngozi'] }, '555012345678'],
  ])('names a user without name by what there is: %j', (claims, name) => {
    expect(userOf(ID_TOKEN, { ...BARE, ...claims }).name).toBe(name)
  })

  it.each([undefined, '', ' ', '555', 555077778888, ['555077778888'], { id: '555077778888' }, null])(
    'ROLE-1 has no selected role when selected_roleid is %j, and never simply the first',
    (selected_roleid) => {
      expect(userOf({ ...ID_TOKEN, selected_roleid }, USER_INFO)).not.toHaveProperty('selectedRole')
    },
  )

  it('takes sub, level and selected role from the signed ID token alone', () => {
    const claims = { ...USER_INFO, sub: 'x', authentication_assurance_level: '1', selected_roleid: '555098765432' }
    expect(userOf(ID_TOKEN, claims)).toMatchObject({
      sub: '555012345678',
      aal: 3,
      selectedRole: { id: '555077778888' },
    })
  })

  it('CLM-6 goes by sub, whatever uid and nhsid_useruid say', () => {
    expect(userOf(ID_TOKEN, { ...BARE, uid: 'other', nhsid_useruid: 'other' }).sub).toBe('555012345678')
  })

  it.each([
    { reason: 'claims', claims: { sub: undefined } },
    { reason: 'claims', claims: { sub: '' } },
    { reason: 'claims', claims: { sub: 5 } },
    { reason: 'claims', claims: { sub: '__proto__' } },
    { reason: 'assurance', claims: { authentication_assurance_level: undefined } },
    { reason: 'assurance', claims: { authentication_assurance_level: '4' } },
    { reason: 'auth-time', claims: { auth_time: undefined } },
    { reason: 'auth-time', claims: { auth_time: '1790000000' } },
    { reason: 'auth-time', claims: { auth_time: -1 } },
    { reason: 'auth-time', claims: { auth_time: 1.5 } },
  ])('is not made of an ID token with $claims', ({ reason, claims }) => {
    const times = { iat: ID_TOKEN.auth_time, exp: ID_TOKEN.auth_time + 60 }
    const refused = thrownBy(() => userOf({ ...ID_TOKEN, ...times, ...claims }, BARE))
    expect(refused).toMatchObject({ code: 'CIS2_SIGN_IN_REFUSED' })
    // Without a time the check goes by another clock than the test's.
    if (reason !== 'auth-time') expect(refused).toMatchObject({ reason })
  })

  it('takes nothing but what the checks have made', () => {
    // @ts-expect-error claims that nobody has checked
    const unchecked: Parameters<typeof toCis2User>[0] = { ...ID_TOKEN }
    // @ts-expect-error the same of UserInfo
    const uncheckedInfo: Parameters<typeof toCis2User>[1] = { claims: USER_INFO }
    expect([unchecked, uncheckedInfo]).toHaveLength(2)
  })

  it('ROLE-6 is frozen all the way down', () => {
    const user = userOf(ID_TOKEN, USER_INFO)
    expect(() => (user.roles as unknown[]).push({})).toThrow(TypeError)
    expect(() => Object.assign(user.selectedRole ?? {}, { jobRole: 'R8000' })).toThrow(TypeError)
    expect(() => (user.amr as string[]).push('x')).toThrow(TypeError)
    expect(() => Object.assign(user.professionalIds, { gmc: 'x' })).toThrow(TypeError)
  })

  it.each([
    '{"__proto__":{"polluted":true}}',
    '{"constructor":{"prototype":{"polluted":true}}}',
    '{"nhsid_nrbac_roles":[{"__proto__":{"polluted":true,"role_code":"R8000","person_roleid":"555077778888","org_code":"A"}}]}',
    '{"nhsid_user_orgs":[{"org_code":"__proto__","org_name":"polluted"}]}',
    '{"nhsid_nrbac_roles":[{"person_roleid":"__proto__","role_code":"__proto__","org_code":"constructor"}]}',
  ])('CLM-1 M21 is not polluted by %s', (json) => {
    const claims = JSON.parse(json) as Record<string, unknown>
    const user = userOf(ID_TOKEN, { ...claims, sub: '555012345678' })
    expect(Object.getPrototypeOf(user)).toBe(Object.prototype)
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
    expect(Object.assign({}, user)).not.toHaveProperty('polluted')
    expect(user).not.toHaveProperty('selectedRole')
  })

  it('CLM-1 M20 drops claims that are named like members of a session', () => {
    const claims = { ...BARE, save: 'x', destroy: 'x', touch: 'x', cookie: 'x', id: 'x', req: 'x', toJSON: 'x' }
    expect(Object.keys(userOf(ID_TOKEN, claims)).sort()).toEqual(Object.keys(userOf(ID_TOKEN, BARE)).sort())
  })

  it.each([
    '\0',
    'a\r\nSet-Cookie: x',
    '\u001b[31m',
    '\u202e',
    '<script>',
    '${jndi:ldap://x}',
    '{{7*7}}',
    '😀',
    '\ud800',
  ])('CLM-4 keeps a name byte for byte: %j', (name) => {
    expect(userOf(ID_TOKEN, { ...BARE, name }).name).toBe(name)
  })

  it('CLM-9 identifies nobody by e-mail', () => {
    const one = userOf(ID_TOKEN, { ...BARE, email: 'a@example.nhs.net' })
    const other = userOf(ID_TOKEN, { ...BARE, email: 'b@example.nhs.net' })
    expect(one.sub).toBe(other.sub)
    expect(toAccessSubject(one)).toEqual(toAccessSubject(other))
  })

  it('CLM-12 is pure and total: any claims give a user of the right shape or a typed error', () => {
    // As JSON is read again after it was written: 0, and never -0.
    const json = fc.jsonValue({ maxDepth: 4 }).map((value): unknown => JSON.parse(JSON.stringify(value)))
    const claims = fc.record(
      Object.fromEntries(
        [...Object.keys(ID_TOKEN), ...Object.keys(USER_INFO)].map((name) => [
          name,
          fc.oneof(fc.constant((USER_INFO as Record<string, unknown>)[name]), json),
        ]),
      ),
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(claims, claims, (idToken, userInfo) => {
        const before = JSON.stringify([idToken, userInfo])
        const result = attempt({ ...ID_TOKEN, ...idToken }, userInfo)
        expect(JSON.stringify([idToken, userInfo])).toBe(before)
        if (result === undefined) return
        expect([1, 2, 3]).toContain(result.aal)
        expect([0, 1, 2, 3]).toContain(result.identityAssuranceLevel)
        expect(typeof result.name).toBe('string')
        expect(decideAccess(toAccessSubject(result), parseRequirement({}), 0)).toEqual({ outcome: 'pass' })
        expect(JSON.parse(JSON.stringify(result))).toEqual(result)
      }),
      { numRuns: 400 },
    )
  })

  function attempt(idToken: Record<string, unknown>, userInfo: Record<string, unknown>) {
    try {
      return userOf(idToken, userInfo)
    } catch (error) {
      expect(isCis2Error(error)).toBe(true)
      return undefined
    }
  }
})

describe('toAccessSubject', () => {
  it('keeps what the guard reads, with codes and names of workgroups alike', () => {
    const user = userOf({ ...ID_TOKEN, selected_roleid: '555098765432' }, USER_INFO)
    expect(toAccessSubject(user)).toEqual({
      sub: '555012345678',
      aal: 3,
      authenticatedAt: 1_790_000_000,
      selectedRole: {
        id: '555098765432',
        code: 'S8000:G8000:R8001',
        jobRole: 'R8001',
        organisation: 'A99901',
        activities: ['B0278', 'B0401'],
        workgroups: ['Immunisation team', 'Night team', '555033334444', '555033334444'],
      },
    })
  })

  it('pairs codes and names of workgroups where they are parallel', () => {
    const [role] = USER_INFO.nhsid_nrbac_roles
    const roles = { ...role, workgroups: ['Night team'], workgroups_codes: ['5550'] }
    const user = userOf({ ...ID_TOKEN, selected_roleid: role?.person_roleid }, { ...BARE, nhsid_nrbac_roles: roles })
    expect(toAccessSubject(user).selectedRole?.workgroups).toEqual(['5550', 'Night team'])
  })

  it('has no role where none was selected', () => {
    expect(toAccessSubject(userOf(ID_TOKEN, BARE))).toEqual({
      sub: '555012345678',
      aal: 3,
      authenticatedAt: 1_790_000_000,
    })
  })
})

describe('roleCountsOf', () => {
  const [nurse, clerk] = USER_INFO.nhsid_nrbac_roles

  it.each([
    { roles: [nurse, clerk], counts: { sent: 2, read: 2, selectedFound: true } },
    { roles: [nurse, { ...clerk, role_code: '' }], counts: { sent: 2, read: 1, selectedFound: false } },
    { roles: [clerk, clerk, { ...nurse, person_roleid: 7 }, 'x'], counts: { sent: 4, read: 2, selectedFound: true } },
    { roles: clerk, counts: { sent: 1, read: 1, selectedFound: true } },
    { roles: null, counts: { sent: 0, read: 0, selectedFound: false } },
  ])('FIELD-32 counts $counts', ({ roles, counts }) => {
    const userInfo = checkedUserInfo({ ...BARE, nhsid_nrbac_roles: roles })
    expect(roleCountsOf(userInfo, toCis2User(checkedIdToken(ID_TOKEN), userInfo))).toEqual(counts)
  })
})
