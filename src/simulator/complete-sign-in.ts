/** The way back to the application: with a code, or with an error. */
import type { Exchange } from './exchange.js'
import type { Grant } from './grants.js'
import type { World } from './world.js'

/** Sends the browser back with a code. The parameters and their order are as recorded. */
export function completeSignIn(world: World, exchange: Exchange, grant: Grant): void {
  const { request } = grant
  const parameters = new URLSearchParams({ code: world.grants.giveCode(grant), iss: world.addresses.issuer })
  if (request.state !== undefined) parameters.set('state', request.state)
  parameters.set('client_id', request.client.clientId)
  parameters.set('scope', request.scopes.join(' '))
  exchange.redirect(sendAway(request.redirectUri, world.faults.spoil('callback', parameters)))
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

/** The redirect URI with parameters added; its own text, a query included, stays as registered. */
export function sendAway(redirectUri: string, parameters: URLSearchParams): string {
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${parameters.toString()}`
}
