/** Whether a client has its connection, is about to have it, or has failed to get it. */
import { COMMAND_TIMEOUT, CONNECT_TIMEOUT } from './client.js'
import type { RedisClient } from './client.js'
import { NoCredentials } from './credentials.js'
import { NoReply, replyWithin } from './reply-within.js'

/** Until a client that ioredis has given up is started again, in milliseconds. */
const START_AGAIN = 100

export interface Presence {
  /** Undefined while there is a connection. Else resolves when there is one; rejects, within bounds, when none can be had. */
  expected(): Promise<void> | undefined
  /** Waits on when a first try has failed, for the server may be starting as we are. */
  eventually(): Promise<void>
  close(): void
}

export interface PresenceEvents {
  /** There is a connection, the first or a new one. */
  readonly found: () => void
  /** There is none, and the first try to have one again has failed or takes too long. */
  readonly lost: (reason: Error) => void
  /** Whether what made a try fail may be over at the next: it is waited for, within the bounds. */
  readonly mayPass: (reason: Error) => boolean
}

export function createPresence(client: RedisClient, { found, lost, mayPass }: PresenceEvents): Presence {
  let coming: Expectation | undefined = expect(CONNECT_TIMEOUT)
  let gone = false
  let trying = client.status === 'connecting' || client.status === 'connect'
  let reason: Error = client.status === 'wait' ? new NoCredentials() : new Error('Connection is closed.')
  /** What made the last try fail may pass. */
  let passing = client.status === 'wait'
  let closed = false
  if (client.status === 'ready') coming = undefined

  /** An idle connection that closes is usually there again at once: whoever comes meanwhile waits. */
  function expect(within: number): Expectation {
    const expectation = createExpectation()
    replyWithin(expectation.promise, within).catch((error: unknown) => {
      if (error instanceof NoReply && coming === expectation) giveUp(passing ? reason : error)
    })
    return expectation
  }

  function giveUp(error: Error): void {
    const expectation = coming
    coming = undefined
    gone = true
    expectation?.fail(error)
    if (!closed) lost(error)
  }

  client.on('connecting', function connecting() {
    trying = true
  })
  client.on('error', function failing(error: Error & { lastNodeError?: Error }) {
    // A Cluster says that no node could be reached, and has the reason here.
    reason = error.lastNodeError ?? error
    passing = mayPass(reason)
    if ((trying || client.status === 'wait') && coming !== undefined && !passing) giveUp(reason)
  })
  client.on('close', function lostIt() {
    if (coming !== undefined && trying && !passing) giveUp(reason)
    else if (coming === undefined && !gone) coming = expect(COMMAND_TIMEOUT)
    trying = false
  })
  client.on('ready', function connected() {
    const expectation = coming
    coming = undefined
    gone = trying = passing = false
    reason = new Error('Connection is closed.')
    expectation?.succeed()
    found()
  })
  client.on('end', function ended() {
    if (!closed) setTimeout(startAgain, START_AGAIN).unref()
  })
  function startAgain(): void {
    if (!closed && client.status === 'end') client.connect().catch(function toldByEvent() {})
  }

  return {
    expected() {
      return gone ? Promise.reject(reason) : coming?.promise
    },
    async eventually() {
      if (client.status === 'ready') return
      const ready = new Promise<void>((resolve) => client.once('ready', resolve))
      await replyWithin(ready, CONNECT_TIMEOUT).catch(() => {
        throw reason
      })
    },
    close() {
      closed = true
      if (coming !== undefined) giveUp(reason)
      gone = true
    },
  }
}

interface Expectation {
  readonly promise: Promise<void>
  succeed(): void
  fail(error: Error): void
}

function createExpectation(): Expectation {
  let [succeed, fail]: [() => void, (error: Error) => void] = [() => {}, () => {}]
  const promise = new Promise<void>((resolve, reject) => {
    succeed = resolve
    fail = (error) => {
      reject(error)
    }
  })
  // Nobody may be waiting when it fails.
  promise.catch(function nobody() {})
  return { promise, succeed, fail }
}
