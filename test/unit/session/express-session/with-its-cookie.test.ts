import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'

import { sign } from 'cookie-signature'

import type { Cis2Config } from '../../../../src/options/cis2-config.js'
import { createWithItsCookie, signedCookieOf } from '../../../../src/session/express-session/with-its-cookie.js'
import { plainCookieValue } from '../../../../src/session/plain-cookie-value.js'
import { addressOf, newSessionId, type SessionAddress } from '../../../../src/session/records/session-id.js'
import { deriveSecrets } from '../../../../src/session/records/session-secrets.js'

const [OLD, NEW, THEIRS] = [
  'Vn3k8sPq2Lr7wXy5bTz9cJm4dHf6gKa1',
  'Yc6j2mNp8Qs4vUw1xEz7bRt5gKd3hFa9',
  'another-secret-b7Qx2mVt9LkR4wZp6HsD1',
]
const config = { session: { cookieName: 'cis2' } } as unknown as Cis2Config
const secrets = deriveSecrets({ secrets: [NEW, OLD], keyPrefix: 'cis2:' })
const context = { config, secrets }

/** Express-session's value for an id. */
function signedBy(secret: string, id: string): string {
  const [{ cookie }] = deriveSecrets({ secrets: [secret], keyPrefix: 'cis2:' })
  return `s:${sign(id, cookie)}`
}

const ID = newSessionId()
const SIGNED = signedBy(NEW, ID)
const OURS = plainCookieValue(SIGNED)
/** What express-session is to read. */
const SHOWN = `cis2=${encodeURIComponent(SIGNED)}`
const FORGED = plainCookieValue(signedBy(THEIRS, newSessionId()))

type Parsed = IncomingMessage & { cookies?: unknown; signedCookies?: unknown }

function request(cookie?: string): Parsed {
  const req: Parsed = new IncomingMessage(new Socket())
  if (cookie !== undefined) req.headers.cookie = cookie
  return req
}

/** What express-session saw meanwhile. */
function seenWith(req: Parsed, withItsCookie = createWithItsCookie(context)) {
  let seen: { header: string | undefined; address: SessionAddress | undefined; parsed: unknown[] } | undefined
  withItsCookie(req, (address) => {
    seen = { header: req.headers.cookie, address, parsed: [req.cookies, req.signedCookies] }
  })
  return seen
}

describe('what express-session reads', () => {
  it('is its own form of our cookie, alone, and the address that it leads to', () => {
    const req = request(`a=b; cis2=${OURS}; c=d`)
    expect(seenWith(req)).toMatchObject({ header: SHOWN, address: addressOf(ID) })
    expect(req.headers.cookie).toBe(`a=b; cis2=${OURS}; c=d`)
  })

  it('is the same for the next request, whatever cookie came between', () => {
    const withItsCookie = createWithItsCookie(context)
    const other = newSessionId()
    const headers = [ID, other, ID, other].map((id) => `cis2=${plainCookieValue(signedBy(NEW, id))}`)
    const ids = headers.map((header) => seenWith(request(header), withItsCookie)?.address?.id)
    expect(ids).toEqual([ID, other, ID, other])
  })

  it.each([
    undefined,
    'a=b',
    'cis2=',
    'cis2=x',
    `cis2=${OURS.toUpperCase()}`,
    'cis2=s%3A%',
    'cis2=s%3A%FF.x',
    'a=b; cis2=xs%3Aa.b',
    'a=b; cis2=s%3Aa.b*',
    'cis2=s%3Aa.b',
    `${SHOWN}%252%29x`,
    `${SHOWN}A`,
    `${SHOWN.slice(0, -1)}%3B`,
    SHOWN.replace('.', '%29.'),
    `${SHOWN}%0D%0A`,
    SHOWN.replace('s%3A', '%78s%3A'),
  ])('is the request as it came when there is nothing of ours in %j', (cookie) => {
    const req = request(cookie)
    expect(seenWith(req)).toMatchObject({ header: cookie, address: undefined })
    expect('cookie' in req.headers).toBe(cookie !== undefined)
  })

  it('is a cookie that somebody else signed, for express-session to refuse', () => {
    expect(seenWith(request(`cis2=${FORGED}`))?.header).toMatch(/^cis2=s%3A/)
  })

  it('is, of several cookies of the name, the one that we signed, wherever it stands', () => {
    for (const values of [
      [FORGED, 'x', OURS],
      [OURS, FORGED],
    ]) {
      const header = values.map((value) => `cis2=${value}`).join('; ')
      expect(seenWith(request(header))).toMatchObject({ header: SHOWN, address: addressOf(ID) })
    }
    const forged = `cis2=${FORGED}; cis2=${FORGED}`
    expect(seenWith(request(forged))).toMatchObject({ header: forged, address: undefined })
  })

  it('is looked for among twenty cookies of the name', () => {
    const after = (others: number) => `${'cis2=x; '.repeat(others)}cis2=${OURS}`
    expect(seenWith(request(after(19)))?.address).toEqual(addressOf(ID))
    expect(seenWith(request(after(20)))?.address).toBeUndefined()
  })

  it('is the cookie that a session of version 0.1 has', () => {
    expect(seenWith(request(SHOWN))).toMatchObject({ header: SHOWN, address: addressOf(ID) })
    const chosen = `cis2=${encodeURIComponent(signedBy(NEW, 'chosen-by-the-application'))}`
    expect(seenWith(request(chosen))).toMatchObject({ header: chosen, address: undefined })
  })

  it('is nothing of what cookie-parser made, which another secret may have signed, and which is put back', () => {
    for (const parsed of [{ cookies: { cis2: 'x' } }, { signedCookies: { cis2: ID } }]) {
      const req = Object.assign(request(`cis2=${OURS}`), parsed)
      expect(seenWith(req)?.parsed).toEqual([undefined, undefined])
      expect({ cookies: req.cookies, signedCookies: req.signedCookies }).toEqual({
        cookies: undefined,
        signedCookies: undefined,
        ...parsed,
      })
    }
    const bare = request()
    seenWith(bare)
    expect('cookies' in bare || 'signedCookies' in bare).toBe(false)
  })

  it('is put back when reading fails', () => {
    const req = Object.assign(request(`cis2=${OURS}`), { cookies: { a: 'b' } })
    const read = () => {
      throw new Error('the store is gone')
    }
    expect(() => {
      createWithItsCookie(context)(req, read)
    }).toThrow('the store is gone')
    expect([req.headers.cookie, req.cookies]).toEqual([`cis2=${OURS}`, { a: 'b' }])
  })
})

describe('the session id that a cookie carries', () => {
  it.each([
    ['the newest secret', NEW],
    ['an older one', OLD],
  ])('SES-6 is told when %s has signed it, in either form', (_which, secret) => {
    const signed = signedBy(secret, ID)
    for (const value of [plainCookieValue(signed), encodeURIComponent(signed)]) {
      expect(signedCookieOf(context, request(`cis2=${value}`))).toBe(ID)
    }
  })

  it.each([undefined, 'cis2=', `cis2=${FORGED}`, `cis2=${encodeURIComponent(SIGNED).slice(0, -1)}`, `x=${OURS}`])(
    'SES-5 is none of %j',
    (cookie) => {
      expect(signedCookieOf(context, request(cookie))).toBeUndefined()
    },
  )

  it('is found beside cookies that are not ours, among twenty', () => {
    expect(signedCookieOf(context, request(`cis2=${FORGED}; cis2=x; cis2=${OURS}`))).toBe(ID)
    expect(signedCookieOf(context, request(`${'cis2=x; '.repeat(19)}cis2=${OURS}`))).toBe(ID)
    expect(signedCookieOf(context, request(`${'cis2=x; '.repeat(20)}cis2=${OURS}`))).toBeUndefined()
  })
})
