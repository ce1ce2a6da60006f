/** The signed-in session of a request: its small record at hand, the rest opened when somebody asks. */
import type { SignInTokens } from '../cis2/tokens.js'
import { SessionUnreadableError } from '../errors.js'
import { createApiTokenSlot } from './create-api-token-slot.js'
import type { Context } from './context.js'
import type { SignedInSession } from './sessions.js'
import { removeUnreadable } from './unreadable.js'
import type { Identity } from './express-session/visit.js'

export function createSignedIn(context: Context, { address, opened, absolute, until }: Identity): SignedInSession {
  const { backend, records } = context
  const { small } = opened

  function removeAndRefuse(): SessionUnreadableError {
    // Should that fail, the next request finds the same and tries again.
    removeUnreadable(context, address).catch(function nextTime() {})
    return new SessionUnreadableError()
  }

  return {
    subject: small.subject,
    sid: small.sid,
    signedInAt: small.signedInAt,
    idleExpiresAt: Math.floor(until / 1000),
    absoluteExpiresAt: Math.floor(absolute / 1000),
    user() {
      const user = opened.user()
      if (user === undefined) throw removeAndRefuse()
      return user
    },
    apiToken: () => createApiTokenSlot(context, address),
    async tokens(): Promise<SignInTokens | undefined> {
      const sealed = await backend.readTokens(address)
      if (sealed === undefined) return undefined
      const tokens = records.openTokens(address.id, sealed)
      if (tokens === undefined) throw removeAndRefuse()
      return tokens
    },
  }
}
