import fc from 'fast-check'

import { decideAccess, type AccessDecision } from '../../../src/cis2/access.js'
import { parseRequirement, type Requirement } from '../../../src/cis2/requirement.js'
import type { AccessSubject, SelectedRoleCodes } from '../../../src/cis2/access-subject.js'

const NOW = 1_790_000_000

const NURSE: SelectedRoleCodes = {
  id: '555098765432',
  code: 'S8000:G8000:R8001',
  jobRole: 'R8001',
  organisation: 'A99901',
  activities: ['B0278', 'B0401'],
  workgroups: ['555033334444', 'Immunisation team'],
}

function subject(changes: Partial<AccessSubject> = {}): AccessSubject {
  return { sub: '555012345678', aal: 3, authenticatedAt: NOW - 100, selectedRole: NURSE, ...changes }
}

const roleless: AccessSubject = { sub: '555012345678', aal: 3, authenticatedAt: NOW - 100 }

function decide(who: AccessSubject | undefined, requirement: Requirement, answers = new Map()): AccessDecision {
  return decideAccess(who, parseRequirement(requirement), NOW, answers as never)
}

describe('decideAccess', () => {
  it('ROLE-8 asks for a sign-in before anything else', () => {
    expect(decide(undefined, {})).toEqual({ outcome: 'not-signed-in' })
    expect(decide(undefined, { roles: ['R8000'], aal: 3 })).toEqual({ outcome: 'not-signed-in' })
  })

  it('lets anybody who is signed in through when nothing more is asked', () => {
    expect(decide(roleless, {})).toEqual({ outcome: 'pass' })
  })

  it.each<Requirement>([
    { roles: ['S8000:G8000:R8001'] },
    { roles: ['R8001'] },
    { roles: ['R9999', 'R8001'] },
    { activities: ['B0401'] },
    { organisations: ['A99901'] },
    { workgroups: ['Immunisation team'] },
    { workgroups: ['555033334444'] },
    { roles: ['R8001'], activities: ['B0278'], organisations: ['A99901'], workgroups: ['Immunisation team'] },
    { aal: 3, maxAuthAgeSeconds: 100 },
    { anyOf: [{ roles: ['R8000'] }, { activities: ['B0278'] }] },
  ])('lets the nurse through where %j is asked', (requirement) => {
    expect(decide(subject(), requirement)).toEqual({ outcome: 'pass' })
  })

  it.each<Requirement>([
    { roles: ['R8000'] },
    { roles: ['R8010'] },
    { roles: ['S8000:G8001:R8001'] },
    { roles: ['S8001:G8000:R8001'] },
    { activities: ['B0279'] },
    { organisations: ['A9990'] },
    { organisations: ['A999011'] },
    { workgroups: ['.*'] },
    { workgroups: ['Immunisation'] },
    { workgroups: ['immunisation team'] },
    { roles: ['R8001'], activities: ['B9999'] },
    { anyOf: [{ roles: ['R8000'] }, { activities: ['B9999'] }] },
    { organisations: ['RZZ99'], anyOf: [{ roles: ['R8001'] }] },
  ])('ROLE-1 ROLE-2 does not let the nurse through where %j is asked', (requirement) => {
    expect(decide(subject(), requirement)).toEqual({ outcome: 'forbidden' })
  })

  it.each<Requirement>([
    { roles: ['R8001'] },
    { activities: ['B0278'] },
    { organisations: ['A99901'] },
    { workgroups: ['Immunisation team'] },
  ])('ROLE-1 lets nobody through without a selected role where %j is asked', (requirement) => {
    expect(decide(roleless, requirement)).toEqual({ outcome: 'forbidden' })
  })

  it.each([
    [1, 2],
    [1, 3],
    [2, 3],
  ] as const)('AAL-2 asks for a step-up when AAL%i meets AAL%i', (reached, needed) => {
    // Strictly: what is not asked for is not named.
    expect(decide(subject({ aal: reached }), { aal: needed })).toStrictEqual({ outcome: 'step-up', aal: needed })
  })

  it.each([undefined, null, 0, 4, '3', 3.9, NaN, [3], {}, 'AAL3'])(
    'AAL-3 asks for a step-up when the level of the session is %j',
    (aal) => {
      expect(decide(subject({ aal: aal as never }), { aal: 1 })).toEqual({ outcome: 'step-up', aal: 1 })
    },
  )

  it.each([
    [60, 'pass'],
    [61, 'step-up'],
    [-300, 'pass'],
    [-301, 'step-up'],
    [NaN, 'step-up'],
  ])('AAL-6 an authentication %i seconds ago meets a guard of sixty: %s', (age, outcome) => {
    expect(decide(subject({ authenticatedAt: NOW - age }), { maxAuthAgeSeconds: 60 }).outcome).toBe(outcome)
  })

  it('names level and age together, so that one sign-in is enough', () => {
    expect(decide(subject(), { aal: 3, maxAuthAgeSeconds: 60 })).toEqual({
      outcome: 'step-up',
      aal: 3,
      maxAuthAgeSeconds: 60,
    })
  })

  it('does not send somebody to a step-up that would not help', () => {
    expect(decide(subject({ aal: 1 }), { aal: 3, roles: ['R8000'] })).toEqual({ outcome: 'forbidden' })
    expect(decide(subject({ aal: 1 }), { anyOf: [{ aal: 3, roles: ['R8000'] }, { roles: ['R9999'] }] }).outcome).toBe(
      'forbidden',
    )
  })

  it('asks for the least demanding of the step-ups that would do', () => {
    const who = subject({ aal: 1, authenticatedAt: NOW - 1000 })
    expect(decide(who, { anyOf: [{ aal: 3 }, { aal: 2 }] })).toEqual({ outcome: 'step-up', aal: 2 })
    expect(decide(who, { anyOf: [{ aal: 2 }, { aal: 3 }] })).toEqual({ outcome: 'step-up', aal: 2 })
    expect(decide(who, { anyOf: [{ maxAuthAgeSeconds: 60 }, { maxAuthAgeSeconds: 600 }] })).toStrictEqual({
      outcome: 'step-up',
      maxAuthAgeSeconds: 600,
    })
    expect(decide(who, { anyOf: [{ aal: 2, maxAuthAgeSeconds: 60 }, { aal: 2 }] })).toEqual({
      outcome: 'step-up',
      aal: 2,
    })
  })

  describe('with a check of the application', () => {
    const yes = () => true
    const no = () => false

    it('asks it only when all else holds', () => {
      expect(decide(subject(), { roles: ['R8000'], check: yes }).outcome).toBe('forbidden')
      expect(decide(subject({ aal: 1 }), { aal: 3, check: yes }).outcome).toBe('step-up')
      expect(decide(subject(), { aal: 3, check: yes })).toEqual({ outcome: 'check', check: yes })
    })

    it('goes by its answer', () => {
      expect(decide(subject(), { check: yes }, new Map([[yes, true]])).outcome).toBe('pass')
      expect(decide(subject(), { check: yes }, new Map([[yes, false]])).outcome).toBe('forbidden')
    })

    it('asks one at a time, and none when an alternative without one holds', () => {
      const requirement = { anyOf: [{ check: no }, { check: yes }] }
      expect(decide(subject(), requirement)).toEqual({ outcome: 'check', check: no })
      expect(decide(subject(), requirement, new Map([[no, false]]))).toEqual({ outcome: 'check', check: yes })
      expect(decide(subject(), { anyOf: [{ check: no }, { aal: 3 }] }).outcome).toBe('pass')
    })

    it('needs both that of the base and that of the alternative', () => {
      const requirement = { check: yes, anyOf: [{ check: no }] }
      expect(decide(subject(), requirement, new Map([[yes, true]]))).toEqual({ outcome: 'check', check: no })
      expect(decide(subject(), requirement, new Map([[yes, true], [no, false]])).outcome).toBe('forbidden') // prettier-ignore
    })
  })

  it('CLM-12 never throws, and passes nobody whom a plain reading of the rule would not pass', () => {
    const some = (...codes: string[]) => fc.subarray(codes, { minLength: 1 })
    const rule = fc.record(
      {
        aal: fc.constantFrom(1, 2, 3),
        roles: some('R8000', 'R8001', 'S8000:G8000:R8001'),
        activities: some('B0278', 'B9999'),
        organisations: some('A99901', 'R8001', 'B0278'),
        maxAuthAgeSeconds: fc.constantFrom(60, 300),
      },
      { requiredKeys: [] },
    )
    const who = fc.record({
      sub: fc.constant('1'),
      aal: fc.constantFrom<unknown>(1, 2, 3, 0, '3', undefined),
      authenticatedAt: fc.integer({ min: NOW - 1000, max: NOW + 10 }),
      selectedRole: fc.constantFrom(NURSE, undefined),
    })
    fc.assert(
      fc.property(who, rule, (person, requirement) => {
        const { outcome } = decideAccess(person as AccessSubject, parseRequirement(requirement), NOW)
        expect(outcome === 'pass').toBe(plainlyHolds(person, requirement as Requirement))
      }),
      { numRuns: 500 },
    )
  })
})

/** The rule again, in the words of the documentation. */
function plainlyHolds(
  who: { aal: unknown; authenticatedAt: number; selectedRole: SelectedRoleCodes | undefined },
  { aal, roles, activities, organisations, maxAuthAgeSeconds }: Requirement,
): boolean {
  const role = who.selectedRole
  const has = (accepted: readonly string[] | undefined, held: readonly string[]) =>
    accepted === undefined || (role !== undefined && accepted.some((code) => held.includes(code)))
  return (
    (aal === undefined || ([1, 2, 3].includes(who.aal as number) && (who.aal as number) >= aal)) &&
    (maxAuthAgeSeconds === undefined || NOW - who.authenticatedAt <= maxAuthAgeSeconds) &&
    has(roles, [role?.code ?? '', role?.jobRole ?? '']) &&
    has(activities, role?.activities ?? []) &&
    has(organisations, [role?.organisation ?? ''])
  )
}
