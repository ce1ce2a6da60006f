import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'

import type { Cis2Config } from '../../../../src/options/cis2-config.js'
import { createSignInCookies } from '../../../../src/session/pending/sign-in-cookies.js'
import { nameOf } from '../../../../src/session/records/session-id.js'
import { cookiesSet } from '../../../../src/session/set-cookie.js'

const config = { baseUrl: { secure: true }, session: { signInCookiePrefix: 'in' } } as unknown as Cis2Config
const cookies = createSignInCookies(config)

const BEGUN = 1_700_000_000
const TIME = BEGUN.toString(16).padStart(10, '0')
const ATTRIBUTES = 'Path=/; HttpOnly; Secure; SameSite=Lax'

const stateOf = (id: string) => ({ id, text: '', issuedAt: BEGUN, restarted: false, expired: false })
const STATE = stateOf('5a')

/** Values as this version sets them, and as version 0.1 did. */
const kept = (begun = BEGUN) => begun.toString(16).padStart(10, '0') + 'ab'.repeat(32)
const keptOld = (begun = BEGUN) => `${begun.toString(36)}.${'-_aA0'.repeat(9).slice(0, 43)}`
const carriedOf = (bytes: number, begun = BEGUN) => begun.toString(16).padStart(10, '0') + 'cd'.repeat(bytes)

function request(cookie = ''): IncomingMessage {
  const req = new IncomingMessage(new Socket())
  req.headers.cookie = cookie
  return req
}

function set(cookie: string, content: string | Buffer = kept()) {
  const res = new ServerResponse(request())
  const dropped = cookies.set(request(cookie), res, STATE, content)
  const lines = cookiesSet(res)
  const cleared = lines.flatMap((line) => /^in-(\w+)=; Max-Age=0;/.exec(line)?.[1] ?? [])
  return { dropped, cleared, last: lines.at(-1) }
}

const find = (value: string) => cookies.find(request(`in-5a=${value}`), STATE)

describe('the cookie of a sign-in under way', () => {
  it('is set for ten minutes, for this browser and its links alone', () => {
    expect(set('')).toEqual({ dropped: undefined, cleared: [], last: `in-5a=${kept()}; Max-Age=600; ${ATTRIBUTES}` })
  })

  it('is cleared by the same name', () => {
    const res = new ServerResponse(request())
    cookies.clear(res, STATE)
    expect(cookiesSet(res)).toEqual([
      `in-5a=; Max-Age=0; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax`,
    ])
  })
})

describe('a sign-in that the store keeps', () => {
  it('CB-3 is found by the cookie of its browser alone: when it began, and a secret', () => {
    const place = cookies.newPlace(STATE)
    expect(place.owner).toMatch(new RegExp(`^${TIME}[0-9a-f]{64}$`))
    expect(place.slot).toBe(nameOf(`5a.${place.owner}`))
    expect(find(place.owner)).toEqual({ kept: 'store', place })
    expect(cookies.newPlace(STATE).owner).not.toBe(place.owner)
  })

  it('is found by the cookie that version 0.1 set', () => {
    const owner = keptOld()
    expect(find(owner)).toEqual({ kept: 'store', place: { slot: nameOf(`5a.${owner}`), owner } })
  })

  it.each([
    '',
    'a',
    kept().toUpperCase(),
    `${kept()}0`,
    `0${kept()}`,
    kept().slice(1),
    `.${keptOld()}`,
    `${keptOld()}A`,
    `0${keptOld().slice(0, 43)}`,
    `123456789.${'a'.repeat(43)}`,
    `.${'a'.repeat(43)}`,
    carriedOf(149),
    carriedOf(1801),
    `${carriedOf(150)}0`,
    `0${carriedOf(150)}`,
    `x${carriedOf(150)}`,
    `${carriedOf(150)}x`,
  ])('CB-3 is not found by %j', (value) => {
    expect(find(value)).toBeUndefined()
  })

  it.each(['', `in-5b=${kept()}`, `in-5ab=${kept()}`, `xin-5a=${kept()}`])(
    'CB-3 is not found by the cookies %j of other sign-ins',
    (header) => {
      expect(cookies.find(request(header), STATE)).toBeUndefined()
    },
  )
})

describe('FIELD-8 a sign-in that its browser carries', () => {
  it('lies in the cookie itself, and its mark at a place that its state leads to', () => {
    const sealed = Buffer.alloc(200, 7)
    const { last } = set('', sealed)
    const value = TIME + sealed.toString('hex')
    expect(last).toBe(`in-5a=${value}; Max-Age=600; ${ATTRIBUTES}`)
    const place = { slot: nameOf('carried 5a'), owner: 'carried 5a' }
    expect(cookies.carriedPlace(STATE)).toEqual(place)
    expect(find(value)).toEqual({ kept: 'cookie', place, sealed })
  })

  it.each([150, 1800])('is found with %d bytes', (bytes) => {
    expect(find(carriedOf(bytes))).toMatchObject({ kept: 'cookie', sealed: Buffer.alloc(bytes, 0xcd) })
  })

  it('fits into what browsers store', () => {
    expect([1800, 1801].map((bytes) => cookies.fits(Buffer.alloc(bytes)))).toEqual([true, false])
    expect(`in-${'5a'.repeat(16)}=${carriedOf(1800)}; Max-Age=600; ${ATTRIBUTES}`.length).toBeLessThan(4096)
  })
})

describe('sign-ins of one browser', () => {
  /** Cookies in the order that browsers send them: by when they were made. */
  const header = (...values: string[]) => values.map((value, at) => `in-${String(at)}=${value}`).join('; ')

  it('are five: the sixth pushes out the one that began first', () => {
    const four = [2, 1, 4, 3].map((each) => kept(BEGUN + each))
    expect(set(header(...four))).toMatchObject({ dropped: undefined, cleared: [] })
    const five = [...four, kept(BEGUN + 5)]
    expect(set(header(...five))).toMatchObject({ dropped: nameOf(`1.${String(five[1])}`), cleared: ['1'] })
  })

  it('go by their order when they began in the same second: browsers send the oldest first', () => {
    expect(set(header(...Array<string>(5).fill(kept()))).cleared).toEqual(['0'])
  })

  it('go by when they began, in whichever form they are', () => {
    const [early, late] = [BEGUN, BEGUN + 60]
    const late4 = [kept(late), keptOld(late), carriedOf(150, late), kept(late)]
    for (const value of [kept(early), keptOld(early), carriedOf(150, early)]) {
      expect(set(header(...late4, value)).cleared).toEqual(['4'])
    }
    expect(set(header(...late4, 'not ours')).cleared).toEqual(['4'])
  })

  it('take the place of what is not ours first, and give no command for it', () => {
    const five = ['not ours', ...[1, 2, 3, 4].map((each) => kept(BEGUN + each))]
    expect(set(header(...five))).toMatchObject({ dropped: undefined, cleared: ['0'] })
    expect(set(header(...five.slice(1), carriedOf(150)))).toMatchObject({ dropped: undefined, cleared: ['4'] })
    expect(set(header(...five, keptOld()))).toMatchObject({
      dropped: nameOf(`5.${keptOld()}`),
      cleared: ['5', '0'],
    })
  })

  it('are looked through up to twenty cookies', () => {
    const many = Array.from({ length: 30 }, (_, at) => kept(BEGUN + at))
    const { cleared } = set(header(...many))
    expect(cleared).toEqual(Array.from({ length: 16 }, (_, at) => String(15 - at)))
  })
})
