/** The ID token: every check of OpenID Connect Core 1.0, section 3.1.3.7, and those that CIS2 asks for on top. */
import { createHash } from 'node:crypto'

import { parseAssuranceLevel, parseIdentityAssuranceLevel } from '../cis2/assurance.js'
import type { AssuranceLevel, IdentityAssuranceLevel } from '../cis2/assurance.js'
import type { CheckedIdToken } from '../cis2/checked-claims.js'
import { isSubject } from '../cis2/subject.js'
import { SignInRefusedError } from '../errors.js'
import type { SignInRefusal } from '../errors.js'
import { isNumericDate, isOnlyAudience, isSessionId, issueTimeProblem } from './claim-checks.js'
import type { JsonObject } from '../outbound/json.js'
import type { TokenHeader, VerifiedToken } from './signed-token.js'

const MAX_LIFETIME_SECONDS = 24 * 60 * 60

/** What an ID token is held against. Times in seconds. */
export interface IdTokenExpectation {
  readonly issuer: string
  readonly clientId: string
  readonly nonce: string
  readonly accessToken: string
  readonly now: number
  readonly clockToleranceSeconds: number
  readonly aal: AssuranceLevel
  readonly identityAssuranceLevel: IdentityAssuranceLevel
  readonly maxAuthAgeSeconds: number
  /** A sentence about the two clocks, for the message of a refusal by time; `''` when they agree. */
  readonly clockHint: string
}

/** Throws a {@link SignInRefusedError} unless every check passes. Only for claims whose signature has been verified. */
export function checkIdToken({ header, claims }: VerifiedToken, expected: IdTokenExpectation): CheckedIdToken {
  checkKind(header, claims)
  if (claims.iss !== expected.issuer) refuse('issuer', 'iss is not the discovered issuer')
  checkAudience(claims, expected.clientId)
  const expiresAt = checkTimes(claims, expected)
  if (claims.nonce !== expected.nonce) refuse('nonce', 'nonce is not the one that was sent')
  if (!isSubject(claims.sub)) refuse('claims', 'sub is missing or odd')
  if (claims.sid !== undefined && !isSessionId(claims.sid)) refuse('claims', 'sid is odd')
  checkAccessTokenHash(header.alg, claims, expected.accessToken)
  // Made here and nowhere else.
  return {
    sub: claims.sub,
    sid: claims.sid,
    expiresAt,
    authenticatedAt: checkAuthenticationTime(claims, expected),
    ...checkAssurance(claims, expected),
    acr: claims.acr,
    amr: claims.amr,
    selectedRoleId: claims.selected_roleid,
  } as CheckedIdToken
}

function refuse(reason: SignInRefusal, problem: string, hint = ''): never {
  throw new SignInRefusedError(reason, `The ID token was refused: ${problem}.${hint}`)
}

/** A logout token is signed with the same keys for the same client, and must not pass for a sign-in. */
function checkKind(header: TokenHeader, claims: JsonObject): void {
  if (header.typ !== undefined && header.typ !== 'jwt') refuse('claims', 'typ says that it is another kind of token')
  if ('events' in claims) refuse('claims', 'it has the events of a logout token')
}

function checkAudience(claims: JsonObject, clientId: string): void {
  if (!isOnlyAudience(claims.aud, clientId)) refuse('audience', 'aud is not this client alone')
  if (claims.azp !== undefined && claims.azp !== clientId) refuse('audience', 'azp is another client')
}

/** Returns `exp`. */
function checkTimes({ exp, iat, nbf }: JsonObject, expected: IdTokenExpectation): number {
  const { now, clockToleranceSeconds: tolerance } = expected
  function refuseTime(problem: string): never {
    return refuse('expiry', problem, expected.clockHint)
  }
  if (!isNumericDate(exp)) refuseTime('exp is missing or no time')
  if (exp <= now - tolerance) refuseTime('it has expired')
  if (exp > now + MAX_LIFETIME_SECONDS) refuseTime('exp is more than a day ahead')
  if (!isNumericDate(iat)) refuseTime('iat is missing or no time')
  const problem = issueTimeProblem(iat, expected)
  if (problem !== undefined) refuseTime(problem)
  if (nbf !== undefined && !(isNumericDate(nbf) && nbf <= now + tolerance)) {
    refuseTime('nbf is in the future or no time')
  }
  return exp
}

/** OpenID Connect Core 1.0, section 3.1.3.8: optional in the code flow, binding when present. */
function checkAccessTokenHash(alg: string, { at_hash: hash }: JsonObject, accessToken: string): void {
  if (hash === undefined) return
  const digest = createHash(`sha${alg.slice(-3)}`)
    .update(accessToken)
    .digest()
  const expectedHash = digest.subarray(0, digest.length / 2).toString('base64url')
  if (hash !== expectedHash) refuse('claims', 'at_hash does not fit the access token')
}

/** The browser can drop `prompt` and `max_age` from the request; only `auth_time` proves a fresh sign-in. */
function checkAuthenticationTime({ auth_time: time }: JsonObject, expected: IdTokenExpectation): number {
  const { now, maxAuthAgeSeconds, clockToleranceSeconds: tolerance, clockHint } = expected
  if (!isNumericDate(time)) refuse('auth-time', 'auth_time is missing or no time')
  if (time > now + tolerance) refuse('auth-time', 'auth_time is in the future', clockHint)
  if (time < now - maxAuthAgeSeconds - tolerance) {
    refuse('auth-time', `the user authenticated more than ${maxAuthAgeSeconds} seconds ago`, clockHint)
  }
  return time
}

/** `acr_values` can be edited in the browser, and a reused session may be weaker: the signed levels decide. */
function checkAssurance(
  claims: JsonObject,
  expected: IdTokenExpectation,
): Pick<CheckedIdToken, 'aal' | 'identityAssuranceLevel'> {
  const aal = parseAssuranceLevel(claims.authentication_assurance_level)
  if (aal === undefined || aal < expected.aal) {
    refuse('assurance', `authentication_assurance_level does not reach ${expected.aal}`)
  }
  // The lowest is assumed: nothing is less than what an application asks for that has switched the check off.
  const level = parseIdentityAssuranceLevel(claims.id_assurance_level) ?? 0
  if (level < expected.identityAssuranceLevel) {
    refuse('identity-assurance', `id_assurance_level does not reach ${expected.identityAssuranceLevel}`)
  }
  return { aal, identityAssuranceLevel: level }
}
