import fc from 'fast-check'

import { parseApiAddress } from '../../../src/nhs-api/api-address.js'
import { thrownBy } from '../../support/thrown-by.js'

const ORIGIN = 'https://int.api.service.nhs.uk'

describe('parseApiAddress', () => {
  it.each([
    '/personal-demographics/FHIR/R4/Patient/9000000009',
    '/personal-demographics/FHIR/R4/Patient?family=Smith&birthdate=eq2010-10-22&_max-results=1',
    '/fhir/MedicationRequest/a%20b',
    '/fhir/Patient?identifier=https://fhir.nhs.uk/Id/nhs-number|9000000009',
    '/',
    '/a/',
    '/v1.0/..a/a../...',
  ])('takes %s, from a path and from an address', (path) => {
    expect(parseApiAddress(path, ORIGIN)).toBe(ORIGIN + path)
    expect(parseApiAddress(ORIGIN + path, ORIGIN)).toBe(ORIGIN + path)
  })

  it('takes a URL', () => {
    expect(parseApiAddress(new URL('/a?b=c', ORIGIN), ORIGIN)).toBe(`${ORIGIN}/a?b=c`)
  })

  it.each([
    ['another origin', 'https://elsewhere.example/a'],
    ['the origin as a beginning', `${ORIGIN}.elsewhere.example/a`],
    ['the origin as a user name', `${ORIGIN}@elsewhere.example/a`],
    ['another port', `${ORIGIN}:8443/a`],
    ['http', 'http://int.api.service.nhs.uk/a'],
    ['a host', '//elsewhere.example/a'],
    ['a host after a backslash', '/\\elsewhere.example/a'],
    ['a host after a tab that parsers drop', '/\t/elsewhere.example/a'],
    ['a host after a line break that parsers drop', '/\n/elsewhere.example/a'],
    ['a host behind the origin', `${ORIGIN}//elsewhere.example/a`],
    ['no slash in front', 'a/b'],
    ['nothing', ''],
    ['a scheme', 'javascript:alert(1)'],
    ['dot segments', '/a/../b'],
    ['a dot segment', '/a/./b'],
    ['dot segments at the end', '/a/..'],
    ['dot segments with parameters', '/a/..;x=1/b'],
    ['encoded dots', '/a/%2e%2e/b'],
    ['half encoded dots', '/a/.%2E/b'],
    ['encoded slashes', '/a/..%2f..%2fb'],
    ['encoded slashes in capitals', '/a/b%2Fc'],
    ['slashes encoded twice', '/a/b%252fc'],
    ['slashes encoded thrice', '/a/b%25252fc'],
    ['backslashes', '/a\\..\\b'],
    ['encoded backslashes', '/a/..%5c..%5cb'],
    ['an encoded line break', '/a%0d%0aX-Evil:1'],
    ['an encoded end of text', '/a%00'],
    ['a percent sign alone', '/a%'],
    ['an overlong slash', '/a/..%c0%af..%c0%afb'],
    ['bytes that are no text', '/a%80'],
    ['empty segments', '/a//b'],
    ['white space', '/a b'],
    ['other letters', '/å'],
    ['a fragment', '/a#b'],
    ['a fragment after a query', '/a?b#c'],
    ['a line break in the query', '/a?b\r\nc'],
    ['a backslash in the query', '/a?b\\c'],
  ])('refuses %s', (_what, target) => {
    expect(thrownBy(() => parseApiAddress(target, ORIGIN))).toMatchObject({ code: 'CIS2_API_REQUEST', status: 400 })
  })

  it.each([undefined, null, 7, {}, [], new Request('https://elsewhere.example/'), { href: '/a' }])(
    'refuses what is neither text nor URL',
    (target) => {
      expect(thrownBy(() => parseApiAddress(target, ORIGIN))).toMatchObject({ code: 'CIS2_API_REQUEST' })
    },
  )

  it('keeps what a user sent out of the message', () => {
    expect(String(thrownBy(() => parseApiAddress('/a/../c4nary', ORIGIN)))).not.toContain('c4nary')
  })

  it('lets a text of a user, wherever it stands in a path, reach nothing but what is below that path', () => {
    const pieces = [
      '.',
      '..',
      '/',
      '\\',
      '%2f',
      '%2e',
      '%5c',
      '%25',
      '%00',
      ';',
      '?',
      '#',
      '@',
      ':',
      'a',
      '\t',
      '\n',
      '//',
    ]
    const hostile = fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string()), (id) => {
        let address: string
        try {
          address = parseApiAddress(`/pds/Patient/${id}`, ORIGIN)
        } catch {
          return
        }
        const { origin, pathname } = new URL(address)
        expect(origin).toBe(ORIGIN)
        expect(pathname.startsWith('/pds/Patient/')).toBe(true)
        // Decoded as often as proxies may, it is the same place.
        for (let decoded = pathname, times = 0; times < 3; times += 1, decoded = decodeURIComponent(decoded)) {
          expect(new URL(decoded.replaceAll('\\', '/'), ORIGIN).pathname.startsWith('/pds/Patient/')).toBe(true)
          if (!isDecodable(decoded)) break
        }
      }),
      { numRuns: 3_000 },
    )
  })
})

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}
