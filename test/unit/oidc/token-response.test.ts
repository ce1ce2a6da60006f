/** Answers of the token endpoint as values: what is taken from them, and what each refusal is. */
import { assertServed, ClientRefusedError, parseTokenResponse } from '../../../src/oidc/token-response.js'
import { thrownBy } from '../../support/thrown-by.js'

const TOKENS = { id_token: 'a.b.c', access_token: 'token', token_type: 'Bearer' }
const LONGEST = 64 * 1024
const TEN_YEARS = 315_360_000

function answer(body: object | string, status = 200, type = 'application/json') {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { status, headers: new Headers({ 'content-type': type }), body: Buffer.from(text) }
}

const lifetimeOf = (value: unknown) => parseTokenResponse(answer({ ...TOKENS, expires_in: value })).expiresInSeconds

describe('an answer of the token endpoint', () => {
  it.each<[unknown, number | undefined]>([
    [3600, 3600],
    ['3600', 3600],
    [12.7, 12],
    [0, 0],
    ['0', 0],
    [TEN_YEARS, TEN_YEARS],
    [TEN_YEARS + 1, undefined],
    ['3600s', undefined],
    ['1e3', undefined],
    ['+3600', undefined],
    [' 3600', undefined],
    ['x'.repeat(3), undefined],
    [-1, undefined],
    [undefined, undefined],
  ])('whose expires_in is %j is for %j seconds', (value, seconds) => {
    expect(lifetimeOf(value)).toBe(seconds)
  })

  it('has tokens as long as they may be, and no longer', () => {
    const longest = { ...TOKENS, id_token: 'i'.repeat(LONGEST), access_token: 'a'.repeat(LONGEST) }
    expect(parseTokenResponse(answer(longest)).idToken).toHaveLength(LONGEST)
    for (const name of ['id_token', 'access_token'] as const) {
      const longer = answer({ ...longest, [name]: `${longest[name]}x` })
      expect(thrownBy(() => parseTokenResponse(longer))).toMatchObject({ reason: 'token-response' })
    }
  })

  it('does not accept this client with invalid_client, or with a 401 that gives no reason', () => {
    const refused = [answer({ error: 'invalid_client' }, 400), answer('', 401, 'text/html'), answer({}, 401)]
    for (const response of refused) {
      expect(thrownBy(() => parseTokenResponse(response))).toMatchObject({ name: 'ClientRefusedError' })
    }
    const other = thrownBy(() => parseTokenResponse(answer({ error: 'invalid_grant' }, 401)))
    expect(other).not.toBeInstanceOf(ClientRefusedError)
    expect(other).toMatchObject({ code: 'CIS2_SIGN_IN_REFUSED' })
  })

  it.each([
    'JWT is not valid',
    'JWT has expired',
    'Audience validation failed',
    'Client authentication failed',
    'Invalid authentication method for accessing this endpoint.',
  ])('repeats %j, which holds nothing of anybody', (text) => {
    const response = (description: unknown) => answer({ error: 'invalid_client', error_description: description }, 400)
    const descriptionOf = (description: unknown) =>
      (thrownBy(() => parseTokenResponse(response(description))) as ClientRefusedError).description
    expect(descriptionOf(text)).toBe(text)
    expect([`${text} 555012345678`, '', [text], undefined].map(descriptionOf)).toEqual(Array(4).fill(undefined))
  })

  it('repeats an error that is a code, and no other text', () => {
    const messageOf = (error: string) => String(thrownBy(() => parseTokenResponse(answer({ error }, 400))))
    expect(messageOf('invalid_scope')).toMatch(/CIS2 answered invalid_scope\.$/)
    expect(messageOf('invalid_grant')).toMatch(/CIS2 answered invalid_grant \(.*redirect_uri.*\)\.$/)
    for (const odd of ['Ngozi_okafor', 'ngozi okafor', 'x'.repeat(65), '555012345678x']) {
      expect(messageOf(odd)).toMatch(/CIS2 answered an error\.$/)
    }
  })

  it('that cannot serve says so of one code, or of everybody', () => {
    for (const status of [429, 500, 503]) {
      expect(thrownBy(() => parseTokenResponse(answer(TOKENS, status)))).toMatchObject({
        name: 'Fault',
        kind: 'status',
        aboutOneCode: true,
      })
      const everybody = thrownBy(() => {
        assertServed(answer(TOKENS, status), 'everybody')
      })
      expect(everybody).toMatchObject({ kind: 'status', aboutOneCode: false })
    }
    expect(() => {
      assertServed(answer('', 499), 'everybody')
    }).not.toThrow()
  })
})
