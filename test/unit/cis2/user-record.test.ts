import { recordOfUser, userOfRecord } from '../../../src/cis2/user-record.js'
import { toCis2User } from '../../../src/cis2/user-from-claims.js'
import type { Cis2User } from '../../../src/cis2/user.js'
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
    expect(userOfRecord(recordOfUser(user))).toStrictEqual(user)
  })

  it('keeps a selected role that is among the roles once', () => {
    const text = recordOfUser(userWith(40, 17).user)
    expect((JSON.parse(text) as { roles: unknown[] }).roles).toHaveLength(40)
    const { roles, selectedRole } = userOfRecord(text)
    expect(selectedRole).toBe(roles[17])
  })

  it('holds each part once, in tables, and nothing beside them', () => {
    const { roles: _roles, selectedRole: _selected, organisations: _organisations, ...facts } = aUser()
    const role = {
      id: '1',
      code: 'S8000:G8000:R8001',
      jobRole: 'R8001',
      name: 'Nurse',
      organisation: { code: 'A1', name: 'One' },
      activities: [{ code: 'B1' }],
      areasOfWork: [{ code: 'B1' }],
      workgroups: [{ name: 'Team' }, { name: 'Other', code: '2' }],
    }
    const selectedRole = { ...role, id: '2' }
    const user = { ...facts, roles: [role, selectedRole], selectedRole, organisations: [role.organisation] }
    expect(JSON.parse(recordOfUser(user))).toStrictEqual({
      facts,
      organisations: [0],
      roles: [
        ['1', 0, 0, [1], [1], [0, 1]],
        ['2', 0, 0, [1], [1], [0, 1]],
      ],
      held: 2,
      selected: 1,
      kinds: [['S8000:G8000:R8001', 'R8001', 'Nurse']],
      coded: [['A1', 'One'], ['B1']],
      workgroups: [['Team'], ['Other', '2']],
    })
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

  it('CLM-3 takes 64 KB of a person, and 512 KB of the whole, to the byte', () => {
    const bytesOf = (user: Cis2User) => Buffer.byteLength(recordOfUser(user))
    const { roles, selectedRole: _selected, organisations, ...facts } = aUser({ role: null })
    const named = (length: number) => ({ ...facts, name: 'n'.repeat(length), roles, organisations })
    const room = 65_536 - Buffer.byteLength(JSON.stringify({ ...facts, name: '' }))
    expect(bytesOf(named(room))).toBeGreaterThan(65_536)
    expect(thrownBy(() => recordOfUser(named(room + 1)))).toMatchObject({ reason: 'too-large' })
    const many = (length: number) => ({ ...named(1), organisations: [{ code: 'A1', name: 'n'.repeat(length) }] })
    const roomInAll = 524_288 - bytesOf(many(0))
    expect(bytesOf(many(roomInAll))).toBe(524_288)
    expect(thrownBy(() => recordOfUser(many(roomInAll + 1)))).toMatchObject({ reason: 'too-large' })
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
    const user = many(500)
    expect(userOfRecord(recordOfUser(user))).toStrictEqual(user)
  })
})
