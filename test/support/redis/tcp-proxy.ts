/** A stretch of network between a client and a server, which a test may spoil. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface TcpProxy {
  readonly port: number
  /** Holds every answer back so long, in milliseconds. */
  delay: number
  /** Answers so many bytes more, then resets the connection; undefined: never. */
  bytesLeft: number | undefined
  /** Answers every command with this in the server's place; undefined: lets them pass. */
  reply: string | undefined
  /** Says in the server's answers one text in place of another, as long as it is; undefined: nothing is changed. */
  disguise: readonly [string, string] | undefined
  /** Connections made so far. */
  readonly connections: number
  cutAll(): void
  /** Lets nothing more through on connections that there are, without a word, as a firewall that has forgotten them. */
  forgetAll(): void
  /** What becomes of a connection on which nothing was said for so long, in milliseconds; undefined: nothing. */
  idle: { readonly after: number; readonly fate: Fate } | undefined
  /** Connections that have met that fate. */
  readonly spoiled: number
  /** How often something was sent on a connection that had been forgotten. */
  readonly sentInVain: number
  stop(): Promise<void>
}

/** Dropped without a word, as by a firewall; reset or closed, as by a balancer. */
export type Fate = 'silence' | 'reset' | 'close'

/** Between two looks for idle connections, in milliseconds. */
const LOOK_EVERY = 50

export async function startProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  const lastSaid = new Map<Socket, number>()
  const forgotten = new WeakSet<Socket>()
  let connections = 0
  let spoiled = 0
  let sentInVain = 0
  const server = createServer(join).listen(0, '127.0.0.1')
  await once(server, 'listening')

  const proxy: TcpProxy = {
    port: (server.address() as AddressInfo).port,
    delay: 0,
    bytesLeft: undefined,
    reply: undefined,
    disguise: undefined,
    get connections() {
      return connections
    },
    cutAll() {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    forgetAll() {
      for (const socket of sockets) forgotten.add(socket)
    },
    idle: undefined,
    get spoiled() {
      return spoiled
    },
    get sentInVain() {
      return sentInVain
    },
    async stop() {
      clearInterval(looking)
      proxy.cutAll()
      server.close()
      await once(server, 'close')
    },
  }

  const looking = setInterval(function spoilIdle() {
    const { idle } = proxy
    if (idle === undefined) return
    for (const [client, at] of lastSaid) {
      if (performance.now() - at < idle.after) continue
      lastSaid.delete(client)
      spoiled += 1
      if (idle.fate === 'silence') forgotten.add(client)
      else if (idle.fate === 'reset') client.resetAndDestroy()
      else client.end()
    }
  }, LOOK_EVERY)

  function join(client: Socket): void {
    connections += 1
    const upstream = connect(target, '127.0.0.1')
    lastSaid.set(client, performance.now())
    client.once('close', () => lastSaid.delete(client))
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.once('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
    client.on('data', (sent) => {
      if (forgotten.has(client)) {
        sentInVain += 1
        return
      }
      lastSaid.set(client, performance.now())
      if (proxy.reply === undefined) upstream.write(sent)
      else client.write(`${proxy.reply}\r\n`.repeat(commandsIn(sent)))
    })
    upstream.on('data', (bytes) => {
      if (forgotten.has(upstream) || forgotten.has(client)) return
      const answered = disguised(bytes)
      if (proxy.delay === 0) answer(client, answered)
      else setTimeout(answer, proxy.delay, client, answered).unref()
    })
  }

  function disguised(bytes: Buffer): Buffer {
    if (proxy.disguise === undefined) return bytes
    return Buffer.from(bytes.toString('latin1').replaceAll(...proxy.disguise), 'latin1')
  }

  function answer(client: Socket, bytes: Buffer): void {
    if (proxy.bytesLeft === undefined || bytes.length < proxy.bytesLeft) {
      if (proxy.bytesLeft !== undefined) proxy.bytesLeft -= bytes.length
      client.write(bytes)
      return
    }
    const part = bytes.subarray(0, proxy.bytesLeft)
    proxy.bytesLeft = undefined
    client.write(part, () => {
      // What was written has left; now the connection is lost.
      client.destroy()
    })
  }

  return proxy
}

/** Commands are lists of texts; none of ours has a list mark at the start of a line of its own. */
function commandsIn(sent: Buffer): number {
  return sent.toString('latin1').match(/(^|\r\n)\*\d+\r\n\$/g)?.length ?? 0
}
