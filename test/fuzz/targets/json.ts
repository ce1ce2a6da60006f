/** UserInfo: JSON of CIS2, and what becomes of it: a user, her record, what the guard reads. */
import type { CheckedIdToken, CheckedUserInfo } from '../../../src/cis2/checked-claims.js'
import { roleCountsOf, toAccessSubject, toCis2User } from '../../../src/cis2/user-from-claims.js'
import { recordOfUser, userOfRecord } from '../../../src/cis2/user-record.js'
import { isCis2Error } from '../../../src/errors.js'
import { parseJsonObject } from '../../../src/outbound/json.js'
import { packText, unpackText } from '../../../src/session/records/user-text.js'
import { hold, type FuzzTarget } from './target.js'

const ROLE = {
  person_roleid: '555',
  person_orgid: '444',
  org_code: 'A20047',
  role_name: '"Clinical":"Clinical Provision":"Nurse Access Role"',
  role_code: 'S8000:G8000:R8001',
  activities: ['Receive Self Claimed LR Alerts'],
  activity_codes: ['B0016'],
  workgroups: ['Ward'],
  workgroups_codes: ['W1'],
  aow: ['Community Health'],
  aow_codes: ['X26'],
}

const idToken = {
  sub: '910000000001',
  sid: undefined,
  expiresAt: 1_900_000_000,
  authenticatedAt: 1_900_000_000,
  aal: 3,
  identityAssuranceLevel: 3,
  acr: 'AAL3_ANY',
  amr: ['N3_SMARTCARD'],
  selectedRoleId: '555',
} as unknown as CheckedIdToken

export const json: FuzzTarget = {
  name: 'json',
  seeds: [
    JSON.stringify({ sub: '910000000001', name: 'A B', given_name: 'A', family_name: 'B', title: 'Ms', email: 'a@b' }),
    JSON.stringify({ sub: '910000000001', nhsid_nrbac_roles: [ROLE, { ...ROLE, person_roleid: '556' }] }),
    JSON.stringify({
      sub: '910000000001',
      nhsid_nrbac_roles: [ROLE],
      nhsid_user_orgs: [{ org_name: 'LEEDS', org_code: 'A20047' }],
      gmc_id: 'C1234567',
      nmc_id: '1',
    }),
    '{"__proto__":{"aal":3},"constructor":1,"nhsid_nrbac_roles":{"length":1}}',
    '[[[[[[[[[["{"]]]]]]]]]]',
    `${'[1,{"a":'.repeat(40)}1${'}]'.repeat(40)}`,
    '\xef\xbb\xbf{}',
    '{"a":"\xed\xa0\x80"}',
  ],
  maxBytes: 6_000,
  run(input) {
    const claims = parseJsonObject(input)
    if (claims === undefined) return
    hold(JSON.stringify(claims) === JSON.stringify(JSON.parse(input.toString())), 'what is read is what JSON says')
    hold(depthOf(claims) <= 64, 'nothing is nested deeper than 64')
    try {
      checkUser({ claims } as CheckedUserInfo)
    } catch (error) {
      if (!(isCis2Error(error) && error.code === 'CIS2_SIGN_IN_REFUSED')) throw error
    }
    hold(!('aal' in {}), 'nothing becomes the prototype of everything')
  },
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}

function checkUser(userInfo: CheckedUserInfo): void {
  const user = toCis2User(idToken, userInfo)
  hold(Object.isFrozen(user) && user.roles.every(Object.isFrozen), 'a user is frozen')
  hold(user.sub === idToken.sub && user.aal === 3, 'who it is, and how strongly, come from the ID token')
  const { selectedRole } = user
  hold(selectedRole === undefined || selectedRole.id === '555', 'the selected role is the one of the ID token')
  const text = recordOfUser(user)
  const stored = userOfRecord(unpackText(packText(text)))
  hold(JSON.stringify(stored) === JSON.stringify(user) || sameMembers(stored, user), 'a stored user is the same user')
  const subject = toAccessSubject(user)
  hold(subject.selectedRole?.code === selectedRole?.code, 'the guard judges the selected role')
  const counts = roleCountsOf(userInfo, user)
  // One that comes twice is read twice, and kept once.
  hold(user.roles.length <= counts.read && counts.read <= counts.sent, 'no role is made up')
}

/** Whatever the order of the members. */
function sameMembers(one: unknown, other: unknown): boolean {
  return sorted(one) === sorted(other)
}

function sorted(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  )
}
