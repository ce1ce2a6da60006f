/** Ending sessions that are not the request's own: of a user, of a CIS2 session, by the administrator. */
import type { Ended, EndOfUser } from './backend.js'
import { absoluteLifetime, reportEnded, tagsOfUser } from './context.js'
import type { Context } from './context.js'
import type { SessionEndReason } from './session-end-reason.js'
import { sidNameOf } from './sid-name.js'

/** See `Sessions.endAll`. */
export async function endAll(
  context: Context,
  which: { readonly sub: string } | { readonly sid: string },
  reason: SessionEndReason,
): Promise<number> {
  if ('sid' in which) {
    const sidName = sidNameOf(context.config, which.sid)
    return endAllOfSid(context, await context.backend.tagsOfSid(sidName), sidName, 0, reason)
  }
  const tags = tagsOfUser(context, which.sub)
  // Who authenticated before this second and is on her way back is barred as well; who does so from now on is let in.
  const now = Math.floor(context.config.clock() / 1000)
  const older = await endAllOfUser(context, tags, { upTo: now, bar: absoluteLifetime(context) }, reason)
  // Clocks differ: a session may say that it is from the future.
  return older + (await endAllOfUser(context, tags, {}, reason))
}

/** Ends sessions by the index of each tag, a batch at a time; answers how many were alive. */
export async function endAllOfUser(
  context: Context,
  tags: readonly string[],
  which: EndOfUser,
  reason: SessionEndReason,
): Promise<number> {
  return inBatches(context, tags, reason, (tag) =>
    context.backend.endOfUser(tag, which, reason, context.config.clock()),
  )
}

/** The same by the index of a `sid`; `bar` (milliseconds) keeps sign-ins of it from completing. */
export async function endAllOfSid(
  context: Context,
  tags: readonly string[],
  sidName: string,
  bar: number,
  reason: SessionEndReason,
): Promise<number> {
  return inBatches(context, tags, reason, (tag) =>
    context.backend.endOfSid(tag, sidName, bar, reason, context.config.clock()),
  )
}

async function inBatches(
  context: Context,
  tags: readonly string[],
  reason: SessionEndReason,
  end: (tag: string) => Promise<Ended>,
): Promise<number> {
  let count = 0
  for (const tag of tags) {
    let more = true
    while (more) {
      const batch = await end(tag)
      more = batch.more
      count += batch.notes.length
      reportEnded(context, tag, batch.notes, reason)
    }
  }
  return count
}
