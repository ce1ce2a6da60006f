/** The store's errors, reduced to what may be said: never a command's arguments, a password or an address. */
import { StoreUnavailableError } from '../errors.js'

/** Wraps whatever the client threw. Only the kind of failure is kept: ioredis hangs commands, with their arguments, on its errors. */
export function storeUnavailable(error: unknown): StoreUnavailableError {
  if (error instanceof StoreUnavailableError) return error
  return new StoreUnavailableError(undefined, { cause: new Error(kindOf(error)) })
}

/** The first word of Redis's answer (`READONLY`), a code of the network or of TLS (`ECONNREFUSED`), `timeout` or `disconnected`. */
export function kindOf(error: unknown): string {
  const { name, message, code } = detailsOf(error)
  // What a Cluster answered in the end, when it was asked again and again while it moved a slot.
  const lastReply = /Last error: ReplyError: (.+)/.exec(message)?.[1]
  if (lastReply !== undefined || name === 'ReplyError') return replyKind(lastReply ?? message)
  if (/^[A-Z][A-Z_]+$/.test(code)) return code
  return /timed? ?out/i.test(message) ? 'timeout' : 'disconnected'
}

/** By what it says, not by its class: the application may have loaded another copy of ioredis. */
function detailsOf(error: unknown): Record<'name' | 'message' | 'code', string> {
  const { name, message, code } = Object(error) as Record<string, unknown>
  return { name: String(name), message: String(message), code: String(code) }
}

/** Redis before 7 wraps what a script ran into: `ERR Error running script …: -READONLY …`. */
function replyKind(message: string): string {
  return /: -([A-Z]{3,}) /.exec(message)?.[1] ?? /^[A-Z]{3,}(?= |$)/.exec(message)?.[0] ?? 'ERR'
}

/**
 * Answers that mean this command only: there is no room for what it writes, or it met something odd. Every other
 * answer (`NOAUTH`, `LOADING`, `READONLY`, `MASTERDOWN`, `MISCONF` …) meets every session, like no answer at all.
 */
const ABOUT_ONE_COMMAND: ReadonlySet<string> = new Set(['OOM', 'ERR', 'WRONGTYPE', 'TRYAGAIN', 'MOVED', 'ASK'])

/** Whether a failure says that the store does not work, or only that it refused this command. */
export function scopeOf(error: unknown): 'store' | 'command' {
  return ABOUT_ONE_COMMAND.has(kindOf(error)) ? 'command' : 'store'
}
