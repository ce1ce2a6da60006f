/** Remembers what sealed records say. */
import type { Cis2User } from '../../cis2/user.js'
import { createRecent } from '../../primitives/recent.js'

/** In bytes; half of it is room for a thousand sessions of a usual user, and so many are always kept. */
const MOST_BYTES = 8 * 1024 * 1024
/**
 * Whoever works asks again within minutes. What nobody has asked for in twice this time is not kept for longer, however much
 * room there is: it goes with the next request of anybody. In milliseconds.
 */
const UNUSED_FOR = 60_000
/** What a session takes beside its sealed records. */
const BYTES_PER_SESSION = 1024
/** What a role takes beyond the first few, which a compressed record does not show. */
const BYTES_PER_ROLE = 512
const FEW_ROLES = 10

/** The two records of a session that requests are answered from, as the store returns them. */
export interface SealedSession {
  readonly small: Buffer
  readonly user: Buffer
}

/** A session whose records are open: the same object for as long as they are byte for byte the same. */
export interface OpenedSession<Small> {
  readonly small: Small
  /** Opened on first use; undefined when it cannot be read. */
  user(): Cis2User | undefined
}

export interface OpenedSessions<Small> {
  /** Undefined when the small record cannot be read. */
  open(id: string, sealed: SealedSession): OpenedSession<Small> | undefined
  /** What was sealed just now needs no opening. */
  made(id: string, sealed: SealedSession, small: Small): OpenedSession<Small>
}

/** How records are opened when they are not remembered. */
export interface Open<Small> {
  small(id: string, sealed: Buffer): Small | undefined
  user(id: string, sealed: Buffer): Cis2User | undefined
}

/**
 * Opens sessions, and keeps those used last: whoever asks for one page will most likely ask for the next.
 *
 * Decides nothing. The records are read from the store with every request, and only if they are byte for byte those that
 * were opened before is the session taken from here: an ended, changed or damaged one is noticed as ever.
 */
export function rememberOpened<Small>(
  open: Open<Small>,
  mostBytes = MOST_BYTES,
  clock = () => performance.now(),
): OpenedSessions<Small> {
  const recent = createRecent<Kept<Small>>(mostBytes, { milliseconds: UNUSED_FOR, clock })

  function keepNew(id: string, { small, user }: SealedSession, read: Small): Kept<Small> {
    const copies = { small: copyOf(small), user: copyOf(user) }
    const session = new Kept(copies, read, () => {
      const opened = open.user(id, copies.user)
      if (opened !== undefined) recent.weigh(BYTES_PER_ROLE * Math.max(0, opened.roles.length - FEW_ROLES))
      return opened
    })
    recent.set(id, session, BYTES_PER_SESSION + small.length + user.length)
    return session
  }

  return {
    open(id, sealed) {
      const session = recent.get(id)
      if (session?.isOf(sealed) === true) return session
      const read = open.small(id, sealed.small)
      return read === undefined ? undefined : keepNew(id, sealed, read)
    },
    made: keepNew,
  }
}

/**
 * In memory of its own: the reply's bytes are a view of everything that the connection read at that moment, and
 * `Buffer.from` would put the copy among passing ones, 8 KB of which then stay with it.
 */
function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(copy)
  return copy
}

class Kept<Small> implements OpenedSession<Small> {
  readonly small: Small
  readonly #sealed: SealedSession
  readonly #open: () => Cis2User | undefined
  #user: Cis2User | undefined

  constructor(sealed: SealedSession, small: Small, open: () => Cis2User | undefined) {
    this.#sealed = sealed
    this.small = small
    this.#open = open
  }

  isOf({ small, user }: SealedSession): boolean {
    return this.#sealed.small.equals(small) && this.#sealed.user.equals(user)
  }

  user(): Cis2User | undefined {
    this.#user ??= this.#open()
    return this.#user
  }
}
