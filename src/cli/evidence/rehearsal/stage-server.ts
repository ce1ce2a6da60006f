/** The server that the application of the rehearsal answers through. */
import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

import type { RehearsedApplication } from './application.js'

/** Where CIS2 posts logout tokens: read here, and handed on. */
export const LOGOUT_RELAY = '/evidence-logout-relay'

/** Hands a logout token on; the status that it was answered with. */
export type Relay = (token: string) => Promise<number>

export async function listen(
  server: Server,
  { listener }: RehearsedApplication,
): Promise<{ port: number; relay(answer: Relay): void }> {
  let relay: Relay = () => Promise.resolve(503)
  // TLS is played: to Express, and to whatever asks the socket, the request came over https.
  server.on('connection', (socket) => Object.assign(socket, { encrypted: true }))
  server.on('request', (req: IncomingMessage, res: ServerResponse) => {
    if (req.url === LOGOUT_RELAY) void handOn(req, res, relay)
    else listener(req, res)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    relay(answer) {
      relay = answer
    },
  }
}

async function handOn(req: IncomingMessage, res: ServerResponse, relay: Relay): Promise<void> {
  const token = new URLSearchParams(await text(req)).get('logout_token') ?? ''
  res.writeHead(await relay(token).catch(() => 502)).end()
}

export async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
