import { randomBytes } from 'node:crypto'

import { plainCookieValue, signedCookieValue } from '../../../src/session/plain-cookie-value.js'
import { newSessionId } from '../../../src/session/records/session-id.js'

function newSignature(): string {
  return randomBytes(32).toString('base64').replace('=', '')
}

describe('the value of the session cookie', () => {
  it('FIELD-24 is hexadecimal digits alone, and says what express-session said', () => {
    for (let each = 0; each < 2_000; each++) {
      const signed = `s:${newSessionId()}.${newSignature()}`
      const plain = plainCookieValue(signed)
      expect(plain).toMatch(/^[0-9a-f]{160}$/)
      expect(signedCookieValue(plain)).toBe(signed)
    }
  })

  it('leaves alone what is no session id of ours', () => {
    expect(plainCookieValue('s:chosen by the application.x')).toBe('s%3Achosen%20by%20the%20application.x')
    const signed = `s:${newSessionId()}.${newSignature()}`
    for (const other of [`x${signed}`, `${signed}x`]) expect(plainCookieValue(other)).toBe(encodeURIComponent(other))
  })

  it.each(['', 'a'.repeat(159), 'a'.repeat(161), 'A'.repeat(160), `${'a'.repeat(160)}\n`, `s%3A${'a'.repeat(156)}`])(
    'SES-5 is not read out of %j',
    (text) => {
      expect(signedCookieValue(text)).toBeUndefined()
    },
  )
})
