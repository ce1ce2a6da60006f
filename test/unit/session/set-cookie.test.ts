import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'

import { sign } from 'cookie-signature'

import type { Cis2Config } from '../../../src/options/cis2-config.js'
import { plainCookieValue } from '../../../src/session/plain-cookie-value.js'
import { newSessionId } from '../../../src/session/records/session-id.js'
import { deriveSecrets } from '../../../src/session/records/session-secrets.js'
import {
  addCookie,
  cookiesSet,
  cookiesWithPrefix,
  sessionCookieLine,
  valuesOfCookie,
} from '../../../src/session/set-cookie.js'

function request(cookie?: string): IncomingMessage {
  const req = new IncomingMessage(new Socket())
  if (cookie !== undefined) req.headers.cookie = cookie
  return req
}

const response = () => new ServerResponse(request())

describe('a cookie of ours', () => {
  it('is sent to this origin alone, kept from scripts, and from requests that other sites make', () => {
    const res = response()
    addCookie(res, { secure: true }, 'name', 'value', 600)
    expect(cookiesSet(res)).toEqual(['name=value; Max-Age=600; Path=/; HttpOnly; Secure; SameSite=Lax'])
  })

  it('goes over http where the whole application does', () => {
    const res = response()
    addCookie(res, { secure: false }, 'name', 'value', 1)
    expect(cookiesSet(res)).toEqual(['name=value; Max-Age=1; Path=/; HttpOnly; SameSite=Lax'])
  })

  it('is cleared in old browsers too', () => {
    const res = response()
    addCookie(res, { secure: true }, 'name', '', 0)
    expect(cookiesSet(res)).toEqual([
      'name=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax',
    ])
  })
})

it('the cookie of a session lives as long as the browser, and carries its signed id in our letters', () => {
  const [secret] = deriveSecrets({ secrets: ['Vn3k8sPq2Lr7wXy5bTz9cJm4dHf6gKa1'], keyPrefix: 'cis2:' })
  const config = { baseUrl: { secure: true }, session: { cookieName: 'cis2' } } as unknown as Cis2Config
  const id = newSessionId()
  const value = plainCookieValue(`s:${sign(id, secret.cookie)}`)
  expect(sessionCookieLine(config, secret, id)).toBe(`cis2=${value}; Path=/; HttpOnly; Secure; SameSite=Lax`)
  // One that the application has chosen is encoded, once.
  const chosen = sessionCookieLine(config, secret, 'a b')
  expect(chosen).toMatch(/^cis2=s%3Aa%20b\.[\w%]+; Path/)
})

describe('the cookies that an answer sets', () => {
  it.each([
    [undefined, []],
    ['a=b', ['a=b']],
    [
      ['a=b', 'c=d'],
      ['a=b', 'c=d'],
    ],
    [7, ['7']],
  ])('are, of the header %j, %j', (header, lines) => {
    const res = response()
    if (header !== undefined) res.setHeader('Set-Cookie', header)
    expect(cookiesSet(res)).toEqual(lines)
  })
})

describe('cookies of a request', () => {
  it.each([undefined, '', 'a=b', 'xin-1=2', 'in', 'in;a=b'])('are none of a name that %j does not have', (header) => {
    expect([...cookiesWithPrefix(request(header), 'in-')]).toEqual([])
    expect(valuesOfCookie(request(header), 'in')).toEqual([])
  })

  it('are found wherever they stand, by the beginning of their name', () => {
    const req = request(' a=in-; in-1=one;in-2 =t=w=o ; xin-3=three;in-4=')
    expect([...cookiesWithPrefix(req, 'in-')]).toEqual([
      ['in-1', 'one'],
      ['in-2 ', 't=w=o'],
      ['in-4', ''],
    ])
  })

  it('count, of two with one name, by the first', () => {
    const req = request('in-1=first; in-1=second; in-2=other')
    expect([...cookiesWithPrefix(req, 'in-')]).toEqual([
      ['in-1', 'first'],
      ['in-2', 'other'],
    ])
  })

  it('come with every value of one name, and with none of a longer one', () => {
    expect(valuesOfCookie(request('in=1; in2=x; in=2; =in=3'), 'in')).toEqual(['1', '2'])
  })

  it('have a name', () => {
    expect([...cookiesWithPrefix(request('=x; y'), '')]).toEqual([])
  })
})
