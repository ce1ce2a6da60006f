/** Reading the replies of our scripts: numbers, bytes, and lists of those. Anything else is not believed. */
import { StoreUnavailableError } from '../../errors.js'
import type { SessionEndReason } from '../session-end-reason.js'

const REASONS: ReadonlySet<string> = new Set<SessionEndReason>([
  'sign-out',
  'idle',
  'absolute',
  'back-channel',
  'replaced',
  'administrator',
])

export function list(reply: unknown): readonly unknown[] {
  if (!Array.isArray(reply)) throw odd('list')
  return reply
}

export function number(reply: unknown): number {
  if (typeof reply !== 'number') throw odd('number')
  return reply
}

/** Empty is "none". */
export function bytes(reply: unknown): Buffer | undefined {
  if (!Buffer.isBuffer(reply)) throw odd('text')
  return reply.length > 0 ? reply : undefined
}

export function texts(reply: unknown): readonly string[] {
  return list(reply).map(String)
}

export function reasonOf(reply: unknown): SessionEndReason | undefined {
  const text = String(reply)
  return isReason(text) ? text : undefined
}

function isReason(text: string): text is SessionEndReason {
  return REASONS.has(text)
}

/** What is thrown for a reply that is not what was asked for. */
export function odd(wanted: string): StoreUnavailableError {
  return new StoreUnavailableError(`The session store answered something else than the ${wanted} that was asked for.`)
}
