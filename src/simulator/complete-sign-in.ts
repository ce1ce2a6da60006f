/** The way back to the application: with a code, or with an error. */
import type { Exchange } from './exchange.js'
import { errorPage } from './pages/error-page.js'
import type { PendingSignIn } from './pending-sign-ins.js'
import { writeSessionCookie } from './session-cookie.js'
import { roleIsWanted } from './sign-in.js'
import type { Grant } from './grants.js'
import { secondsNow, type World } from './world.js'

/** Sends the browser back with a code. The parameters and their order are as recorded. */
export function completeSignIn(world: World, exchange: Exchange, grant: Grant): void {
  const { request } = grant
  const parameters = new URLSearchParams({ code: world.grants.giveCode(grant), iss: world.addresses.issuer })
  if (request.state !== undefined) parameters.set('state', request.state)
  parameters.set('client_id', request.client.clientId)
  parameters.set('scope', request.scopes.join(' '))
  exchange.redirect(sendAway(request.redirectUri, world.faults.spoil('callback', parameters, exchange)))
}

/** Ends a sign-in that has nothing left to ask: begins CIS2's session, or goes on with it, and sends the browser back. */
export function finishSignIn(
  world: World,
  exchange: Exchange,
  pending: PendingSignIn,
  roleId: string | undefined,
): void {
  const { request, journey, user, authenticator } = pending
  world.pending.remove(pending)
  if (user === undefined || authenticator === undefined) throw new Error('A sign-in finished without a user.')
  const session =
    pending.reused ?? world.sessions.start({ user, authenticator, authTime: secondsNow(world), roleId, journey })
  session.roleId = roleId ?? session.roleId
  writeSessionCookie(exchange.res, world.addresses.port, session.id, world.addresses.url.startsWith('https:'))
  completeSignIn(world, exchange, {
    request,
    session,
    acr: pending.reused && !request.acr.admits(session.authenticator) ? '0' : request.acr.acr,
    roleId: roleIsWanted(request.scopes, session.authenticator) ? roleId : undefined,
    journey,
  })
}

/** Sends the browser back with an error, and notes the true reason. */
export function refuseSignIn(
  exchange: Exchange,
  { redirectUri, state }: { redirectUri: string; state: string | undefined },
  { error, description, refusal }: { error: string; description: string; refusal: string },
): void {
  exchange.refuse(refusal)
  const parameters = new URLSearchParams({ error, error_description: description })
  if (state !== undefined) parameters.set('state', state)
  exchange.redirect(sendAway(redirectUri, parameters))
}

/** Shows CIS2's error page, with the true reason on it, and notes that. */
export function refuseWithPage(
  world: World,
  exchange: Exchange,
  said: { error: string; description: string },
  why: string,
): void {
  exchange.refuse(why)
  const view = { ...said, why, sequenceId: exchange.sequenceId, faults: world.faults.shown() }
  exchange.page(400, errorPage(view))
}

/** The redirect URI with parameters added; its own text, a query included, stays as registered. */
export function sendAway(redirectUri: string, parameters: URLSearchParams): string {
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${parameters.toString()}`
}
