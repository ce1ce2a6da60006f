/** Signed tokens before anybody looks at their claims: shape, header, signature. */
import { createHmac, createSecretKey } from 'node:crypto'

import { parseSignedToken, UntrustedTokenError, verifySignedToken } from '../../../src/oidc/signed-token.js'
import { rejectionOf, thrownBy } from '../../support/thrown-by.js'

const LIMITS = { algorithms: ['HS256'], maxBytes: 1_000 }
const SECRET = Buffer.alloc(32, 's')
const HEADER = { alg: 'HS256', kid: 'one' }

function tokenOf(header: object | string, claims: object | string = { sub: 'x' }, secret = SECRET): string {
  const part = (value: object | string) =>
    Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')
  const text = `${part(header)}.${part(claims)}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

const TOKEN = tokenOf(HEADER)

function refusalOf(text: unknown, limits = LIMITS): unknown {
  return thrownBy(() => parseSignedToken(text, limits))
}

describe('a signed token', () => {
  it.each<[string, unknown]>([
    ['no text', undefined],
    ['a number', 7],
    ['a list of one', [TOKEN]],
    ['something that reads as one', { length: 1, toString: () => TOKEN }],
    ['empty', ''],
    ['two parts', TOKEN.slice(0, TOKEN.lastIndexOf('.'))],
    ['four parts', `${TOKEN}.x`],
    ['four parts of which each is well spelt', `${TOKEN}.QUJD`],
    ['a part before it', `x.${TOKEN}`],
    ['a character before it', `!${TOKEN}`],
    ['white space behind it', `${TOKEN}\n`],
    ['no header', TOKEN.slice(TOKEN.indexOf('.'))],
    ['no signature', TOKEN.slice(0, TOKEN.lastIndexOf('.') + 1)],
    ['a header that is no JSON', tokenOf('{')],
    ['a header that is a list', tokenOf([HEADER])],
  ])('is none when it is %s', (_what, text) => {
    expect(refusalOf(text)).toMatchObject({ name: 'UntrustedTokenError' })
    expect(refusalOf(text)).toBeInstanceOf(UntrustedTokenError)
  })

  it('has one spelling of its signature', () => {
    // 32 bytes leave two bits of the last letter unused.
    const last = TOKEN.at(-1) ?? ''
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const other = letters[letters.indexOf(last) ^ 1] ?? ''
    expect(refusalOf(TOKEN.slice(0, -1) + other)).toBeInstanceOf(UntrustedTokenError)
  })

  it('is as long as it may be, and no longer', () => {
    expect(parseSignedToken(TOKEN, { ...LIMITS, maxBytes: TOKEN.length }).text).toBe(TOKEN)
    expect(refusalOf(TOKEN, { ...LIMITS, maxBytes: TOKEN.length - 1 })).toBeInstanceOf(UntrustedTokenError)
  })

  it.each<object>([
    { alg: 'none' },
    { alg: 'hs256' },
    { alg: ['HS256'] },
    { alg: undefined },
    { crit: ['exp'] },
    { crit: null },
    { b64: false },
    { zip: 'DEF' },
    { enc: 'A256GCM' },
    { kid: '' },
    { kid: 'k'.repeat(513) },
    { kid: 7 },
    { kid: null },
    { typ: 7 },
    { typ: null },
  ])('HOP-33 is refused for %j in its header', (changes) => {
    expect(refusalOf(tokenOf({ ...HEADER, ...changes }))).toBeInstanceOf(UntrustedTokenError)
  })

  it.each([
    ['JWT', 'jwt'],
    ['application/logout+JWT', 'logout+jwt'],
    ['logout+application/jwt', 'logout+application/jwt'],
    [undefined, undefined],
  ])('of type %j is of type %j', (typ, read) => {
    expect(parseSignedToken(tokenOf({ ...HEADER, typ }), LIMITS).header).toEqual({
      alg: 'HS256',
      kid: 'one',
      typ: read,
    })
  })

  it('names its key, in up to 512 letters, or none', () => {
    const kid = 'k'.repeat(512)
    expect(parseSignedToken(tokenOf({ ...HEADER, kid }), LIMITS).header.kid).toBe(kid)
    expect(parseSignedToken(tokenOf({ alg: 'HS256' }), LIMITS).header.kid).toBeUndefined()
  })
})

describe('the signature of a token', () => {
  const [mine, another] = [createSecretKey(SECRET), createSecretKey(Buffer.alloc(32, 'o'))]
  const keysOf = (...keys: (typeof mine)[]) => ({ find: () => Promise.resolve(keys), warm: () => Promise.resolve() })
  const verify = (text: string, ...keys: (typeof mine)[]) =>
    verifySignedToken(parseSignedToken(text, LIMITS), keysOf(...keys), 'stranger')

  it('may be that of any key that fits', async () => {
    await expect(verify(TOKEN, another, mine)).resolves.toEqual({
      header: { alg: 'HS256', kid: 'one', typ: undefined },
      claims: { sub: 'x' },
    })
  })

  it('is nobody’s when no key fits, or none made it', async () => {
    expect(await rejectionOf(verify(TOKEN))).toBeInstanceOf(UntrustedTokenError)
    expect(await rejectionOf(verify(TOKEN, another))).toBeInstanceOf(UntrustedTokenError)
    expect(await rejectionOf(verify(tokenOf(HEADER, {}, Buffer.alloc(32)), mine))).toBeInstanceOf(UntrustedTokenError)
  })

  it('does not make claims of what is no JSON object', async () => {
    for (const claims of ['[]', '"text"', '{', 'null']) {
      expect(await rejectionOf(verify(tokenOf(HEADER, claims), mine))).toBeInstanceOf(UntrustedTokenError)
    }
  })
})
