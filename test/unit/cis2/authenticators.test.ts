import { authenticatorOf } from '../../../src/cis2/authenticators.js'

describe('authenticatorOf', () => {
  it.each([
    ['N3_SMARTCARD', 'smartcard'],
    ['CIS2_SMARTCARD', 'smartcard'],
    ['WINDOWS_HELLO', 'windows-hello'],
    ['PASSKEY', 'passkey'],
    ['FIDO2', 'security-key'],
    ['SECURITY_KEY', 'security-key'],
    ['IOS', 'ipad'],
    ['TOTP', 'microsoft-authenticator'],
    ['NHSMAIL', 'nhs-net-connect'],
    ['USERPASS', 'password'],
    ['pwd', 'password'],
  ])('reads the method %s as %s', (method, authenticator) => {
    expect(authenticatorOf('AAL3_ANY', [method])).toBe(authenticator)
  })

  it.each([
    ['AAL3_N3_SMARTCARD', 'smartcard'],
    ['AAL3_SMARTCARD', 'smartcard'],
    ['AAL3_IOS', 'ipad'],
    ['AAL3_FIDO2', 'security-key'],
    ['AAL2_TOTP', 'microsoft-authenticator'],
    ['AAL2_NHSMAIL', 'nhs-net-connect'],
    ['AAL1_USERPASS', 'password'],
  ])('falls back to the class %s', (acr, authenticator) => {
    expect(authenticatorOf(acr, [])).toBe(authenticator)
    expect(authenticatorOf(acr, ['SOMETHING_NEW'])).toBe(authenticator)
  })

  it('believes the method rather than the class', () => {
    expect(authenticatorOf('AAL3_FIDO2', ['N3_SMARTCARD'])).toBe('smartcard')
  })

  it('names the second factor rather than the password before it', () => {
    expect(authenticatorOf(undefined, ['pwd', 'TOTP'])).toBe('microsoft-authenticator')
    expect(authenticatorOf(undefined, ['SOMETHING_NEW', 'pwd'])).toBe('password')
  })

  it.each([undefined, '0', 'AAL3_ANY', 'AAL2_OR_AAL3_ANY', 'SMARTAAL3_CARD', 'constructor'])(
    'knows nothing from %p alone',
    (acr) => {
      expect(authenticatorOf(acr, [])).toBeUndefined()
      expect(authenticatorOf(acr, ['__proto__', 'n3_smartcard', ''])).toBeUndefined()
    },
  )
})
