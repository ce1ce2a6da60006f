/** Session ids: a tag that finds the user's Cluster slot, and a random part that nobody can guess. */
import { hash, randomBytes } from 'node:crypto'

const TAG_BYTES = 16
const RANDOM_BYTES = 32
/** As base64url. */
const TAG_LENGTH = 22
/** The tag and the random part in base64url. */
const SHAPE = /^[\w-]{65}$/

/** Where a session is kept. */
export interface SessionAddress {
  /** The id in the cookie; never stored. */
  readonly id: string
  /** What the keys of one user have in common; random for an anonymous session. */
  readonly tag: string
  /** Hash of the id, which is what key names carry: a dump gives no usable cookie. */
  readonly name: string
}

/** A new id in the slot of `tag`, or in a random one. */
export function newSessionId(tag?: string): string {
  const random = randomBytes(TAG_BYTES + RANDOM_BYTES)
  return (tag ?? random.toString('base64url', 0, TAG_BYTES)) + random.toString('base64url', TAG_BYTES)
}

/** Where the session of an id is kept; undefined when no id of ours looks like it. */
export function addressOf(id: unknown): SessionAddress | undefined {
  if (typeof id !== 'string' || !SHAPE.test(id)) return undefined
  return { id, tag: id.slice(0, TAG_LENGTH), name: nameOf(id) }
}

/** Hash of a value, short enough for a key name: 128 bits are beyond anyone's search. */
export function nameOf(value: string): string {
  return hash('sha256', value, 'base64url').slice(0, TAG_LENGTH)
}
