import fc from 'fast-check'

import { defaultReturnTo, publicPath, returnToReferrer, safeReturnTo } from '../../../src/express/return-to.js'
import type { Cis2Config } from '../../../src/options/cis2-config.js'

const routes = {
  login: '/login',
  callback: '/callback',
  logout: '/logout',
  changeRole: '/change-role',
  backChannelLogout: '/backchannel-logout',
  jwks: '/.well-known/jwks.json',
  session: '/session',
} as const

function configWith(path: string): Cis2Config {
  return {
    baseUrl: { origin: 'https://own.example', path, secure: true },
    routes,
    defaultReturnPath: '/',
  } as unknown as Cis2Config
}

const config = configWith('')

describe('safeReturnTo', () => {
  it.each([
    ['/', '/'],
    ['/a?b=c#d', '/a?b=c#d'],
    ['/patients/1', '/patients/1'],
    ['/search?q=caf%C3%A9', '/search?q=caf%C3%A9'],
    ['/a?next=https://evil.example/', '/a?next=https://evil.example/'],
    ['/loginx', '/loginx'],
    // Only the first two segments can become a host, whoever decodes them.
    ['/a/b/%5cc', '/a/b/%5cc'],
    ['/a?b=%5cc', '/a?b=%5cc'],
    ['/a#%5cc', '/a#%5cc'],
    [`/${'a'.repeat(2047)}`, `/${'a'.repeat(2047)}`],
  ])('RT-1 keeps %j', (text, kept) => {
    expect(safeReturnTo(text, config)).toBe(kept)
  })

  it.each([
    '/a/../%2fevil.example',
    '/a/b/../../%2fevil.example',
    '/a/../%5cevil.example',
    '/a/../%2e/%2fevil.example',
    '/a/%2e%2e/%2Fevil.example',
    '/a/b/..%2f/../../%09/evil.example',
    '/a/b/c/../../../%c0%af',
    '/a/../%2f%2fevil.example',
  ])('FIELD-15 refuses %j, for what it becomes once resolved', (text) => {
    expect(safeReturnTo(text, config)).toBeUndefined()
  })

  it.each([
    // RT-2, RT-3: slashes and what browsers take for one
    '//evil',
    '///evil',
    '////evil',
    '/\\evil',
    '\\/evil',
    '\\\\evil',
    '/\\/evil',
    '/\t/evil',
    '/\n/evil',
    '/\\\t\\evil',
    '/.//evil',
    '/..//evil',
    '/%2e//evil',
    // RT-5: absolute
    'https://evil',
    'https:evil',
    'https:/evil',
    'https:\\\\evil',
    'HTTPS://evil',
    '//own.example@evil',
    'https://own.example@evil',
    'https://own.example.evil',
    'https://own.example:8443',
    'https://own.example/',
    'https://own%2eevil',
    '//own\\@evil',
    'https://own#@evil',
    // RT-6: schemes
    'javascript:alert(1)',
    'JaVa\tScript:alert(1)',
    '\u0001javascript:alert(1)',
    'data:text/html,x',
    'vbscript:x',
    'blob:x',
    'file:///etc',
    'mailto:a@b',
    // RT-7, RT-8, RT-9: header splitting, odd characters, sizes, types
    '/ok\r\nSet-Cookie: a=b',
    '/ok%0d%0aSet-Cookie:a=b',
    '/%09/evil',
    '/%5cevil',
    '/a/%5cevil',
    '/%2f%2fevil',
    '/%c0%af',
    '/\u2028x',
    '/\u00a0x',
    '/\u200bx',
    '/\u202ex',
    '/\u0000',
    '/a b',
    `/${'a'.repeat(2048)}`,
    '',
    'patients',
    '?x',
    undefined,
    null,
    1,
    {},
    ['/a'],
    // RT-10: our own routes
    '/login',
    '/login?returnTo=/x',
    '/logout',
    '/callback?code=x',
    '/backchannel-logout',
    '/change-role',
    '/./logout',
    '/x/../logout',
  ])('RT-2 to RT-10 refuses %j', (text) => {
    expect(safeReturnTo(text, config)).toBeUndefined()
  })

  it('RT-10 knows our routes with and without the path of baseUrl', () => {
    const below = configWith('/clinic')
    expect(safeReturnTo('/clinic/logout', below)).toBeUndefined()
    expect(safeReturnTo('/logout', below)).toBeUndefined()
    expect(safeReturnTo('/clinic/patients', below)).toBe('/clinic/patients')
  })

  it('RT-10 takes no page for a route that is switched off', () => {
    const without = { ...configWith('/clinic'), routes: { ...routes, backChannelLogout: false } } as Cis2Config
    expect(safeReturnTo('/clinicfalse', without)).toBe('/clinicfalse')
    expect(safeReturnTo('/backchannel-logout', without)).toBe('/backchannel-logout')
  })

  it('RT-13 never leaves the origin, whatever the text', () => {
    const pieces = fc.constantFrom(
      '/',
      '\\',
      '.',
      ':',
      '@',
      '%',
      '2',
      'f',
      '5',
      'c',
      '\t',
      '\n',
      '\r',
      ' ',
      '?',
      '#',
      ';',
      'a',
      'evil',
      'https',
      '／',
      '\u3002',
      '\u202e',
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 14 }), (parts) => {
        const kept = safeReturnTo(parts.join(''), config)
        if (kept === undefined) return
        expect(new URL(kept, 'https://own.example/login').origin).toBe('https://own.example')
        expect(kept).toMatch(/^\/(?!\/)[\x21-\x7e]*$/)
      }),
      { numRuns: 5000 },
    )
  })
})

it.each([
  ['', '/'],
  ['/clinic', '/clinic/'],
])('below %j a sign-in leads to %j when nothing better is known', (path, expected) => {
  expect(defaultReturnTo(configWith(path))).toBe(expected)
})

describe('publicPath', () => {
  it.each([
    ['', '/patients?x=1', '/patients?x=1'],
    ['/clinic', '/clinic/patients', '/clinic/patients'],
    ['/clinic', '/clinic', '/clinic'],
    ['/clinic', '/clinic?x=1', '/clinic?x=1'],
    ['/clinic', '/patients', '/clinic/patients'],
    ['/clinic', '/clinical', '/clinic/clinical'],
  ])('CFG-11 below %j the request for %j is the page %j', (path, originalUrl, expected) => {
    expect(publicPath(originalUrl, configWith(path))).toBe(expected)
  })
})

describe('returnToReferrer', () => {
  it.each([
    [undefined, undefined],
    ['not a URL', undefined],
    ['https://evil.example/patients', undefined],
    ['https://own.example/patients?x=1#part', '/patients?x=1'],
    ['https://own.example/login', undefined],
  ])('takes %j for %j', (referrer, expected) => {
    expect(returnToReferrer(referrer, config)).toBe(expected)
  })
})
