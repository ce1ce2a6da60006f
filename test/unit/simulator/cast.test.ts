/** The cast covers what an application has to cope with. */
import { knownAuthenticators, theCast } from 'express-cis2/simulator'

const cast = theCast()

describe('the cast', () => {
  it('has a person for every authenticator', () => {
    const used = new Set(cast.flatMap(({ authenticators }) => authenticators.map(({ name }) => name)))
    expect([...used].sort()).toEqual(
      knownAuthenticators()
        .map(({ name }) => name)
        .sort(),
    )
  })

  it.each([1, 2, 3])('has a person who can reach AAL%i and no more', (aal) => {
    expect(cast.some(({ authenticators }) => Math.max(...authenticators.map((each) => each.aal)) === aal)).toBe(true)
  })

  it.each([0, 1, 2, 3, 8])('has a person with %i roles', (count) => {
    expect(cast.some(({ roles }) => roles.length === count)).toBe(true)
  })

  it.each([2, 3])('has a person of identity level %i', (level) => {
    expect(cast.some(({ identityAssuranceLevel }) => identityAssuranceLevel === level)).toBe(true)
  })

  it('tells everybody apart, by number, name, address and role', () => {
    for (const values of [
      cast.map(({ sub }) => sub),
      cast.map(({ name }) => name),
      cast.flatMap(({ email }) => email ?? []),
      cast.flatMap(({ roles }) => roles.map(({ person_roleid }) => person_roleid)),
    ]) {
      expect(new Set(values).size).toBe(values.length)
    }
  })

  it('is a fresh copy each time', () => {
    theCast()[0]?.roles.pop()
    expect(theCast()[0]?.roles).toHaveLength(1)
  })
})
