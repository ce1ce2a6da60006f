/** Waiting for a reply, but not for ever, and never giving up on one that has arrived. */

/** No reply came in time. */
export class NoReply extends Error {
  constructor() {
    super('Command timed out')
  }
}

/** A timer that fires later than this was held up by ourselves, not by the server. In milliseconds. */
const HELD_UP = 50
/** Time for a server that answered while we were held up, given at most so often. In milliseconds. */
const EXTENSION = 100
const MOST_EXTENSIONS = 5

/**
 * What the reply resolves with; rejects with {@link NoReply} when it takes longer.
 *
 * A process that was busy runs its timers before it reads its sockets. So whoever is late looks there first: time in
 * which nobody could have heard the reply is not the server's silence.
 */
export function replyWithin<T>(reply: Promise<T>, milliseconds: number): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout
    let extensions = 0

    function arm(wait: number): void {
      const due = performance.now() + wait
      timer = setTimeout(function late() {
        extensions += 1
        if (performance.now() - due > HELD_UP && extensions <= MOST_EXTENSIONS) arm(EXTENSION)
        else setImmediate(lookOnce)
      }, wait)
    }
    /** Immediates run after sockets are read; a second one, after what TLS made of that. */
    function lookOnce(): void {
      setImmediate(reject, new NoReply())
    }

    arm(milliseconds)
    function disarm(): void {
      clearTimeout(timer)
    }
    reply.then(disarm, disarm)
    reply.then(resolve, reject)
  })
}
