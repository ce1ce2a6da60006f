/** What is done for sessions while nobody waits: exchanges after a sign-in, and renewals before an ID token ends. */
import type { ApiToken } from './api-token.js'
import type { ApiSession } from './session.js'
import type { Tokens } from './create-tokens.js'

/** The platform allows an application five requests a second, all of its processes together. */
const A_SECOND = 4

/** Sessions that wait, or whose ID token is waited for, per process. Beyond it the first use does what is left. */
const MOST_SESSIONS = 10_000

/** An ID token is exchanged once more when it has so long to live: the last moment at which two tries fit. */
const RENEW_BEFORE_MS = 180_000

/** At each look so many are asked whether they are over, those first that have not been asked for longest. */
const ASKED_AT_A_LOOK = 60

export interface Background {
  /** Exchanges soon, should nothing be exchanged by then. */
  exchangeSoon(session: ApiSession): void
  /** The application has used this token: its session is looked after until it or the ID token ends. */
  used(session: ApiSession, token: ApiToken): void
  close(): void
}

interface Watched {
  readonly session: ApiSession
  readonly dueAt: number
}

export interface BackgroundParts {
  readonly tokens: Tokens
  readonly clock: () => number
  /** How often it is looked which ID tokens are about to end. Default 15 seconds. */
  readonly lookEveryMs?: number
}

export function createBackground({ tokens, clock, lookEveryMs = 15_000 }: BackgroundParts): Background {
  const queue: (() => Promise<unknown>)[] = []
  const watched = new Map<string, Watched>()
  let pace: NodeJS.Timeout | undefined
  let lookOut: NodeJS.Timeout | undefined
  let isAsking = false

  function enqueue(work: () => Promise<unknown>): void {
    if (queue.length >= MOST_SESSIONS) return
    queue.push(work)
    pace ??= setInterval(runNext, 1000 / A_SECOND).unref()
  }

  function runNext(): void {
    const work = queue.shift()
    if (work === undefined) {
      clearInterval(pace)
      pace = undefined
      return
    }
    // Reported where it happened; the first use tries again.
    work().catch(function isReported() {})
  }

  function look(): void {
    const now = clock()
    for (const [name, { session, dueAt }] of watched) {
      if (dueAt > now) continue
      watched.delete(name)
      enqueue(() => tokens.renew(session, dueAt))
    }
    if (watched.size > 0) {
      letGoOfEnded().catch(function atTheNextLook() {})
      return
    }
    clearInterval(lookOut)
    lookOut = undefined
  }

  /** One after another, so that the store is never busy with it; whoever ended a session may have been another process. */
  async function letGoOfEnded(): Promise<void> {
    if (isAsking) return
    isAsking = true
    try {
      for (const [name, one] of [...watched.entries()].slice(0, ASKED_AT_A_LOOK)) {
        // To the end of the line, should the store not answer too.
        if (watched.delete(name)) watched.set(name, one)
        if ((await one.session.slot.read()) === undefined) watched.delete(name)
      }
    } finally {
      isAsking = false
    }
  }

  return {
    exchangeSoon(session) {
      enqueue(() => tokens.obtain(session))
    },
    used(session, token) {
      const dueAt = token.idTokenExpiresAt - RENEW_BEFORE_MS
      if (token.exchangedAt >= dueAt || dueAt <= clock()) return
      const { name } = session.slot
      if (watched.has(name) || watched.size >= MOST_SESSIONS) return
      // A subject of its own: by the session's, whoever knows more of her would be kept for as long.
      watched.set(name, { session: { ...session, subject: { ...session.subject }, correlationId: undefined }, dueAt })
      lookOut ??= setInterval(look, lookEveryMs).unref()
    },
    close() {
      clearInterval(pace)
      clearInterval(lookOut)
      queue.length = 0
      watched.clear()
    },
  }
}
