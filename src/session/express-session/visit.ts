/** What the session layer knows of one request. */
import type { IncomingMessage } from 'node:http'

import type { SessionAddress } from '../records/session-id.js'
import type { Opened } from '../records/session-record.js'
import type { SessionEndReason } from '../session-end-reason.js'

/** A signed-in session as it came from the store. */
export interface Identity {
  readonly address: SessionAddress
  readonly opened: Opened
  /** Its last moment, in epoch milliseconds: the stricter of record and configuration. */
  readonly absolute: number
  /** When the session ends if nobody comes, in epoch milliseconds. */
  readonly until: number
}

/**
 * A class, because V8 moves what an object literal makes to old memory when it finds much of it alive, and this one
 * leads to its request: that would stay until the next full collection.
 */
export class Visit {
  /** The session that the store has for this request, signed in or not. */
  address: SessionAddress | undefined = undefined
  identity: Identity | undefined = undefined
  /** The session that only a newer release can read: none to this one, and yet a sign-out ends it. */
  unknown: SessionAddress | undefined = undefined
  /** What the read added to the idle time: see `Backend.unslide`. */
  granted = 0
  /** Why the session that the cookie names has ended. */
  reason: SessionEndReason | undefined = undefined
  /** The name of that session. */
  endedName: string | undefined = undefined
  /** The store did not answer. */
  error: Error | undefined = undefined
  /** Id for the session that express-session is told to make next. */
  nextId: string | undefined = undefined
  /** Id that express-session made and the store does not know yet. */
  freshId: string | undefined = undefined
  /** Which application data the store has, and for which id: the same is not written twice. */
  saved: { readonly id: string; readonly text: string | undefined } | undefined = undefined
  /** Takes out what was hooked into the response; false when others have hooked in since. */
  unhook: (() => boolean) | undefined = undefined
  /** Whether the read leaves the idle time as it is. */
  readonly passive: boolean

  constructor(passive: boolean) {
    this.passive = passive
  }
}

/** The visits of the requests under way. */
export interface Visits {
  get(req: IncomingMessage): Visit | undefined
  set(req: IncomingMessage, visit: Visit): void
}

/** Kept on the requests themselves: a WeakMap that every request enters costs the garbage collector a tenth of all time. */
export function createVisits(): Visits {
  const VISIT = Symbol('express-cis2 visit')
  type WithVisit = IncomingMessage & { [VISIT]?: Visit }
  return {
    get: (req) => (req as WithVisit)[VISIT],
    set(req, visit) {
      ;(req as WithVisit)[VISIT] = visit
    },
  }
}
