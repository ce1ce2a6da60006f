import { ENVIRONMENTS, environmentOf } from '../../../src/cis2/environments.js'

const NAMES = ['live', 'int', 'dep', 'mock'] as const

describe('ENVIRONMENTS', () => {
  it.each(['live', 'int', 'dep'] as const)('keeps the port in the issuer of %s, as CIS2 does', (name) => {
    expect(ENVIRONMENTS[name].issuer).toMatch(/^https:\/\/am\.[\w.-]+\.nhs\.uk:443\/openam\/.+\/Healthcare$/)
  })

  it('accepts RS512 from the mock only', () => {
    expect(NAMES.map((name) => ENVIRONMENTS[name].idTokenAlgorithms)).toEqual([
      ['RS256'],
      ['RS256'],
      ['RS256'],
      ['RS256', 'RS512'],
    ])
  })

  it('cannot be changed', () => {
    for (const name of NAMES) {
      expect(Object.isFrozen(ENVIRONMENTS[name])).toBe(true)
      expect(Object.isFrozen(ENVIRONMENTS[name].idTokenAlgorithms)).toBe(true)
    }
  })
})

describe('environmentOf', () => {
  it.each(NAMES)('recognises the issuer of %s', (name) => {
    expect(environmentOf(ENVIRONMENTS[name].issuer)).toBe(name)
  })

  it.each(['live', 'int', 'dep'] as const)('recognises the issuer of %s without its port, or with a slash', (name) => {
    expect(environmentOf(ENVIRONMENTS[name].issuer.replace(':443', ''))).toBe(name)
    expect(environmentOf(`${ENVIRONMENTS[name].issuer}/`)).toBe(name)
  })

  it.each([
    'https://am.example:443/openam/oauth2/realms/root/realms/NHSIdentity/realms/Healthcare',
    ENVIRONMENTS.live.issuer.replace(':443', ':8443'),
    ENVIRONMENTS.live.issuer.replace('Healthcare', 'healthcare'),
    ENVIRONMENTS.live.issuer.replace('https:', 'http:'),
  ])('does not take %s for a known one', (issuer) => {
    expect(environmentOf(issuer)).toBeUndefined()
  })
})
