/** The ID token that is exchanged. */
import {
  compactVerify,
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  type JWTPayload,
  type ProtectedHeaderParameters,
} from 'jose'

import type { KeyRing } from '../keys.js'
import { refuse, REFUSALS, refuseWith } from './problem.js'

const IN = 'in subject_token JWT'

/** Claims of a CIS2 ID token that the platform takes; throws a `PlatformProblem`. */
export async function checkSubjectToken(
  token: string | null,
  { keys, issuer, now }: { keys: KeyRing; issuer: string; now: number },
): Promise<JWTPayload> {
  const { header, claims } = decode(token ?? refuse('Missing subject_token'))
  checkHeader(header)
  checkClaims(claims, now)
  if (claims.iss !== issuer) {
    refuseWith(REFUSALS.issuer, `iss is "${String(claims.iss)}", and this platform belongs to ${issuer}`)
  }
  const signing = keys.published().keys.filter(({ use }) => use === 'sig')
  if (!signing.some(({ kid }) => kid === header.kid)) {
    refuse(`Invalid 'kid' header ${IN} - no matching public key`, 401)
  }
  await compactVerify(token ?? '', createLocalJWKSet({ keys: signing }), { algorithms: ['RS256'] }).catch(() =>
    refuseWith(REFUSALS.signature, 'the subject_token was not signed by this CIS2'),
  )
  return claims
}

/** CIS2's handle on the session that a token came from, before anything is known of the token: for the log. */
export function sessionHandleIn(token: string | null): unknown {
  try {
    return decodeJwt(token ?? '')['org.forgerock.openidconnect.ops']
  } catch {
    // It is refused elsewhere, by name.
    return undefined
  }
}

function decode(token: string): { header: ProtectedHeaderParameters; claims: JWTPayload } {
  try {
    return { header: decodeProtectedHeader(token), claims: decodeJwt(token) }
  } catch {
    // As with the assertion: no token is no token.
    return refuse('Malformed JWT in subject_token')
  }
}

function checkHeader({ kid, typ, alg }: ProtectedHeaderParameters): void {
  if (!kid) refuse(`Missing 'kid' header ${IN}`)
  if (String(typ).toUpperCase() !== 'JWT') refuse(`Invalid 'typ' header ${IN} - must be 'JWT'`)
  if (!alg) refuse(`Missing 'alg' header ${IN}`)
}

function checkClaims({ exp, iss, aud }: JWTPayload, now: number): void {
  if (exp === undefined) refuse(`Missing 'exp' claim ${IN}`)
  if (!Number.isInteger(exp)) refuse(`Invalid 'exp' claim ${IN} - must be an integer`)
  if (exp <= now) refuse(`Invalid 'exp' claim ${IN} - JWT has expired`)
  if (!iss) refuse(`Missing 'iss' claim ${IN}`)
  if (!aud) refuse(`Missing 'aud' claim ${IN}`, 401)
}
