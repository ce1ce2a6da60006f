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

/** Redis before 7 wraps what a script ran into: `ERR Error running script …: -READONLY …`, or leaves the `-` in front. */
function replyKind(message: string): string {
  // Said of a script's command as an ERR like any other.
  if (/user executing the script can't|ACL failure in script/.test(message)) return 'NOPERM'
  return /: -([A-Z]{3,}) /.exec(message)?.[1] ?? /^-?([A-Z]{3,})(?= |$)/.exec(message)?.[1] ?? 'ERR'
}

/** `kindOf`, and what was refused where the reply says so: the name of a command, never a key or a user. */
export function reasonFor(error: unknown): string {
  if (error instanceof StoreUnavailableError) {
    return error.cause instanceof Error ? error.cause.message : 'unfit'
  }
  const kind = kindOf(error)
  const { message } = detailsOf(error)
  const command = /(?:run|execute) the '([a-z|]+)' command/i.exec(message)?.[1]
  if (kind === 'NOPERM' && command !== undefined) return `${kind} ${command}`
  return /undeclared|not declared|non.?local key/i.test(message) ? `${kind} undeclared keys` : kind
}

/**
 * Answers that mean this command only: it met something odd. Every other answer (`NOAUTH`, `LOADING`, `READONLY`,
 * `MASTERDOWN`, `MISCONF` …) meets every session, like no answer at all.
 */
const ABOUT_ONE_COMMAND: ReadonlySet<string> = new Set(['ERR', 'WRONGTYPE', 'TRYAGAIN', 'MOVED', 'ASK'])

/** Whether a failure says that the store does not work, that it is full, or only that it refused this command. */
export function scopeOf(error: unknown): 'store' | 'memory' | 'command' {
  const [kind = ''] = reasonFor(error).split(' ')
  if (kind === 'OOM') return 'memory'
  return ABOUT_ONE_COMMAND.has(kind) ? 'command' : 'store'
}
