/** Back-channel logout tokens; OpenID Connect Back-Channel Logout 1.0, sections 2.4 and 2.6. */
import { isRecord } from '../primitives/is-record.js'
import { isSubject } from '../cis2/subject.js'
import { LogoutTokenRefusedError } from '../errors.js'
import { audienceIncludes, isNumericDate, isPlainText, isSessionId, issueTimeProblem } from './claim-checks.js'
import type { JsonObject } from '../outbound/json.js'
import type { VerifiedLogoutToken } from './provider.js'
import type { RemoteKeys } from './remote-keys.js'
import {
  parseSignedToken,
  UntrustedTokenError,
  verifySignedToken,
  type TokenHeader,
  type VerifiedToken,
} from './signed-token.js'

/** A logout token holds a dozen short claims. */
const MAX_BYTES = 16 * 1024

const MAX_TOKEN_ID_LENGTH = 255

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'

export interface LogoutTokenExpectation {
  readonly issuer: string
  readonly clientId: string
  readonly algorithms: readonly string[]
  readonly logoutTokenType: 'any' | 'logout+jwt'
  readonly clockToleranceSeconds: number
  /** Epoch seconds. */
  readonly now: number
}

/**
 * Checks everything about a logout token except that it is used once.
 *
 * Rejects with a {@link LogoutTokenRefusedError}, or with the fetch's error when CIS2's keys are not
 * to be had. What is malformed is refused before any key is looked up, since anybody can post here.
 */
export async function checkLogoutToken(
  text: string,
  keys: RemoteKeys,
  expected: LogoutTokenExpectation,
): Promise<VerifiedLogoutToken> {
  return checkClaims(await verify(text, keys, expected), expected)
}

async function verify(text: string, keys: RemoteKeys, expected: LogoutTokenExpectation): Promise<VerifiedToken> {
  try {
    const token = parseSignedToken(text, { algorithms: expected.algorithms, maxBytes: MAX_BYTES })
    checkType(token.header, expected.logoutTokenType)
    return await verifySignedToken(token, keys, 'stranger')
  } catch (error) {
    if (error instanceof UntrustedTokenError) refuse(error.message)
    throw error
  }
}

/** CIS2 signs them as `JWT` or without a type; a token made for another purpose says so here. */
function checkType({ typ }: TokenHeader, required: 'any' | 'logout+jwt'): void {
  if (typ === 'logout+jwt') return
  if (required === 'any' && (typ === undefined || typ === 'jwt')) return
  refuse('typ is not that of a logout token')
}

function checkClaims({ claims }: VerifiedToken, expected: LogoutTokenExpectation): VerifiedLogoutToken {
  if (claims.iss !== expected.issuer) refuse('iss is not the discovered issuer')
  if (!audienceIncludes(claims.aud, expected.clientId)) refuse('aud does not name this client')
  const issuedAt = checkTimes(claims, expected)
  const { sub, sid, jti, cause } = claims
  if (sub === undefined && sid === undefined) refuse('it has neither sub nor sid')
  if (sub !== undefined && !isSubject(sub)) refuse('sub is odd')
  if (sid !== undefined && !isSessionId(sid)) refuse('sid is odd')
  checkEvents(claims.events)
  // What tells a logout token from an ID token; section 2.4: "MUST NOT be present".
  if ('nonce' in claims) refuse('it has a nonce')
  if (!isPlainText(jti, MAX_TOKEN_ID_LENGTH)) refuse('jti is missing or odd')
  return {
    sub,
    sid,
    issuedAt,
    tokenId: jti,
    cause: typeof cause === 'string' && /^[A-Z_]{1,64}$/.test(cause) ? cause : undefined,
  }
}

function checkTimes({ iat, exp }: JsonObject, expected: LogoutTokenExpectation): number {
  const { now, clockToleranceSeconds } = expected
  if (!isNumericDate(iat)) refuse('iat is missing or no time')
  const problem = issueTimeProblem(iat, expected)
  if (problem !== undefined) refuse(problem)
  if (exp !== undefined && (!isNumericDate(exp) || exp <= now - clockToleranceSeconds)) refuse('it has expired')
  return iat
}

function checkEvents(events: unknown): void {
  if (!isRecord(events) || !Object.hasOwn(events, LOGOUT_EVENT) || !isRecord(events[LOGOUT_EVENT])) {
    refuse('events does not name a logout')
  }
}

function refuse(reason: string): never {
  throw new LogoutTokenRefusedError(reason)
}
