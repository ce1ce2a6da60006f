import { asList, findSelectedRole, ownValue, parseOrganisations, parseRoles, textsOf } from '../../../src/cis2/roles.js'
import type { Cis2Role } from '../../../src/cis2/user.js'
import { SignInRefusedError } from '../../../src/errors.js'
import { cpuMilliseconds } from '../../support/cpu-milliseconds.js'

const NURSE = {
  person_orgid: '555011112222',
  person_roleid: '555098765432',
  org_code: 'A99901',
  role_name: '"Clinical":"Clinical Provision":"Nurse Access Role"',
  role_code: 'S8000:G8000:R8001',
  activities: ['Perform Prescription Preparation', 'View Patient Medication'],
  activity_codes: ['B0278', 'B0401'],
  workgroups: ['Immunisation team'],
  workgroups_codes: ['555033334444'],
  aow: ['"Pathology":"Pathology":"Phlebotomy"'],
  aow_codes: ['P0020:Q0300:T0640'],
}

const ADMIN = {
  person_orgid: '555055556666',
  person_roleid: '555077778888',
  org_code: 'RZZ99',
  role_name: '"Support":"Support":"Admin/Clinical Support Access Role"',
  role_code: 'S8001:G8002:R8008',
}

const ORGANISATIONS = [{ code: 'A99901', name: 'RIVERSIDE SURGERY' }]

function onlyRole(entry: unknown): Cis2Role | undefined {
  const [role, ...others] = parseRoles([entry], ORGANISATIONS)
  expect(others).toStrictEqual([])
  return role
}

function reasonOf(run: () => unknown): string | undefined {
  try {
    run()
  } catch (error) {
    return error instanceof SignInRefusedError ? error.reason : String(error)
  }
  return undefined
}

describe('ownValue', () => {
  it.each([undefined, null, 'text', 7, true, () => {}, ['a'], Object.create({ length: 1 })])(
    'is none of what is no claim object: %p',
    (object) => {
      expect(ownValue(object, Array.isArray(object) ? 'a' : 'length')).toBeUndefined()
    },
  )

  it('is what the object itself has', () => {
    expect(ownValue({ length: 3 }, 'length')).toBe(3)
  })
})

describe('asList', () => {
  it.each([
    [undefined, []],
    [null, []],
    [[], []],
    [
      [1, 2],
      [1, 2],
    ],
    [{ a: 1 }, [{ a: 1 }]],
    ['text', ['text']],
    [false, [false]],
  ])('takes %p as the list %p', (claim, list) => {
    expect(asList(claim)).toStrictEqual(list)
  })
})

describe('textsOf', () => {
  it('leaves out what is no text', () => {
    expect(textsOf(['a', 1, '', ' ', null, ['b'], 'b'])).toStrictEqual(['a', 'b'])
    expect(textsOf('a')).toStrictEqual(['a'])
  })
})

describe('parseOrganisations', () => {
  it.each([
    ['a list', [{ org_code: 'A99901', org_name: 'RIVERSIDE SURGERY' }]],
    ['a single object', { org_code: 'A99901', org_name: 'RIVERSIDE SURGERY' }],
    [
      'a list with odd entries',
      [
        null,
        'A1',
        7,
        [],
        {},
        { org_name: 'NAMELESS' },
        { org_code: 5 },
        { org_code: 'A99901', org_name: 'RIVERSIDE SURGERY' },
      ],
    ],
    [
      'repeated codes',
      [
        { org_code: 'A99901', org_name: 'RIVERSIDE SURGERY' },
        { org_code: 'A99901', org_name: 'OTHER' },
      ],
    ],
  ])('reads %s', (_shape, claim) => {
    expect(parseOrganisations(claim)).toStrictEqual(ORGANISATIONS)
  })

  it('leaves out a name that is missing or no text', () => {
    expect(
      parseOrganisations([{ org_code: 'A' }, { org_code: 'B', org_name: 5 }, { org_code: 'C', org_name: '' }]),
    ).toStrictEqual([{ code: 'A' }, { code: 'B' }, { code: 'C' }])
  })
})

describe('parseRoles', () => {
  it('reads a role in full', () => {
    expect(onlyRole(NURSE)).toStrictEqual({
      id: '555098765432',
      code: 'S8000:G8000:R8001',
      jobRole: 'R8001',
      name: 'Nurse Access Role',
      organisation: { code: 'A99901', name: 'RIVERSIDE SURGERY' },
      activities: [
        { code: 'B0278', name: 'Perform Prescription Preparation' },
        { code: 'B0401', name: 'View Patient Medication' },
      ],
      areasOfWork: [{ code: 'P0020:Q0300:T0640', name: 'Phlebotomy' }],
      workgroups: [{ code: '555033334444', name: 'Immunisation team' }],
    })
  })

  it('reads a role with nothing optional, in an organisation without a name', () => {
    expect(onlyRole(ADMIN)).toStrictEqual({
      id: '555077778888',
      code: 'S8001:G8002:R8008',
      jobRole: 'R8008',
      name: 'Admin/Clinical Support Access Role',
      organisation: { code: 'RZZ99' },
      activities: [],
      areasOfWork: [],
      workgroups: [],
    })
  })

  it.each([
    ['"Clinical":"Clinical Provision":"Nurse Access Role"', 'Nurse Access Role'],
    ['Nurse Access Role', 'Nurse Access Role'],
    ['"Nurse Access Role"', 'Nurse Access Role'],
    ['"A":"B":" Nurse "', 'Nurse'],
    ['"A":"B":"Lead: night"', 'Lead: night'],
    ['"A":"B":""', 'R8001'],
    ['"', 'R8001'],
    ['', 'R8001'],
    [undefined, 'R8001'],
    [7, 'R8001'],
  ])('names the role %p %p', (role_name, name) => {
    expect(onlyRole({ ...NURSE, role_name })?.name).toBe(name)
  })

  it.each([
    ['S8000:G8000:R8001', 'R8001'],
    ['R8001', 'R8001'],
    ['a:', ''],
  ])('takes the last part of the code %p as the job role', (role_code, jobRole) => {
    expect(onlyRole({ ...NURSE, role_code })?.jobRole).toBe(jobRole)
  })

  it.each([
    ['a single object', NURSE, 1],
    ['null', null, 0],
    ['nothing', undefined, 0],
    ['text', 'S8000:G8000:R8001', 0],
    ['a number', 7, 0],
    ['an empty object', {}, 0],
    ['a list in a list', [[NURSE]], 0],
    ['odd entries beside a role', [null, 'x', 7, true, [], {}, NURSE], 1],
    ['a role without an id', [{ ...NURSE, person_roleid: undefined }], 0],
    ['a role with a number for an id', [{ ...NURSE, person_roleid: 555098765432 }], 0],
    ['a role without a code', [{ ...NURSE, role_code: ' ' }], 0],
    ['a role without an organisation', [{ ...NURSE, org_code: null }], 0],
    ['a role sent twice', [NURSE, { ...NURSE }], 1],
    ['two roles of one id', [NURSE, { ...NURSE, role_code: 'S8000:G8000:R8000' }], 2],
  ])('takes %s (ROLE-3)', (_shape, claim, count) => {
    expect(parseRoles(claim, ORGANISATIONS)).toHaveLength(count)
  })

  it.each([
    ['more codes than names', ['B1', 'B2'], ['One'], [{ code: 'B1' }, { code: 'B2' }]],
    ['more names than codes', ['B1'], ['One', 'Two'], [{ code: 'B1' }]],
    ['no names', ['B1'], undefined, [{ code: 'B1' }]],
    ['bare texts', 'B1', 'One', [{ code: 'B1', name: 'One' }]],
    [
      'an odd code',
      ['B1', 2, 'B3'],
      ['One', 'Two', 'Three'],
      [
        { code: 'B1', name: 'One' },
        { code: 'B3', name: 'Three' },
      ],
    ],
    ['an odd name', ['B1', 'B2'], ['One', null], [{ code: 'B1', name: 'One' }, { code: 'B2' }]],
  ])('never gives an activity a wrong name: %s', (_case, activity_codes, activities, expected) => {
    expect(onlyRole({ ...NURSE, activity_codes, activities })?.activities).toStrictEqual(expected)
  })

  it.each([
    ['names alone', undefined, ['Team'], [{ name: 'Team' }]],
    ['codes alone', ['1'], undefined, [{ code: '1', name: '1' }]],
    ['fewer codes than names', ['1'], ['A', 'B'], [{ name: 'A' }, { name: 'B' }, { code: '1', name: '1' }]],
    ['an odd code', ['1', 5], ['A', 'B'], [{ code: '1', name: 'A' }, { name: 'B' }]],
    ['an odd name', ['1'], [5], [{ code: '1', name: '1' }]],
    ['both odd', [5], [5], []],
    ['bare texts', '1', 'A', [{ code: '1', name: 'A' }]],
  ])('keeps every workgroup, and pairs none wrongly: %s', (_case, workgroups_codes, workgroups, expected) => {
    expect(onlyRole({ ...NURSE, workgroups_codes, workgroups })?.workgroups).toStrictEqual(expected)
  })

  it('ignores inherited members (CLM-1)', () => {
    expect(parseRoles([Object.create(NURSE)], ORGANISATIONS)).toStrictEqual([])
  })

  it.each(['nested 100 deep', 'nested 10,000 deep'])('survives a claim %s (ROLE-3, CLM-11)', (text) => {
    const depth = text.includes('10,000') ? 10_000 : 100
    let claim: unknown = NURSE
    for (let level = 0; level < depth; level++) claim = [claim]
    expect(parseRoles(claim, ORGANISATIONS)).toStrictEqual([])
    expect(
      parseRoles([{ ...NURSE, activities: claim, activity_codes: claim, role_name: claim }], ORGANISATIONS),
    ).toStrictEqual([expect.objectContaining({ activities: [], name: 'R8001' })])
  })

  it('reads a thousand roles, and refuses ten thousand at once (ROLE-3)', () => {
    const claim = Array.from({ length: 10_000 }, (_, index) => ({ ...NURSE, person_roleid: String(index) }))
    expect(parseRoles(claim.slice(0, 1000), ORGANISATIONS)).toHaveLength(1000)
    const run = () => reasonOf(() => parseRoles(claim, ORGANISATIONS))
    expect(run()).toBe('too-large')
    expect(cpuMilliseconds(run)).toBeLessThan(50)
  })
})

describe('findSelectedRole', () => {
  const roles = parseRoles([NURSE, ADMIN], ORGANISATIONS)

  it('finds the role that the id names, wherever it stands', () => {
    expect(findSelectedRole(roles, ADMIN.person_roleid)).toBe(roles[1])
  })

  it.each([undefined, '', '555', '5550987654320', ' 555098765432', 555098765432, null, [NURSE.person_roleid]])(
    'finds none for %p, and never falls back to the first (ROLE-1)',
    (id) => {
      expect(findSelectedRole(roles, id)).toBeUndefined()
    },
  )

  it('finds none when two different roles claim the id', () => {
    const twins = parseRoles([NURSE, { ...NURSE, role_code: 'S8000:G8000:R8000' }], ORGANISATIONS)
    expect(findSelectedRole(twins, NURSE.person_roleid)).toBeUndefined()
  })
})
