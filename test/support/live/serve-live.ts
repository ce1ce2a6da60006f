/** What stays open, as an application would write it: WebSockets and a stream of events, both closed by the session's end. */
import type { IncomingMessage, Server } from 'node:http'

import type { Express, Response } from 'express'
import { WebSocketServer } from 'ws'

import { requireCis2, SessionEndedError, type Cis2Auth, type Requirement } from '../../../src/index.js'

/** How many of an instance's signals have fired, and its own time: a process that gets no processor does not age. */
export interface LiveState {
  readonly fired: number
  /** Tenths of a second. */
  readonly age: number
}

export interface Live {
  /** What an upgrade asks for. */
  requirement: Requirement<IncomingMessage>
  close(): void
}

/**
 * WebSockets on the server's upgrades, each told whose it is and closed with code 4001 and the reason; `GET /stream`, which
 * ends with the reason; `POST /administrator?sid=…`, which ends a session; `GET /live`, which tells the state.
 */
export function serveLive(app: Express, server: Server, auth: () => Cis2Auth): Live {
  const sockets = new WebSocketServer({ noServer: true })
  const state = { fired: 0, age: 0 }
  const beats = setInterval(() => (state.age += 1), 100)
  const self: Live = {
    requirement: {},
    close() {
      clearInterval(beats)
      for (const client of sockets.clients) client.terminate()
    },
  }

  function whenOver(signal: AbortSignal, close: (reason: string) => void): void {
    signal.addEventListener('abort', () => {
      state.fired += 1
      close(reasonOf(signal))
    })
  }

  server.on('upgrade', (req, socket, head) => {
    auth()
      .authenticate(req, self.requirement)
      .then(
        ({ user, signal }) => {
          sockets.handleUpgrade(req, socket, head, (ws) => {
            ws.send(user.sub)
            whenOver(signal, (reason) => {
              ws.close(4001, reason)
            })
          })
        },
        (error: unknown) => {
          auth().refuseUpgrade(socket, error)
        },
      )
  })
  app.get('/stream', requireCis2(), (req, res: Response) => {
    res.setHeader('Content-Type', 'text/event-stream')
    res.write('data: open\n\n')
    whenOver(req.cis2.signal, (reason) => {
      res.end(`data: ${reason}\n\n`)
    })
  })
  app.post('/administrator', async (req, res) => {
    const { searchParams } = new URL(req.originalUrl, 'http://localhost')
    res.json(await auth().endSessions({ sid: searchParams.get('sid') ?? '' }))
  })
  app.get('/live', (_req, res) => {
    res.json(state satisfies LiveState)
  })
  return self
}

function reasonOf(signal: AbortSignal): string {
  const reason: unknown = signal.reason
  return reason instanceof SessionEndedError ? (reason.reason ?? '') : 'unknown'
}
