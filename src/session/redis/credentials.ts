/** Credentials that end: asked for before the first connection, again before they end, told to nobody but Redis. */
import type { Emit } from '../../events.js'
import type { PartHealth } from '../../health.js'
import { isRecord } from '../../primitives/is-record.js'
import { withinTime } from '../../primitives/within-time.js'

/** Whom Redis is told that we are. */
export interface Login {
  readonly username: string | undefined
  readonly password: string | undefined
}

export interface Credentials {
  /** What to show Redis now; undefined while there is nothing. */
  current(): Login | undefined
  /** Redis does not take what is current: asks for another. */
  refused(): void
  /** Redis has taken it, after all or at last. */
  accepted(): void
  /** Whether an answer is awaited that Redis may take. */
  awaited(): boolean
  /** What is current is another than before, or there is still nothing. */
  onAnswer(listener: (error: NoCredentials | undefined) => void): void
  /** Undefined while all is well. */
  health(): PartHealth | undefined
  close(): void
}

export interface CredentialsSettings {
  readonly ask: () => unknown
  /** Epoch milliseconds. */
  readonly clock: () => number
  readonly emit: Emit
  /** The health is another than before. */
  readonly changed: () => void
}

/** There is nothing to show Redis. Read by its code, like an error of the network. */
export class NoCredentials extends Error {
  readonly code = 'NO_CREDENTIALS'
  constructor() {
    super('There are no credentials for Redis.')
  }
}

/** Longest wait for an answer, in milliseconds. */
const ANSWER_TIMEOUT = 5_000
/** Between two looks whether it is time, in milliseconds. By the clock, which a test may set and a suspended machine misses. */
const LOOK_EVERY = 250
/** Between two questions of the same cause at least, in milliseconds. */
const ASK_EVERY = 1_000
/** After a failure in a row, at most, in milliseconds. */
const ASK_AGAIN_WITHIN = 15_000
/** The part of a life after which the next credentials are asked for. */
const RENEW_AT = 0.8

export function createCredentials({ ask, clock, emit, changed }: CredentialsSettings): Credentials {
  const listeners: ((error: NoCredentials | undefined) => void)[] = []
  let latest: Answer | undefined
  /** By the clock; infinite when nothing is known of an end. */
  let due = -Infinity
  let asking = false
  let askedAt = -Infinity
  let hurriedAt = -Infinity
  let failures = 0
  /** Redis has refused the latest. */
  let unwanted = false
  let trouble: PartHealth | undefined
  let closed = false

  const timer = setInterval(look, LOOK_EVERY)
  timer.unref()
  void askNow()

  function look(): void {
    const since = performance.now() - askedAt
    if (asking || since < ASK_EVERY) return
    const pause = Math.min(ASK_EVERY * 2 ** (failures - 1), ASK_AGAIN_WITHIN)
    if (failures > 0 ? since >= pause : unwanted || clock() >= due) void askNow()
  }

  async function askNow(): Promise<void> {
    asking = true
    askedAt = performance.now()
    try {
      const answer = await withinTime(Promise.resolve().then(ask), ANSWER_TIMEOUT, () => new Failure('timeout'))
      take(readAnswer(answer, clock()))
    } catch (error) {
      fail(error)
    } finally {
      asking = false
    }
  }

  function take(answer: Answer): void {
    if (closed) return
    const now = clock()
    const left = (answer.ends ?? Infinity) - now
    const same = latest !== undefined && isSame(latest, answer)
    // A provider with a cache of its own gives the same again for a while.
    due = now + left * (same ? 1 - RENEW_AT : RENEW_AT)
    latest = answer
    failures = 0
    if (!same) unwanted = false
    if (unwanted) ail('refused')
    else mend()
    tell(undefined)
  }

  function fail(error: unknown): void {
    if (closed) return
    failures += 1
    const reason = error instanceof Failure ? error.reason : 'threw'
    ail(reason, reason === 'threw' ? nameOf(error) : undefined)
    if (latest === undefined) tell(new NoCredentials())
  }

  function tell(error: NoCredentials | undefined): void {
    for (const listener of listeners) listener(error)
  }

  function ail(reason: string, cause?: string): void {
    if (trouble !== undefined) return
    const since = Math.floor(clock() / 1000)
    trouble = { status: latest === undefined ? 'down' : 'degraded', since, reason: `credentials: ${reason}` }
    emit({ type: 'credentials.unavailable', reason, ...(cause === undefined ? {} : { cause }) })
    changed()
  }

  function mend(): void {
    if (trouble === undefined) return
    trouble = undefined
    emit({ type: 'credentials.recovered' })
    changed()
  }

  return {
    current: () => latest?.login,
    refused() {
      if (latest === undefined || closed) return
      unwanted = true
      const now = performance.now()
      if (asking || now - hurriedAt < ASK_EVERY) return
      // Requests wait for it, so it does not wait for its time.
      hurriedAt = now
      void askNow()
    },
    accepted() {
      unwanted = false
      if (failures === 0) mend()
    },
    awaited: () => asking || unwanted,
    onAnswer: (listener) => listeners.push(listener),
    health: () => trouble,
    close() {
      closed = true
      clearInterval(timer)
    },
  }
}

interface Answer {
  readonly login: Login
  /** Epoch milliseconds; undefined when nobody knows. */
  readonly ends: number | undefined
}

class Failure extends Error {
  readonly reason: string
  constructor(reason: 'timeout' | 'unreadable' | 'over') {
    super(reason)
    this.reason = reason
  }
}

function readAnswer(answer: unknown, now: number): Answer {
  if (!isRecord(answer)) throw new Failure('unreadable')
  const { username, password, expiresAt } = answer
  if (!isText(password) || (username !== undefined && !isText(username))) throw new Failure('unreadable')
  if (expiresAt === undefined) return { login: { username, password }, ends: undefined }
  if (!(expiresAt instanceof Date) || Number.isNaN(expiresAt.getTime())) throw new Failure('unreadable')
  if (expiresAt.getTime() <= now) throw new Failure('over')
  return { login: { username, password }, ends: expiresAt.getTime() }
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isSame(one: Answer, other: Answer): boolean {
  return isSameLogin(one.login, other.login) && one.ends === other.ends
}

export function isSameLogin(one: Login | undefined, other: Login | undefined): boolean {
  return one?.username === other?.username && one?.password === other?.password
}

/** What was thrown is the application's, and may say anything: only the name of its class is told. */
function nameOf(error: unknown): string {
  const name = error instanceof Error ? error.name : typeof error
  return /^\w{1,60}$/.test(name) ? name : 'Error'
}
