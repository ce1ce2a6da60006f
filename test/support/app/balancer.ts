/** A load balancer: hands requests to instances in turn, over connections that it keeps; to none that is leaving. */
import { Agent, createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream'

export interface Balancer {
  readonly url: string
  /** Requests that no instance has answered. */
  readonly failures: readonly string[]
  add(port: number): void
  /** No request goes there from now on; those under way are answered. */
  remove(port: number): void
  /** Closes the connections that nobody uses. */
  rest(): void
  stop(): Promise<void>
}

export async function startBalancer(): Promise<Balancer> {
  const agents = new Map<number, Agent>()
  const failures: string[] = []
  let turn = 0
  const server = createServer(handOn)
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  function handOn(req: IncomingMessage, res: ServerResponse): void {
    const ports = [...agents.keys()]
    const port = ports[turn++ % ports.length]
    const { method, url, headers } = req
    const agent = agents.get(Number(port))
    if (agent === undefined) {
      fail(res, 'no instance')
      return
    }
    const onward = request({ host: '127.0.0.1', port, method, path: url, headers, agent }, (answer) => {
      // The connection is the balancer's own affair.
      const kept = answer.rawHeaders.filter(
        (_, at) => !/^(?:connection|keep-alive)$/i.test(String(answer.rawHeaders[at - (at % 2)])),
      )
      res.writeHead(answer.statusCode ?? 502, kept)
      // An instance that goes takes its open answers with it.
      pipeline(answer, res, () => {})
    })
    onward.once('error', (error) => {
      fail(res, error.message)
    })
    req.pipe(onward)
  }

  function fail(res: ServerResponse, why: string): void {
    failures.push(why)
    if (!res.headersSent) res.statusCode = 502
    res.end()
  }

  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    failures,
    add: (port) => void agents.set(port, new Agent({ keepAlive: true })),
    remove: (port) => void agents.delete(port),
    rest() {
      for (const agent of agents.values()) agent.destroy()
    },
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      for (const agent of agents.values()) agent.destroy()
    },
  }
}
