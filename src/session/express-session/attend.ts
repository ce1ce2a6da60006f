/** Who is signed in on a request that has no answer of ours: an upgrade to a WebSocket, or what stays open. */
import type { IncomingMessage } from 'node:http'

import { signedCookieOf } from './with-its-cookie.js'
import type { Context } from '../context.js'
import { addressOf } from '../records/session-id.js'
import type { SessionEndReason } from '../session-end-reason.js'
import { createSignedIn } from '../signed-in.js'
import type { SignedInSession } from '../sessions.js'
import type { SessionClient } from './express-store.js'
import type { Identity } from './visit.js'
import { Visit } from './visit.js'

/** A session that was read, and where it is kept. */
export interface Attended {
  readonly session: SignedInSession
  readonly identity: Identity
}

/**
 * Reads the session of the request's cookie, sliding it unless passive; undefined when nobody is signed in.
 * Rejects with `StoreUnavailableError`.
 */
export async function attend(
  context: Context,
  client: SessionClient,
  req: IncomingMessage,
  passive: boolean,
): Promise<Attended | undefined> {
  const address = addressOf(signedCookieOf(context, req))
  if (address === undefined) return undefined
  const visit = new Visit(passive)
  const found = await client.get(address, visit)
  found?.note(visit)
  const { identity } = visit
  return identity === undefined ? undefined : { identity, session: createSignedIn(context, identity) }
}

/** Looks at a session again, for whoever watches it. */
export async function lookAgain(
  client: SessionClient,
  { address }: Pick<Identity, 'address'>,
): Promise<{ readonly until: number } | { readonly over: SessionEndReason | undefined }> {
  const visit = new Visit(true)
  const found = await client.get(address, visit)
  found?.note(visit)
  return visit.identity === undefined ? { over: visit.reason } : { until: visit.identity.until }
}
