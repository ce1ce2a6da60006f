/** What the log shows of what was said. */
import { maskAddress, maskBody, maskObject, maskValue, openToken } from '../../../src/simulator/mask.js'

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const TOKEN = `${part({ alg: 'RS256' })}.${part({ sub: 'x' })}.c2lnbmF0dXJl`
const OPENED = { header: { alg: 'RS256' }, claims: { sub: 'x' }, signature: 'masked' }

describe('masking', () => {
  it.each(['client_secret', 'password', 'pin', 'code_verifier', 'refresh_token'])('never shows %s', (name) => {
    expect(maskValue(name, 'hunter2')).toBe('masked')
  })

  it.each([
    { value: 'abcdefghijklmnopqrstuvwxyz', shown: 'abcdef…' },
    { value: '918273', shown: '9…' },
    { value: '', shown: '…' },
  ])('shortens the code "$value"', ({ value, shown }) => {
    expect(maskValue('code', value)).toBe(shown)
  })

  it('opens tokens and leaves their signature out', () => {
    expect(openToken(TOKEN)).toEqual(OPENED)
    expect(maskValue('id_token', TOKEN)).toEqual(OPENED)
    expect(openToken('a.b.c')).toBeUndefined()
    expect(openToken(`${part({})}.b.c`)).toBeUndefined()
    expect(openToken('text')).toBeUndefined()
  })

  it('leaves other values as they are', () => {
    expect(
      maskObject([
        ['state', 'a-state'],
        ['expires_in', 3599],
        ['nothing', null],
      ]),
    ).toEqual({
      state: 'a-state',
      expires_in: 3599,
      nothing: null,
    })
  })

  it.each([
    { type: 'text/html', body: '<h1>', shown: undefined },
    { type: 'application/jwt', body: TOKEN, shown: OPENED },
    { type: 'application/json', body: `{"id_token":"${TOKEN}"}`, shown: { id_token: OPENED } },
    { type: 'application/json', body: 'null', shown: null },
    { type: 'application/json', body: '7', shown: 7 },
    { type: 'text/plain', body: 'x'.repeat(300), shown: 'x'.repeat(200) },
  ])('shows a $type body: $shown', ({ type, body, shown }) => {
    expect(maskBody(type, body)).toEqual(shown)
  })

  it.each([
    { address: '/sign-in', shown: '/sign-in' },
    { address: '/cb?code=abcdefghijklmnopqrstuvwxyz&state=s', shown: '/cb?code=abcdef…&state=s' },
    { address: `/out?id_token_hint=${TOKEN}`, shown: '/out?id_token_hint=(token)' },
  ])('shows the address $shown', ({ address, shown }) => {
    expect(maskAddress(address)).toBe(shown)
  })
})
