/** Ending a server so that nobody's request is cut: what SIGTERM asks for. */
import type { Server, ServerResponse } from 'node:http'
import { Server as NetServer } from 'node:net'

import { ConfigError } from '../errors.js'

/** An `http.Server` or `https.Server`. */
export type DrainableServer = Pick<Server, 'close' | 'closeIdleConnections' | 'closeAllConnections' | 'prependListener'>

/** What `auth.drain` takes beside the server. */
export interface DrainOptions {
  /** Seconds after which whatever is left is cut. Default 8: Kubernetes waits 30 and Docker 10 before it kills. */
  readonly withinSeconds?: number
}

const DEFAULT_SECONDS = 8
/** Longer than any orchestrator waits is a mistake. */
const MOST_SECONDS = 3600
/**
 * A connection that is in use is idle between two requests: closed then, it would cut the one that is coming. By now it
 * has had its last answer. In milliseconds.
 */
const IDLE_AFTER = 500
/** How often connections are looked for that have become idle, in milliseconds. */
const LOOK_EVERY = 50

export interface Draining {
  /** Knows an answer until it is sent. */
  watch(res: ServerResponse): void
  /** Resolves when no connection is left, or the time is over and those that were left have been cut. */
  readonly drain: (server: DrainableServer, options?: DrainOptions) => Promise<void>
}

export function createDraining(): Draining {
  // Places that are used again. A Set makes new tables as responses come and go; those that it leaves behind in V8's old
  // memory refer to responses that are over, which then stay until the next full collection.
  const underWay: (ServerResponse | undefined)[] = []
  const free: number[] = []
  const PLACE = Symbol('express-cis2 place')

  type Watched = ServerResponse & { [PLACE]?: number | undefined }

  function forget(this: Watched): void {
    const place = this[PLACE]
    if (place === undefined) return
    this[PLACE] = undefined
    underWay[place] = undefined
    free.push(place)
  }

  return {
    watch(res: Watched) {
      const place = free.pop() ?? underWay.length
      underWay[place] = res
      res[PLACE] = place
      res.on('close', forget)
    },

    async drain(server, options = {}) {
      const seconds = secondsOf(server, options)
      server.prependListener('request', function announceLast(_req: unknown, res: ServerResponse) {
        announceEnd(res)
      })
      for (const res of underWay) if (res !== undefined) announceEnd(res)
      await closed(server, seconds * 1000)
    },
  }
}

/** The client sends nothing more on this connection: what it sent would be lost. RFC 9112, section 9.6. */
function announceEnd(res: ServerResponse): void {
  if (!res.headersSent) res.setHeader('Connection', 'close')
}

function closed(server: DrainableServer, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const began = performance.now()
    const look = setInterval(() => {
      if (performance.now() - began >= IDLE_AFTER) server.closeIdleConnections()
    }, LOOK_EVERY)
    const deadline = setTimeout(() => {
      server.closeAllConnections()
      // A connection that has become a WebSocket is no longer the server's to close.
      end()
    }, milliseconds)
    function end(): void {
      clearInterval(look)
      clearTimeout(deadline)
      resolve()
    }
    // Not the server's own, which closes what is idle at this moment. An error says that it does not listen.
    NetServer.prototype.close.call(server, end)
  })
}

function secondsOf(server: unknown, options: unknown): number {
  const { withinSeconds = DEFAULT_SECONDS } = (options ?? {}) as DrainOptions
  const problems = [
    ...(server instanceof NetServer && 'closeIdleConnections' in server
      ? []
      : ['drain(): takes the http.Server that app.listen() returned']),
    ...(typeof withinSeconds === 'number' && withinSeconds >= 0 && withinSeconds <= MOST_SECONDS
      ? []
      : [`drain(): withinSeconds must be a number from 0 to ${String(MOST_SECONDS)}`]),
  ]
  if (problems.length > 0) throw new ConfigError(problems)
  return withinSeconds
}
