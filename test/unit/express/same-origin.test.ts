import { IncomingMessage, ServerResponse, type IncomingHttpHeaders } from 'node:http'
import { Socket } from 'node:net'

import { isSameOrigin, letBrowserNameItsOrigin } from '../../../src/express/same-origin.js'

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

describe('a page of ours', () => {
  function policyFor(headers: IncomingHttpHeaders, policy: string | undefined) {
    const req = new IncomingMessage(new Socket())
    req.headers = headers
    const res = new ServerResponse(req)
    if (policy !== undefined) res.setHeader('Referrer-Policy', policy)
    letBrowserNameItsOrigin(req, res)
    return res.getHeader('Referrer-Policy')
  }

  it('lets a browser without Fetch Metadata name the origin of its forms', () => {
    expect(policyFor({}, 'no-referrer')).toBe('same-origin')
  })

  it.each([
    [{ 'sec-fetch-site': 'none' }, 'no-referrer'],
    [{}, 'strict-origin'],
    [{}, undefined],
  ])('leaves the policy to the application for %j and %j', (headers, policy) => {
    expect(policyFor(headers, policy)).toBe(policy)
  })
})
