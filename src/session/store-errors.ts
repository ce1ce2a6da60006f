/** The store's errors, reduced to what may be said: never a command's arguments, a password or an address. */
import { StoreUnavailableError } from '../errors.js'

/** Wraps whatever the client threw. Only the kind of failure is kept: ioredis hangs commands, with their arguments, on its errors. */
export function storeUnavailable(error: unknown): StoreUnavailableError {
  if (error instanceof StoreUnavailableError) return error
  return new StoreUnavailableError(undefined, { cause: new Error(kindOf(error)) })
}

/** The first word of Redis's answer (`READONLY`), a network code (`ECONNREFUSED`), `timeout` or `disconnected`. */
export function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const reply = /^[A-Z]{3,}(?= )/.exec(error.message)
  if (reply !== null) return reply[0]
  if ('code' in error && typeof error.code === 'string' && /^E[A-Z_]+$/.test(error.code)) return error.code
  if (/timed? ?out/i.test(error.message)) return 'timeout'
  return 'disconnected'
}

/** Whether Redis itself answered: then it is reachable, and only this command was refused. */
export function isReply(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError'
}
