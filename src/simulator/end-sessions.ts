/** Ends the CIS2 sessions of a user, as a trigger outside the application does. */
import { isSmartcard } from './authenticators.js'
import type { LogoutDelivery } from './back-channel.js'
import type { LogoutCause } from './tokens.js'
import type { World } from './world.js'

/** Ends them and tells their clients; `onlySmartcards`: those alone that began with a smartcard. */
export async function endSessionsOf(
  { sessions, backChannel }: Pick<World, 'sessions' | 'backChannel'>,
  sub: string,
  cause: LogoutCause,
  onlySmartcards = false,
): Promise<LogoutDelivery[]> {
  const ending = sessions.ofUser(sub).filter(({ authenticator }) => !onlySmartcards || isSmartcard(authenticator.name))
  return (await Promise.all(ending.map((session) => backChannel.endSession(session, cause)))).flat()
}
