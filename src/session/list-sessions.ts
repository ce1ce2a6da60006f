/** A user's sessions: which there are, and ending one of them by the id that the list gives. OWASP ASVS 5.0, 7.5.2. */
import { createHash } from 'node:crypto'

import { BATCH } from './backend.js'
import type { Listed } from './backend.js'
import { lastMoment, reportEnded, tagsOfUser } from './context.js'
import type { Context } from './context.js'
import type { SessionEndReason } from './session-end-reason.js'
import type { SessionFacts } from './session-facts.js'
import type { Cis2SessionInfo } from './session-info.js'

interface Place {
  readonly tag: string
  readonly name: string
}

interface ListedSession extends Place {
  /** When it ends if nobody comes, and at the latest, in epoch milliseconds. */
  readonly until: number
  readonly absolute: number
  /** Undefined for one of a version that wrote none down. */
  readonly facts: SessionFacts | undefined
}

/** The user's live sessions, newest first. */
export async function listSessions(
  context: Context,
  sub: string,
  current: Place | undefined,
): Promise<Cis2SessionInfo[]> {
  const sessions = await placesOf(context, sub)
  // Some may be over by the configuration of today, which the store does not know of.
  const now = context.config.clock()
  return sessions.filter(({ absolute }) => now < absolute).map((session) => describe(session, current))
}

/** Ends the session of that id, if it is one of the user's; whether it was alive. */
export async function endListed(
  context: Context,
  { sub, id }: { readonly sub: string; readonly id: string },
  reason: SessionEndReason,
): Promise<boolean> {
  const { backend, config } = context
  const place = (await placesOf(context, sub)).find((one) => idOf(one) === id)
  if (place === undefined) return false
  const notes = await backend.endNamed(place.tag, { names: [place.name] }, reason, config.clock())
  reportEnded(context, place.tag, notes, reason)
  return notes.length > 0
}

async function placesOf(context: Context, sub: string): Promise<ListedSession[]> {
  const { backend, config } = context
  const places: ListedSession[] = []
  for (const tag of tagsOfUser(context, sub)) {
    const names = await backend.namesListed(tag)
    for (let from = 0; from < names.length; from += BATCH) {
      const some = names.slice(from, from + BATCH)
      const seen = await backend.lookAt(tag, some, config.clock())
      for (const [index, name] of some.entries()) {
        const listed = seen[index]
        if (listed !== undefined) places.push(sessionAt(context, { tag, name }, listed))
      }
    }
  }
  return places
}

function sessionAt(context: Context, place: Place, { until, absolute: stored, note }: Listed): ListedSession {
  const facts = note === undefined ? undefined : context.records.openFacts(place.tag, note)
  const absolute = facts === undefined ? stored : lastMoment(context, { ...facts, absolute: stored })
  return { ...place, until: Math.min(until, absolute), absolute, facts }
}

function describe({ facts, ...session }: ListedSession, current: Place | undefined): Cis2SessionInfo {
  const { tag, name, until, absolute } = session
  return Object.freeze({
    id: idOf(session),
    signedInAt: facts?.signedInAt ?? 0,
    idleExpiresAt: Math.floor(until / 1000),
    absoluteExpiresAt: Math.floor(absolute / 1000),
    // One of a version that wrote no facts down: it is there all the same, at the level that is sure.
    aal: facts?.aal ?? 1,
    ...(facts?.role === undefined ? {} : { role: facts.role }),
    ...(facts?.organisation === undefined ? {} : { organisation: facts.organisation }),
    current: tag === current?.tag && name === current.name,
  })
}

/** A hash of a hash of the session id: it names the session for this and nothing else, as long as the session lives. */
function idOf({ tag, name }: Place): string {
  return createHash('sha256').update(`list:${tag}:${name}`).digest('hex').slice(0, 32)
}
