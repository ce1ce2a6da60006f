/** The claims of ID tokens and logout tokens, as recorded from CIS2. */
import { randomInt, randomUUID } from 'node:crypto'

import type { Grant } from './grants.js'
import { type Claims, halfHash } from './jwt.js'
import { type OpSession, sidFor } from './op-sessions.js'

const ID_TOKEN_SECONDS = 3600
const LOGOUT_TOKEN_SECONDS = 120

/** Why CIS2 ended a session, in AM's words. */
export type LogoutCause = 'CLIENT_LOGOUT' | 'SESSION_IDLE_TIMEOUT' | 'SESSION_MAX_TIMEOUT' | 'SESSION_TERMINATION'

const auditTrackingId = () => `${randomUUID()}-${randomInt(10_000, 99_999)}`

function levelClaims({ user, authenticator }: OpSession): Claims {
  const { identityAssuranceLevel: identity } = user
  return {
    authentication_assurance_level: user.levelsAsNumbers ? authenticator.aal : String(authenticator.aal),
    id_assurance_level: user.levelsAsNumbers ? identity : String(identity),
    idassurancelevel: String(identity),
  }
}

/** The ID token's claims; `now` in epoch seconds. */
export function idTokenClaims(
  grant: Grant,
  { issuer, now, code, accessToken }: { issuer: string; now: number; code: string; accessToken: string },
): Claims {
  const { session, request } = grant
  const { clientId } = request.client
  return {
    at_hash: halfHash(accessToken),
    sub: session.user.sub,
    auditTrackingId: auditTrackingId(),
    amr: session.authenticator.amr,
    iss: issuer,
    tokenName: 'id_token',
    sid: sidFor(session, clientId),
    ...levelClaims(session),
    acr: grant.acr,
    azp: clientId,
    ...(grant.roleId === undefined ? {} : { selected_roleid: grant.roleId }),
    auth_time: session.authTime,
    exp: now + ID_TOKEN_SECONDS,
    iat: now,
    subname: session.user.sub,
    ...(request.nonce === undefined ? {} : { nonce: request.nonce }),
    aud: clientId,
    c_hash: halfHash(code),
    'org.forgerock.openidconnect.ops': session.ops,
    ...(request.state === undefined ? {} : { s_hash: halfHash(request.state) }),
    realm: '/NHSIdentity/Healthcare',
    tokenType: 'JWTToken',
    ...session.user.idTokenClaims,
  }
}

/** The claims of a logout token (OpenID Connect Back-Channel Logout 1.0, 2.4) with AM's own additions. */
export function logoutTokenClaims(facts: {
  issuer: string
  now: number
  clientId: string
  sub: string
  sid: string
  cause: LogoutCause
}): Claims {
  return {
    iss: facts.issuer,
    aud: facts.clientId,
    sub: facts.sub,
    sid: facts.sid,
    iat: facts.now,
    exp: facts.now + LOGOUT_TOKEN_SECONDS,
    jti: randomUUID(),
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    cause: facts.cause,
    auditTrackingId: auditTrackingId(),
  }
}
