/** Claims that have passed the checks, for tests of what is made of them. */
import type { CheckedIdToken, CheckedUserInfo } from '../../src/cis2/checked-claims.js'
import { checkIdToken } from '../../src/oidc/id-token.js'

const ISSUER = 'https://am.sim.example:443/realm'
const CLIENT = 'client'
const NONCE = 'nonce'

/** The check of the product, with nothing asked beyond what every ID token must have. */
export function checkedIdToken(claims: Readonly<Record<string, unknown>>): CheckedIdToken {
  const now = typeof claims.auth_time === 'number' ? claims.auth_time : 0
  return checkIdToken(
    {
      header: { alg: 'RS256', kid: undefined, typ: 'jwt' },
      claims: { iss: ISSUER, aud: CLIENT, nonce: NONCE, iat: now, exp: now + 60, ...claims },
    },
    {
      issuer: ISSUER,
      clientId: CLIENT,
      nonce: NONCE,
      accessToken: 'access',
      now,
      clockToleranceSeconds: 30,
      aal: 1,
      identityAssuranceLevel: 0,
      maxAuthAgeSeconds: 300,
      clockHint: '',
    },
  )
}

/** Of the same subject, which the caller sees to. */
export function checkedUserInfo(claims: Readonly<Record<string, unknown>>): CheckedUserInfo {
  return { claims } as CheckedUserInfo
}
