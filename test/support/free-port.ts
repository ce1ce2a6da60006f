/** A port of this machine that nobody listens on; for a server whose address must be known before it starts. */
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Below those that systems give to connections and to servers without a wish (RFC 6335, section 6): between looking and
 * listening nobody comes by one of these.
 */
const LOWEST = 20_000
const HIGHEST = 32_000
const ATTEMPTS = 100

/** Test files that run side by side have ports of their own: two that look at the same moment do not find the same one. */
const WORKERS = 8
const PORTS_OF_ONE = (HIGHEST - LOWEST) / WORKERS
const FIRST = LOWEST + ((Number(process.env.JEST_WORKER_ID ?? 1) - 1) % WORKERS) * PORTS_OF_ONE

const given = new Set<number>()

/** None twice: whoever was given one may not listen yet. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = FIRST + randomInt(PORTS_OF_ONE)
    if (given.has(port)) continue
    given.add(port)
    // `localhost` is both.
    if ((await isFree(port, '127.0.0.1')) && (await isFree(port, '::1'))) return port
  }
  throw new Error('No port of this machine is free.')
}

function isFree(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    // A machine without IPv6 has nobody there either.
    server.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code !== 'EADDRINUSE')
    })
    server.listen(port, host, () => {
      server.close(() => {
        resolve(true)
      })
    })
  })
}
