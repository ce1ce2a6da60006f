/** Commands that are issued in one turn of the event loop leave in one write to the socket. */
import type { Duplex } from 'node:stream'

/** So many at most: Redis shall be at work on the first while a busy process issues the next. */
const MOST = 4

export interface SharedWrites {
  /** Call before a command is issued on this stream. */
  share(stream: Duplex): void
}

/**
 * Holds a connection's stream back until what is being read from other sockets has been looked at, which takes as long as
 * this turn of the event loop. Each command keeps its own reply and its own time limit: a pipeline would share both.
 */
export function createSharedWrites(): SharedWrites {
  let held: Duplex | undefined
  let commands = 0

  function flush(): void {
    held?.uncork()
    held = undefined
  }

  return {
    share(stream) {
      if (stream === held) {
        commands += 1
        if (commands <= MOST) return
        // The next command opens another batch; the immediate that is due then flushes that one.
        stream.uncork()
        stream.cork()
        commands = 1
        return
      }
      flush()
      stream.cork()
      held = stream
      commands = 1
      setImmediate(flush)
    },
  }
}
