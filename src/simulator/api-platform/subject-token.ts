/** The ID token that is exchanged. */
import { compactVerify, createLocalJWKSet, decodeJwt, type JWTPayload } from 'jose'

import type { KeyRing } from '../keys.js'
import { refuse } from './problem.js'

const IN = 'in subject_token JWT'

/** Claims of a CIS2 ID token that the platform takes; throws a `PlatformProblem`. */
export async function checkSubjectToken(
  token: string,
  { keys, issuer, now }: { keys: KeyRing; issuer: string; now: number },
): Promise<JWTPayload> {
  const claims = decode(token)
  if (claims.iss !== issuer) refuse(400, `Missing or non-matching 'iss' claim ${IN}`)
  if (claims.aud === undefined) refuse(400, `Missing 'aud' claim ${IN}`)
  if (claims.exp === undefined) refuse(400, `Missing 'exp' claim ${IN}`)
  if (!Number.isInteger(claims.exp)) refuse(400, `Invalid 'exp' claim ${IN} - must be an integer`)
  if (claims.exp <= now) refuse(400, `Invalid 'exp' claim ${IN} - JWT has expired`)
  const signing = keys.published().keys.filter(({ use }) => use === 'sig')
  await compactVerify(token, createLocalJWKSet({ keys: signing }), { algorithms: ['RS256'] }).catch(() =>
    refuse(401, 'JWT signature verification failed', 'the subject_token was not signed by this CIS2'),
  )
  return claims
}

function decode(token: string): JWTPayload {
  try {
    return decodeJwt(token)
  } catch {
    // As with the assertion: no token is no token.
    return refuse(400, 'Malformed JWT in subject_token')
  }
}
