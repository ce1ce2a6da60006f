/** Commands that are issued in one turn of the event loop leave in few writes to the socket. */
import type { Duplex } from 'node:stream'

/** So many at most in one write: Redis shall be at work on them while a busy process issues the next. */
const MOST = 4

export interface SharedWrites {
  /** Call before a command is issued on this stream. */
  share(stream: Duplex): void
}

/**
 * The first command of a turn leaves at once, and nobody waits where there is only one. Those after it are held back until
 * what is being read from other sockets has been looked at, which takes as long as the turn, or until there are enough.
 * Each command keeps its own reply and its own time limit: a pipeline would share both.
 */
export function createSharedWrites(): SharedWrites {
  /** What this turn's commands are issued on. */
  let stream: Duplex | undefined
  let held = 0

  function flush(): void {
    if (held > 0) stream?.uncork()
    held = 0
  }

  function endTurn(): void {
    flush()
    stream = undefined
  }

  return {
    share(next) {
      if (next !== stream) {
        // Else the immediate that is due ends this turn too.
        if (stream === undefined) setImmediate(endTurn)
        flush()
        stream = next
        return
      }
      if (held === MOST) flush()
      if (held === 0) next.cork()
      held += 1
    },
  }
}
