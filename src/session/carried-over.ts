/** The application's data in `req.session` that a new session of the same user takes along. */
import type { IncomingMessage } from 'node:http'

import type { Place } from './backend.js'
import { reportEnded } from './context.js'
import type { Context } from './context.js'
import type { SessionRequest } from './express-session/express-store.js'
import type { Visit } from './express-session/visit.js'
import { appTextOf } from './records/session-record.js'
import type { AppData } from './records/session-record.js'
import type { SessionEndReason } from './session-end-reason.js'
import type { NewSession } from './sessions.js'

/** Endings that nobody here asked for; CIS2 itself causes the first when a step-up authenticates the user afresh. */
const OUTLIVED: ReadonlySet<SessionEndReason> = new Set(['back-channel', 'idle', 'absolute', 'replaced'])

/**
 * The live data when the session at hand is the same user's; else what was remembered when the sign-in began, unless
 * the user or an administrator has ended that session since: a sign-out drops the data for good.
 */
export async function carriedOver(
  context: Context,
  req: IncomingMessage,
  visit: Visit,
  session: NewSession,
): Promise<string | undefined> {
  const { user, hookData } = session
  const isSameUser = visit.identity?.opened.small.subject.sub === user.sub
  const data = isSameUser ? (req as SessionRequest).session : await remembered(context, visit, session)
  return data === undefined && hookData === undefined ? undefined : appTextOf({ ...data, ...hookData })
}

async function remembered(
  context: Context,
  visit: Visit,
  { appData, startedFrom }: NewSession,
): Promise<AppData | undefined> {
  if (appData === undefined) return undefined
  const reason = await reasonOfEnd(context, visit, startedFrom)
  return reason !== undefined && OUTLIVED.has(reason) ? appData : undefined
}

/** Why the session has ended from which the sign-in began; another tab may have got the browser a new one since. */
async function reasonOfEnd(
  context: Context,
  visit: Visit,
  startedFrom: Place | undefined,
): Promise<SessionEndReason | undefined> {
  if (startedFrom === undefined || visit.endedName === startedFrom.name) return visit.reason
  const result = await context.backend.read(startedFrom, { now: context.config.clock(), idle: 0 })
  if (result.state !== 'none') return undefined
  // It is told once, and now to us.
  if (result.note !== undefined) reportEnded(context, startedFrom.tag, [result.note], 'absolute')
  return result.reason
}
