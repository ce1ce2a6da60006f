/** Reading the replies of our scripts: numbers, bytes, and lists of those. */
import type { SessionEndReason } from './sessions.js'

const REASONS: ReadonlySet<string> = new Set<SessionEndReason>([
  'sign-out',
  'idle',
  'absolute',
  'back-channel',
  'replaced',
  'administrator',
])

export function list(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? reply : []
}

export function number(reply: unknown): number {
  return typeof reply === 'number' ? reply : Number.NaN
}

/** Empty is "none". */
export function bytes(reply: unknown): Buffer | undefined {
  return Buffer.isBuffer(reply) && reply.length > 0 ? reply : undefined
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
