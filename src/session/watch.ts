/**
 * Watching sessions that something stays open for: a WebSocket, a stream, a long download.
 *
 * What ends a session on this instance is told at once. For the others there is one read every two seconds, whatever the
 * number of sessions watched: what has ended since. Those, and sessions whose time should be over, are looked at by
 * themselves, without sliding them. Nobody watching costs nothing: the timer stops.
 */
import { SessionEndedError, StoreUnavailableError } from '../errors.js'
import type { Heard, Place } from './backend.js'
import type { SessionEndReason } from './session-end-reason.js'

/** How often what has ended is asked for, in milliseconds. */
const INTERVAL = 2_000
/** How long the store may be out of reach before whatever is open is closed, in milliseconds. */
const PATIENCE = 30_000
/** An ending is told before it is done: so often a session that still lives is looked at again. */
const LOOKS = 3
/** Sessions that are looked at side by side. */
const SIDE_BY_SIDE = 20

/** A session to be watched. */
export interface Watched extends Place {
  /** When it ends if nobody comes, in epoch milliseconds. */
  readonly until: number
}

/** What a look at a session found. Rejects when the store does not say. */
export type Look<Session extends Watched> = (
  session: Session,
) => Promise<{ readonly until: number } | { readonly over: SessionEndReason | undefined }>

export interface WatchSettings<Session extends Watched> {
  readonly clock: () => number
  readonly hear: (since: number) => Promise<Heard>
  readonly look: Look<Session>
}

export interface Watch<Session extends Watched> {
  /** Fires when the session is over, with why; `release` says that nobody cares any more. */
  add(session: Session): { readonly signal: AbortSignal; readonly release: () => void }
  /** A session was ended here. */
  ended(place: Place, reason: SessionEndReason): void
  /** How many sessions are watched. */
  readonly size: number
  close(): void
}

interface Entry<Session> {
  readonly session: Session
  readonly controllers: Set<AbortController>
  until: number
  /** Looks that are left after word of its end. */
  looks: number
}

export function createWatch<Session extends Watched>(settings: WatchSettings<Session>): Watch<Session> {
  const { clock, hear, look } = settings
  const entries = new Map<string, Entry<Session>>()
  let timer: NodeJS.Timeout | undefined
  let since: number | undefined
  let silentSince: number | undefined
  let beginning: Promise<void> | undefined

  function abort(entry: Entry<Session>, reason: Error): void {
    entries.delete(keyOf(entry.session))
    for (const controller of entry.controllers) controller.abort(reason)
  }

  function abortAll(reason: () => Error): void {
    for (const entry of [...entries.values()]) abort(entry, reason())
  }

  async function lookAt(entry: Entry<Session>): Promise<void> {
    const found = await look(entry.session).catch(function notKnown() {})
    if (found === undefined || !entries.has(keyOf(entry.session))) return
    if ('over' in found) abort(entry, new SessionEndedError(found.over))
    else entry.until = found.until
  }

  async function lookAtAll(some: readonly Entry<Session>[]): Promise<void> {
    for (let from = 0; from < some.length; from += SIDE_BY_SIDE) {
      await Promise.all(some.slice(from, from + SIDE_BY_SIDE).map(lookAt))
    }
  }

  /** Those that were told of, and those whose time should be over. */
  function inDoubt(names: ReadonlySet<string>): Entry<Session>[] {
    const now = clock()
    return [...entries.values()].filter((entry) => {
      if (names.has(entry.session.name)) entry.looks = LOOKS
      if (entry.looks > 0) entry.looks -= 1
      else if (now < entry.until) return false
      return true
    })
  }

  async function listen(): Promise<void> {
    const before = since
    const { newest, names } = await hear(before ?? Number.MAX_SAFE_INTEGER)
    since = newest
    silentSince = undefined
    // Some were missed, or the list was made anew: whatever ended meanwhile is in neither.
    const torn = before !== undefined && (newest < before || newest - before > names.length)
    await lookAtAll(torn ? [...entries.values()] : inDoubt(new Set(names)))
  }

  async function tick(): Promise<void> {
    try {
      await listen()
    } catch {
      silentSince ??= performance.now()
      if (performance.now() - silentSince >= PATIENCE) abortAll(() => new StoreUnavailableError())
    }
    next()
  }

  function next(): void {
    timer = undefined
    if (entries.size === 0) {
      since = silentSince = undefined
      return
    }
    timer = setTimeout(() => void tick(), INTERVAL).unref()
  }

  /** Until the list of endings is there, nobody tells: so the first look comes after. */
  async function begin(entry: Entry<Session>): Promise<void> {
    if (since === undefined) {
      beginning ??= listen().finally(() => (beginning = undefined))
      await beginning.catch(function nextTime() {})
    }
    if (entries.get(keyOf(entry.session)) === entry) await lookAt(entry)
  }

  return {
    add(session) {
      const entry = entries.get(keyOf(session)) ?? { session, controllers: new Set(), until: session.until, looks: 0 }
      const controller = new AbortController()
      entry.controllers.add(controller)
      entries.set(keyOf(session), entry)
      timer ??= setTimeout(() => void tick(), INTERVAL).unref()
      void begin(entry)
      return {
        signal: controller.signal,
        release() {
          entry.controllers.delete(controller)
          if (entry.controllers.size === 0 && entries.get(keyOf(session)) === entry) entries.delete(keyOf(session))
        },
      }
    },
    ended(place, reason) {
      const entry = entries.get(keyOf(place))
      if (entry !== undefined) abort(entry, new SessionEndedError(reason))
    },
    get size() {
      return entries.size
    },
    close() {
      clearTimeout(timer)
      timer = undefined
      abortAll(() => new StoreUnavailableError('cis2Auth was closed: nobody watches the session any more.'))
    },
  }
}

function keyOf({ tag, name }: Place): string {
  return `${tag}:${name}`
}
