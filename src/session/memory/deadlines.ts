/** Idle deadlines of a session in memory: as the scripts on Redis keep them in one field. */
import { MOST_DEADLINES, SETTLED_AFTER } from '../backend.js'

interface Deadlines {
  /** Idle deadlines, newest last: see the script `read`. */
  deadlines: number[]
  readonly absolute: number
}

/** When it ends if nobody comes. */
export function lastOf(session: Deadlines): number {
  return Math.min(session.deadlines.at(-1) ?? 0, session.absolute)
}

/** Grants a deadline, unless a later one stands; what was granted, or 0. */
export function slide(session: Deadlines, wanted: number): number {
  if (wanted < lastOf(session)) return 0
  const settled = session.deadlines.filter((deadline) => deadline <= wanted - SETTLED_AFTER).at(-1)
  const recent = session.deadlines.filter((deadline) => deadline > wanted - SETTLED_AFTER)
  const kept = settled === undefined ? recent : [settled, ...recent]
  if (kept.length >= MOST_DEADLINES) kept.splice(1, 1)
  session.deadlines = [...kept, wanted]
  return wanted
}
