/** Remembers what sealed records say. Two Maps in turn do it: lru-cache would add 0.8 MB to every installation. */
import type { Cis2User } from '../../cis2/user.js'

/** Room for a thousand sessions or more, in bytes: those used last are in one half, those before them in the other. */
const MOST_BYTES = 4 * 1024 * 1024
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
export function rememberOpened<Small>(open: Open<Small>, mostBytes = MOST_BYTES): OpenedSessions<Small> {
  let recent = new Map<string, Kept<Small>>()
  let before = new Map<string, Kept<Small>>()
  let bytes = 0

  function weigh(more: number): void {
    bytes += more
    if (bytes <= mostBytes / 2) return
    before = recent
    recent = new Map()
    bytes = 0
  }

  function keep(id: string, session: Kept<Small>): void {
    recent.set(id, session)
    weigh(session.weight)
  }

  function keepNew(id: string, { small, user }: SealedSession, read: Small): Kept<Small> {
    // Copies: the reply's bytes are a view of everything that the connection read at that moment.
    const copies = { small: Buffer.from(small), user: Buffer.from(user) }
    const session = new Kept(copies, read, () => {
      const opened = open.user(id, copies.user)
      if (opened !== undefined) weigh(BYTES_PER_ROLE * Math.max(0, opened.roles.length - FEW_ROLES))
      return opened
    })
    keep(id, session)
    return session
  }

  function remembered(id: string): Kept<Small> | undefined {
    const session = recent.get(id)
    if (session !== undefined) return session
    const older = before.get(id)
    if (older !== undefined) keep(id, older)
    return older
  }

  return {
    open(id, sealed) {
      const session = remembered(id)
      if (session?.isOf(sealed) === true) return session
      const read = open.small(id, sealed.small)
      return read === undefined ? undefined : keepNew(id, sealed, read)
    },
    made: keepNew,
  }
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

  get weight(): number {
    return BYTES_PER_SESSION + this.#sealed.small.length + this.#sealed.user.length
  }

  isOf({ small, user }: SealedSession): boolean {
    return this.#sealed.small.equals(small) && this.#sealed.user.equals(user)
  }

  user(): Cis2User | undefined {
    this.#user ??= this.#open()
    return this.#user
  }
}
