/** UserInfo: fetched with the access token, plain or signed, and only ever that of the ID token's subject. */
import type { CheckedUserInfo } from '../cis2/checked-claims.js'
import { SignInRefusedError } from '../errors.js'
import type { SignInRefusal } from '../errors.js'
import { audienceIncludes, isNumericDate } from './claim-checks.js'
import { Fault } from '../outbound/fault.js'
import { parseJsonObject, type JsonObject } from '../outbound/json.js'
import { mediaType, type Outbound, type OutboundResponse } from '../outbound/outbound-http.js'
import type { RemoteKeys } from './remote-keys.js'
import { parseSignedToken, UntrustedTokenError, verifySignedToken } from './signed-token.js'
import { assertServed } from './token-response.js'

/** 300 roles of 25 activities are 400 KB of JSON, and a third more when they are signed. */
const MAX_BYTES = 2 * 1024 * 1024

/** An honest document has some dozens. */
const MAX_MEMBERS = 2000

export interface UserInfoExpectation {
  readonly issuer: string
  readonly clientId: string
  /** `sub` of the verified ID token. */
  readonly subject: string
  readonly algorithms: readonly string[]
  readonly userInfo: 'any' | 'signed'
  readonly clockToleranceSeconds: number
  /** Epoch seconds. */
  readonly now: number
}

/** Rejects with a {@link Fault} when CIS2 cannot be reached, else with a {@link SignInRefusedError}. */
export async function fetchUserInfo(
  outbound: Outbound,
  request: { readonly endpoint: string; readonly accessToken: string; readonly deadline: number },
): Promise<OutboundResponse> {
  try {
    return await outbound.send(request.endpoint, {
      endpoint: 'userinfo',
      method: 'GET',
      headers: { accept: 'application/json, application/jwt', authorization: `Bearer ${request.accessToken}` },
      deadline: request.deadline,
      maxBytes: MAX_BYTES,
    })
  } catch (error) {
    if (error instanceof Fault && error.kind === 'redirect') refuse('CIS2 answered with a redirect')
    if (error instanceof Fault && error.kind === 'too-large') refuse('it is too large', 'too-large')
    throw error
  }
}

/** The claims of an answer, once they are known to be CIS2's about this user. */
export async function checkUserInfo(
  response: OutboundResponse,
  keys: RemoteKeys,
  expected: UserInfoExpectation,
): Promise<CheckedUserInfo> {
  // Of a code that CIS2 has accepted: nobody has invented it.
  assertServed(response, 'everybody')
  if (response.status !== 200) refuse(`CIS2 answered with status ${response.status}`)
  const claims = await readClaims(response, keys, expected)
  if (Object.keys(claims).length > MAX_MEMBERS) refuse('it has too many members')
  // OpenID Connect Core 1.0, section 5.3.2: anybody else's claims must not be used.
  if (claims.sub !== expected.subject) refuse('sub is not that of the ID token', 'userinfo-subject')
  // Made here and nowhere else.
  return { claims } as CheckedUserInfo
}

function refuse(problem: string, reason: SignInRefusal = 'userinfo'): never {
  throw new SignInRefusedError(reason, `UserInfo was refused: ${problem}.`)
}

async function readClaims(
  response: OutboundResponse,
  keys: RemoteKeys,
  expected: UserInfoExpectation,
): Promise<JsonObject> {
  const type = mediaType(response.headers)
  if (type === 'application/jwt') return readSigned(response, keys, expected)
  if (expected.userInfo === 'signed') refuse('it is not signed, although signed UserInfo is configured')
  if (type !== 'application/json') refuse('it is neither JSON nor a signed token')
  return parseJsonObject(response.body) ?? refuse('it is no JSON object')
}

async function readSigned(
  response: OutboundResponse,
  keys: RemoteKeys,
  expected: UserInfoExpectation,
): Promise<JsonObject> {
  const text = Buffer.from(response.body).toString('latin1').trim()
  const { claims, header } = await verify(text, keys, expected)
  if (header.typ === 'logout+jwt' || 'events' in claims) refuse('it is a logout token')
  if (claims.iss !== undefined && claims.iss !== expected.issuer) refuse('iss is not the discovered issuer')
  // CIS2 leaves `aud` out, and has announced that it may come.
  if (claims.aud !== undefined && !audienceIncludes(claims.aud, expected.clientId)) {
    refuse('aud does not name this client')
  }
  const { exp } = claims
  if (exp !== undefined && (!isNumericDate(exp) || exp <= expected.now - expected.clockToleranceSeconds)) {
    refuse('it has expired')
  }
  return claims
}

async function verify(text: string, keys: RemoteKeys, { algorithms }: UserInfoExpectation) {
  try {
    return await verifySignedToken(parseSignedToken(text, { algorithms, maxBytes: MAX_BYTES }), keys, 'cis2')
  } catch (error) {
    if (error instanceof UntrustedTokenError) refuse(`as a signed token, ${error.message}`)
    throw error
  }
}
