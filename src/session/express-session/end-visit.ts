/** Ending the session of the request at hand. */
import type { ServerResponse } from 'node:http'

import { forgetSession } from './request-session.js'
import { clearSessionCookie, reportEnded } from '../context.js'
import type { Context } from '../context.js'
import type { SessionRequest } from './express-store.js'
import type { SessionEndReason } from '../session-end-reason.js'

/**
 * Ends it, signed in or not, and clears its cookie; the cookie first, so that it goes even when the store fails.
 * From then on the request has no `req.session`: a new one would have to be somebody's.
 */
export async function endVisit(
  context: Context,
  req: SessionRequest,
  res: ServerResponse,
  reason: SessionEndReason,
): Promise<void> {
  const visit = context.visits.get(req)
  clearSessionCookie(context, res)
  forgetSession(req)
  if (visit === undefined) return
  if (visit.error !== undefined) throw visit.error
  const address = visit.address ?? visit.unknown
  visit.identity = visit.address = visit.unknown = undefined
  if (address === undefined) return
  const { ended, note } = await context.backend.end(address, reason, context.config.clock())
  if (ended && note !== undefined) reportEnded(context, address.tag, [note], reason)
}
