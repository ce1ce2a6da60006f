/** Which kind of authenticator a sign-in used, as far as `amr` and `acr` tell. */
import type { Authenticator } from './user.js'

/**
 * `N3_SMARTCARD` (and `pwd`, on test environments) are what CIS2 is seen to send; the others follow the names of
 * the `acr` values that ask for them. The list is open-ended: an unknown value is no error, it tells us nothing.
 */
const BY_METHOD: ReadonlyMap<string, Authenticator> = new Map([
  ['N3_SMARTCARD', 'smartcard'],
  ['CIS2_SMARTCARD', 'smartcard'],
  ['SMARTCARD', 'smartcard'],
  ['WINDOWS_HELLO', 'windows-hello'],
  ['PASSKEY', 'passkey'],
  ['FIDO2', 'security-key'],
  ['SECURITY_KEY', 'security-key'],
  ['IOS', 'ipad'],
  ['TOTP', 'microsoft-authenticator'],
  ['NHSMAIL', 'nhs-net-connect'],
  ['USERPASS', 'password'],
  ['pwd', 'password'],
])

/**
 * Names the authenticator: from `amr`, which says how the user signed in, else from `acr`, which may.
 *
 * A password beside another method is only the first of two factors, so the other one names the authenticator.
 * Undefined when neither claim is known. For display and audit; who may pass is decided by level.
 */
export function authenticatorOf(acr: string | undefined, amr: readonly string[]): Authenticator | undefined {
  const known = amr.map((method) => BY_METHOD.get(method)).filter((authenticator) => authenticator !== undefined)
  return known.find((authenticator) => authenticator !== 'password') ?? known[0] ?? byAcr(acr)
}

function byAcr(acr: string | undefined): Authenticator | undefined {
  // `AAL3_FIDO2`: the level, then the method; `AAL3_ANY` names none.
  return acr === undefined ? undefined : BY_METHOD.get(acr.replace(/^AAL[1-3]_/, ''))
}
