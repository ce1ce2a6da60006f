import { isSubject } from '../../../src/cis2/subject.js'

describe('isSubject', () => {
  it.each(['555012345678', 'a', 's'.repeat(255), ' 555 ', '~!"#', '0b9c5b0e-2b4f-4a43-9d0e-1d6d2b1a7c11'])(
    'HOP-16 takes %j as it is',
    (sub) => {
      expect(isSubject(sub)).toBe(true)
    },
  )

  it.each([
    undefined,
    null,
    555012345678,
    '',
    ' ',
    's'.repeat(256),
    'a\0b',
    'a\r\nb',
    'a\tb',
    '\u007f',
    'é',
    '\ud800',
    '５５５',
    '__proto__',
    'constructor',
    'toString',
    ['555'],
    {},
    new String('555'),
    true,
  ])('HOP-16 LG7 does not take %j', (sub) => {
    expect(isSubject(sub)).toBe(false)
  })
})
