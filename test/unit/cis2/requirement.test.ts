import { parseRequirement } from '../../../src/cis2/requirement.js'
import { thrownBy } from '../../support/thrown-by.js'

function problemsOf(requirement: unknown): readonly string[] {
  const error = thrownBy(() => parseRequirement(requirement)) as { code: string; problems: readonly string[] }
  expect(error.code).toBe('CIS2_CONFIG')
  return error.problems
}

function withHole<T>(last: T): T[] {
  const list = new Array<T>(1)
  list.push(last)
  return list
}

describe('parseRequirement', () => {
  it('ROLE-4 asks for a sign-in and no more when nothing is given', () => {
    const nothing = {
      alternatives: [{ aal: undefined, maxAuthAgeSeconds: undefined, roleConditions: [], checks: [] }],
      crossOrigin: 'refuse',
      extendSession: true,
    }
    expect(parseRequirement(undefined)).toEqual(nothing)
    expect(parseRequirement({})).toEqual(nothing)
    expect(parseRequirement(Object.create(null))).toEqual(nothing)
  })

  it.each<[string, unknown]>([
    ['null', null],
    ['a number', 3],
    ['text', 'R8000'],
    ['a list', []],
    ['a function', () => true],
    ['a class instance', new Date()],
    ['an object that inherits', Object.create({ aal: 3 })],
    ['a map', new Map()],
    ['an unknown key', { role: ['R8000'] }],
    ['a misspelt key', { AAL: 3 }],
    ['a symbol as key', { [Symbol('aal')]: 3 }],
    ['__proto__ as key', JSON.parse('{"__proto__":{"aal":3}}')],
    ['aal 0', { aal: 0 }],
    ['aal 4', { aal: 4 }],
    ['aal as text', { aal: '3' }],
    ['aal undefined', { aal: undefined }],
    ['no roles', { roles: [] }],
    ['roles undefined', { roles: undefined }],
    ['roles as text', { roles: 'R8000' }],
    ['an empty role', { roles: [''] }],
    ['a role with a space', { roles: ['R8000 '] }],
    ['a role that is a number', { roles: [8000] }],
    ['a hole in roles', { roles: withHole('R8000') }],
    ['a role that is a name', { roles: ['Nurse Access Role'] }],
    ['a role in lower case', { roles: ['r8001'] }],
    ['a role without its job role', { roles: ['S8000:G8000'] }],
    ['a role without its staff group', { roles: ['G8000:R8001'] }],
    ['an activity as a role', { roles: ['B0278'] }],
    ['a role as an activity', { activities: ['R8001'] }],
    ['a role with too many digits', { roles: ['R80011'] }],
    ['an activity with too many digits', { activities: ['B02781'] }],
    ['an activity with a letter before it', { activities: ['XB0278'] }],
    ['an activity that is a name', { activities: ['View Patient Medication'] }],
    ['an organisation in lower case', { organisations: ['a99901'] }],
    ['an organisation that is a name', { organisations: ['RIVERSIDE SURGERY'] }],
    ['an organisation with too much', { organisations: ['A99901-B12345'] }],
    ['a role in an alternative that is a name', { anyOf: [{ roles: ['Nurse'] }] }],
    ['no activities', { activities: [] }],
    ['no organisations', { organisations: [] }],
    ['no workgroups', { workgroups: [] }],
    ['a workgroup without a name', { workgroups: [''] }],
    ['a workgroup with a space before it', { workgroups: [' Ward 3'] }],
    ['a workgroup that is a number', { workgroups: [3] }],
    ['an age below a minute', { maxAuthAgeSeconds: 59 }],
    ['an age with a fraction', { maxAuthAgeSeconds: 60.5 }],
    ['an age as text', { maxAuthAgeSeconds: '60' }],
    ['an age that is not finite', { maxAuthAgeSeconds: Infinity }],
    ['a check that is no function', { check: true }],
    ['check undefined', { check: undefined }],
    ['crossOrigin misspelt', { crossOrigin: 'Allow' }],
    ['crossOrigin true', { crossOrigin: true }],
    ['extendSession as text', { extendSession: 'false' }],
    ['extendSession undefined', { extendSession: undefined }],
    ['no alternatives', { anyOf: [] }],
    ['an empty alternative', { anyOf: [{}] }],
    ['an alternative that is no object', { anyOf: ['R8000'] }],
    ['alternatives that are no list', { anyOf: { roles: ['R8000'] } }],
    ['alternatives in an alternative', { anyOf: [{ anyOf: [{ aal: 3 }] }] }],
    ['crossOrigin in an alternative', { anyOf: [{ aal: 3, crossOrigin: 'allow' }] }],
    ['a hole among alternatives', { anyOf: withHole({ aal: 3 }) }],
  ])('ROLE-4 throws when the route is defined with %s', (_name, requirement) => {
    expect(problemsOf(requirement)).toHaveLength(1)
  })

  it('ROLE-4 names every problem at once, and what a misspelt key was meant to be', () => {
    expect(problemsOf({ role: ['R8000'], aal: 7, anyOf: [{ activities: [] }, { maxAuthAgeSeconds: 1 }] })).toEqual([
      'requirement: "role" is not a key; did you mean "roles"?',
      'aal must be 1, 2 or 3',
      'anyOf[0].activities must be a list of at least one text',
      'anyOf[1].maxAuthAgeSeconds must be a whole number of at least 60',
    ])
  })

  it('says what a code looks like, and takes workgroups by code and by name', () => {
    expect(problemsOf({ roles: ['R8001', 'nurse'], activities: ['278'], organisations: ['rxx'] })).toEqual([
      'roles[1] must be a role code such as R8001 or S8000:G8000:R8001: nothing else matches any user',
      'activities[0] must be an activity code such as B0278: nothing else matches any role',
      'organisations[0] must be an ODS code such as RXX or A81001, in upper-case letters and digits',
    ])
    expect(() =>
      parseRequirement({
        organisations: ['RXX', 'A81001', 'Y12345', '8HK12', 'VM4X0001'],
        workgroups: ['Ward 3, nights'],
      }),
    ).not.toThrow()
  })

  it('takes what the strictest of base and alternative asks for', () => {
    const { alternatives } = parseRequirement({
      aal: 2,
      maxAuthAgeSeconds: 300,
      anyOf: [{ aal: 3 }, { aal: 1, maxAuthAgeSeconds: 60 }, { maxAuthAgeSeconds: 600 }],
    })
    expect(alternatives.map(({ aal, maxAuthAgeSeconds }) => [aal, maxAuthAgeSeconds])).toEqual([
      [3, 300],
      [2, 60],
      [2, 300],
    ])
  })

  it('ROLE-6 cannot be changed afterwards, by itself or through what it was made of', () => {
    const roles = ['R8000']
    const parsed = parseRequirement({ roles })
    roles.push('R8001')
    const [alternative] = parsed.alternatives
    expect([...(alternative?.roleConditions[0]?.accepted ?? [])]).toEqual(['R8000'])
    for (const value of [parsed, parsed.alternatives, alternative, alternative?.roleConditions, alternative?.checks]) {
      expect(Object.isFrozen(value)).toBe(true)
    }
  })

  it('keeps crossOrigin and extendSession as they are given', () => {
    expect(parseRequirement({ crossOrigin: 'allow', extendSession: false })).toMatchObject({
      crossOrigin: 'allow',
      extendSession: false,
    })
    expect(parseRequirement({ crossOrigin: 'refuse', extendSession: true })).toMatchObject({
      crossOrigin: 'refuse',
      extendSession: true,
    })
  })
})
