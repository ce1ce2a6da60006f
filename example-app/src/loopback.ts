/** Listening on this machine's own addresses, IPv4 and IPv6, so that `localhost` means us whichever a browser tries. */
import { createServer } from 'node:net'
import type { Server } from 'node:http'

import type { Express } from 'express'

const ADDRESSES = ['127.0.0.1', '::1']

/** What a machine without IPv6 says. */
const NO_SUCH_ADDRESS = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT'])

/** Throws one sentence that says which variable to set. */
export async function assertPortFree(port: number, variable: string): Promise<void> {
  for (const host of ADDRESSES) {
    const code = await tryToListen(port, host)
    if (code === 'EADDRINUSE' || code === 'EACCES') {
      const reason = code === 'EACCES' ? 'may not be used by you' : 'is in use'
      throw new Error(`Port ${port} ${reason}: set ${variable} to another one, for example ${variable}=${port + 10}.`)
    }
  }
}

/** Listens on both addresses; a machine without IPv6 on the one it has. */
export async function listenOnLoopback(app: Express, port: number): Promise<Server[]> {
  const servers: Server[] = []
  for (const host of ADDRESSES) {
    if (NO_SUCH_ADDRESS.has((await tryToListen(port, host)) ?? '')) continue
    servers.push(
      await new Promise<Server>((resolve, reject) => {
        const server = app.listen(port, host, (error) => {
          if (error) reject(error)
          else resolve(server)
        })
      }),
    )
  }
  return servers
}

/** Ends every connection, also those a browser keeps open. */
export function stopListening(servers: readonly Server[]): void {
  for (const server of servers) {
    server.close()
    server.closeAllConnections()
  }
}

/** The error's code, or undefined when the port is free. */
async function tryToListen(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? 'unknown')
    })
    probe.listen({ port, host, exclusive: true }, () => {
      probe.close(() => {
        resolve(undefined)
      })
    })
  })
}
