import { isSameOrigin } from '../../../src/express/same-origin.js'

describe('isSameOrigin', () => {
  it.each([
    [{ 'sec-fetch-site': 'same-origin' }, true],
    [{ 'sec-fetch-site': 'none' }, true],
    [{ 'sec-fetch-site': 'same-site' }, false],
    [{ 'sec-fetch-site': 'cross-site' }, false],
    [{ 'sec-fetch-site': '' }, false],
    [{ 'sec-fetch-site': 'same-origin', origin: 'null' }, true],
    [{ 'sec-fetch-site': 'cross-site', origin: 'https://own.example' }, false],
    [{ origin: 'https://own.example' }, true],
    [{ origin: 'https://own.example:8443' }, false],
    [{ origin: 'http://own.example' }, false],
    [{ origin: 'https://evil.example' }, false],
    [{ origin: 'null' }, false],
    [{}, true],
  ])('RPL-2 with %j answers %j', (headers, expected) => {
    expect(isSameOrigin(headers, 'https://own.example')).toBe(expected)
  })
})
