import { recordOfUser, userOfRecord } from '../../../src/cis2/user-record.js'
import { toCis2User } from '../../../src/cis2/user-from-claims.js'
import { aUser } from '../../../src/testing/a-user.js'
import { checkedIdToken, checkedUserInfo } from '../../support/checked-claims.js'
import { manyRoles } from '../../support/many-roles.js'
import { thrownBy } from '../../support/thrown-by.js'

const SUB = '555012345678'
const ID_TOKEN = { sub: SUB, auth_time: 1_790_000_000, authentication_assurance_level: '3', id_assurance_level: '3' }

function userWith(roleCount: number, selected = 0) {
  const { roles, organisations } = manyRoles(roleCount)
  const userInfo = { sub: SUB, name: 'Okafor Ngozi Ms', nhsid_nrbac_roles: roles, nhsid_user_orgs: organisations }
  const user = toCis2User(
    checkedIdToken({ ...ID_TOKEN, selected_roleid: roles[selected]?.person_roleid }),
    checkedUserInfo(userInfo),
  )
  return { user, userInfo }
}

describe('recordOfUser', () => {
  it.each([
    ['a nurse', aUser()],
    ['somebody without a role', aUser({ role: null })],
    ['a selected role that is not among the roles', { ...aUser({ role: 'R8000' }), roles: aUser().roles }],
    ['no role, one selected', { ...aUser({ role: 'R8000' }), roles: [] }],
    [
      'names that look alike',
      aUser({
        role: {
          code: 'R8000',
          activities: [
            'B0278',
            { code: 'B0278', name: 'Prescribe' },
            { code: 'B0278,Prescribe' },
            { code: '["B0278"]' },
          ],
          areasOfWork: [{ code: 'a\0b' }, { code: 'a', name: 'b' }, { code: '__proto__' }],
          workgroups: ['a', { name: 'a', code: 'b' }, { name: 'b', code: 'a' }, 'constructor'],
        },
      }),
    ],
    ['many roles', userWith(40, 17).user],
    ['odd text', { ...aUser(), name: 'a\ud800\u2028"\\' }],
  ])('comes back as it was: %s', (_who, user) => {
    expect(userOfRecord(recordOfUser(user))).toEqual(user)
  })

  it('keeps a selected role that is among the roles once', () => {
    const text = recordOfUser(userWith(40, 17).user)
    expect((JSON.parse(text) as { roles: unknown[] }).roles).toHaveLength(40)
    const { roles, selectedRole } = userOfRecord(text)
    expect(selectedRole).toBe(roles[17])
  })

  it('does not take a damaged record for a user', () => {
    const damaged = recordOfUser(aUser()).replace(/"selected":\d+/, '"selected":99')
    expect(() => userOfRecord(damaged)).toThrow(RangeError)
  })

  it('ROLE-6 comes back frozen all the way down', () => {
    const user = userOfRecord(recordOfUser(userWith(2).user))
    for (const object of [
      user,
      user.roles,
      user.roles[0],
      user.roles[0]?.activities,
      user.selectedRole?.organisation,
    ]) {
      expect(Object.isFrozen(object)).toBe(true)
    }
  })

  it('FIELD-29 keeps every name once: it grows by a fifth of what UserInfo grows by', () => {
    const sizes = [40, 100, 300].map((count) => {
      const { user, userInfo } = userWith(count)
      return { record: recordOfUser(user).length, userInfo: JSON.stringify(userInfo).length }
    })
    for (const [index, { record, userInfo }] of sizes.entries()) {
      expect(record).toBeLessThan(userInfo / 3)
      const before = sizes[index - 1]
      if (before === undefined) continue
      expect(record - before.record).toBeLessThan((userInfo - before.userInfo) / 5)
    }
  })

  it('CLM-3 refuses a person of more than 64 KB, and a whole of more than 512 KB', () => {
    const named = (name: string) => aUser({ name })
    expect(thrownBy(() => recordOfUser(named('é'.repeat(33_000))))).toMatchObject({ reason: 'too-large' })
    expect(userOfRecord(recordOfUser(named('é'.repeat(30_000)))).name).toHaveLength(30_000)
    const many = (count: number) => {
      const activities = Array.from({ length: count }, (_, index) => ({ code: String(index), name: 'n'.repeat(1000) }))
      return aUser({ role: { activities } })
    }
    expect(thrownBy(() => recordOfUser(many(550)))).toMatchObject({ reason: 'too-large' })
    expect(userOfRecord(recordOfUser(many(500)))).toEqual(many(500))
  })
})
