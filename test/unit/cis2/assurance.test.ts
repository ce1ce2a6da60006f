import {
  DEFAULT_ACR_VALUES,
  acrValuesBelow,
  leastLevelOfAcr,
  parseAssuranceLevel,
  parseIdentityAssuranceLevel,
} from '../../../src/cis2/assurance.js'

/** AAL-3: values that look like a level, and are none. */
const ODD: unknown[] = [
  undefined,
  null,
  '',
  ' ',
  '3 ',
  ' 3',
  '03',
  '3.0',
  3.9,
  '3.9',
  '+3',
  '3 or 2',
  'AAL3',
  'AAL4',
  'three',
  '٣',
  '３',
  4,
  '4',
  -1,
  '-1',
  NaN,
  Infinity,
  true,
  [3],
  ['3'],
  {},
  { valueOf: () => 3 },
  new String('3'),
  new Number(3),
  3n,
]

describe('parseAssuranceLevel', () => {
  it.each([
    [1, 1],
    [2, 2],
    [3, 3],
    ['1', 1],
    ['2', 2],
    ['3', 3],
  ])('reads %p as AAL%p', (value, level) => {
    expect(parseAssuranceLevel(value)).toBe(level)
  })

  it.each([...ODD, 0, '0'])('finds no level in %p (AAL-3)', (value) => {
    expect(parseAssuranceLevel(value)).toBeUndefined()
  })
})

describe('parseIdentityAssuranceLevel', () => {
  it.each([0, 1, 2, 3] as const)('reads %p as text and as number', (level) => {
    expect(parseIdentityAssuranceLevel(level)).toBe(level)
    expect(parseIdentityAssuranceLevel(String(level))).toBe(level)
  })

  it.each(ODD)('finds no level in %p (AAL-3)', (value) => {
    expect(parseIdentityAssuranceLevel(value)).toBeUndefined()
  })
})

describe('leastLevelOfAcr', () => {
  it.each([
    ['AAL1_USERPASS', 1],
    ['AAL2_ANY', 2],
    ['AAL2_OR_AAL3_ANY', 2],
    ['AAL2_NHSMAIL', 2],
    ['AAL3_ANY', 3],
    ['AAL3_SMARTCARD', 3],
    ['AAL3_CIS2_SMARTCARD', 3],
    ['AAL3_FIDO2', 3],
    ['AAL3_FIDO2 AAL3_N3_SMARTCARD', 3],
    ['AAL3_FIDO2 AAL2_TOTP', 2],
    ['AAL2_TOTP AAL3_FIDO2', 2],
    [' AAL3_ANY  AAL3_IOS ', 3],
  ])('promises of %p that AAL%p is reached', (text, level) => {
    expect(leastLevelOfAcr(text)).toBe(level)
  })

  it.each(['', '0', 'AAL3', 'aal3_any', 'AAL3_ANY\tAAL3_IOS', 'AAL3_ANY AAL9_NEW', '__proto__', 'constructor'])(
    'promises nothing of %p',
    (text) => {
      expect(leastLevelOfAcr(text)).toBeUndefined()
    },
  )

  it.each([1, 2, 3] as const)('promises AAL%p of the text sent for it by default', (level) => {
    expect(leastLevelOfAcr(DEFAULT_ACR_VALUES[level])).toBe(level)
  })
})

describe('acrValuesBelow', () => {
  it.each([
    [3, 'AAL2_ANY', ['AAL2_ANY']],
    [3, 'AAL3_FIDO2 AAL2_TOTP AAL1_USERPASS', ['AAL2_TOTP', 'AAL1_USERPASS']],
    [3, 'AAL2_OR_AAL3_ANY', []],
    [3, 'SOMETHING_NEW', []],
    [2, 'AAL1_USERPASS', ['AAL1_USERPASS']],
    [2, 'AAL3_ANY', []],
    [1, 'AAL1_USERPASS', []],
  ] as const)('finds what cannot reach AAL%p in %p', (level, text, weak) => {
    expect(acrValuesBelow(level, text)).toEqual(weak)
  })
})
