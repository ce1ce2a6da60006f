/** Ending sessions that are not the request's own: of a user, of a CIS2 session, by the administrator. */
import { BATCH } from './backend.js'
import type { SessionsOfSid, SessionsOfUser, Settlement } from './backend.js'
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
    const bar = absoluteLifetime(context)
    // A sign-in of it that is under way is refused as well.
    const tags = await context.backend.tagsOfSid(sidName, bar)
    return (await endAllOfSid(context, tags, { sidName, bar }, reason)).count
  }
  const tags = tagsOfUser(context, which.sub)
  // Who authenticated before this second and is on her way back is barred as well; who does so from now on is let in.
  const now = Math.floor(context.config.clock() / 1000)
  const older = await endAllOfUser(context, tags, { upTo: now, bar: absoluteLifetime(context) }, reason)
  // Clocks differ: a session may say that it is from the future.
  return older.count + (await endAllOfUser(context, tags, {}, reason)).count
}

/** How many sessions were alive, and whether the logout token's claim was made final with the last. */
export interface AllEnded {
  readonly count: number
  readonly settled: boolean
}

interface EndOfUser extends SessionsOfUser {
  /** Leaves this one alone. */
  readonly except?: string
  readonly settle?: Settlement | undefined
}

/** Ends sessions by the index of each tag. */
export function endAllOfUser(
  context: Context,
  tags: readonly string[],
  { except, settle, ...which }: EndOfUser,
  reason: SessionEndReason,
): Promise<AllEnded> {
  return inBatches(context, tags, reason, settle, async function nextOfUser(tag) {
    const names = await context.backend.namesOfUser(tag, which)
    return { names: names.filter((name) => name !== except), more: names.length === BATCH }
  })
}

interface EndOfSid extends SessionsOfSid {
  readonly settle?: Settlement | undefined
}

/** The same by the index of a `sid`. */
export function endAllOfSid(
  context: Context,
  tags: readonly string[],
  { settle, ...which }: EndOfSid,
  reason: SessionEndReason,
): Promise<AllEnded> {
  return inBatches(context, tags, reason, settle, async function nextOfSid(tag) {
    const names = await context.backend.namesOfSid(tag, which)
    return { names, sidName: which.sidName, more: names.length === BATCH }
  })
}

interface Batch {
  readonly names: readonly string[]
  readonly sidName?: string
  readonly more: boolean
}

/** Until there are no more; what signs in meanwhile is barred, or newer than what was asked for. */
async function inBatches(
  context: Context,
  tags: readonly string[],
  reason: SessionEndReason,
  settle: Settlement | undefined,
  next: (tag: string) => Promise<Batch>,
): Promise<AllEnded> {
  const { backend, config } = context
  let count = 0
  let settled = false
  for (const tag of tags) {
    let more = true
    while (more) {
      const { more: others, ...named } = await next(tag)
      more = others
      if (named.names.length === 0) continue
      // Final only with the last.
      const settles = settle !== undefined && !more && tag === tags.at(-1)
      const which = settles ? { ...named, settle } : named
      const notes = await backend.endNamed(tag, which, reason, config.clock())
      settled = settles
      count += notes.length
      reportEnded(context, tag, notes, reason)
    }
  }
  return { count, settled }
}
