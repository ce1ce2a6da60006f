/** A user's sessions: which there are, and ending one of them by the id that the list gives. OWASP ASVS 5.0, 7.5.2. */
import { createHash } from 'node:crypto'

import { BATCH } from './backend.js'
import type { Listed } from './backend.js'
import { reportEnded, tagsOfUser } from './context.js'
import type { Context } from './context.js'
import type { SessionEndReason } from './session-end-reason.js'
import type { Cis2SessionInfo } from './session-info.js'

interface Place {
  readonly tag: string
  readonly name: string
}

/** The user's live sessions, newest first. */
export async function listSessions(
  context: Context,
  sub: string,
  current: Place | undefined,
): Promise<Cis2SessionInfo[]> {
  const places = await placesOf(context, sub)
  return places.map((place) => describe(context, place, current))
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

async function placesOf(context: Context, sub: string): Promise<(Place & Listed)[]> {
  const { backend, config } = context
  const places: (Place & Listed)[] = []
  for (const tag of tagsOfUser(context, sub)) {
    const names = await backend.namesListed(tag)
    for (let from = 0; from < names.length; from += BATCH) {
      const some = names.slice(from, from + BATCH)
      const seen = await backend.lookAt(tag, some, config.clock())
      for (const [index, name] of some.entries()) {
        const listed = seen[index]
        if (listed !== undefined) places.push({ tag, name, ...listed })
      }
    }
  }
  return places
}

function describe({ records }: Context, place: Place & Listed, current: Place | undefined): Cis2SessionInfo {
  const facts = place.note === undefined ? undefined : records.openFacts(place.tag, place.note)
  return Object.freeze({
    id: idOf(place),
    idleExpiresAt: Math.floor(Math.min(place.until, place.absolute) / 1000),
    absoluteExpiresAt: Math.floor(place.absolute / 1000),
    // One of a version that wrote no facts down: it is there all the same, at the level that is sure.
    ...(facts ?? { signedInAt: 0, aal: 1 as const }),
    current: place.tag === current?.tag && place.name === current.name,
  })
}

/** A hash of a hash of the session id: it names the session for this and nothing else, as long as the session lives. */
function idOf({ tag, name }: Place): string {
  return createHash('sha256').update(`list:${tag}:${name}`).digest('hex').slice(0, 32)
}
