/** FIELD-17: SIGTERM ends the server, and nobody's request. */
import { Agent, createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Response } from 'express'

import { fakeCis2Auth } from '../../src/testing/index.js'
import type { Cis2Auth } from '../../src/index.js'

interface Stage {
  readonly auth: Cis2Auth
  readonly server: Server
  /** Requests to `/slow`, which the test answers. */
  readonly waiting: Response[]
  ask(path: string, agent: Agent): Promise<IncomingMessage>
}

const stages: Stage[] = []

afterEach(() => {
  for (const { server } of stages.splice(0)) server.closeAllConnections()
})

async function start(): Promise<Stage> {
  const auth = fakeCis2Auth()
  const waiting: Response[] = []
  const app = express().use(auth)
  app.get('/', (_req, res) => res.json({ ok: true }))
  app.get('/slow', (_req, res) => {
    waiting.push(res)
  })
  const server = createServer(app)
  // A proxy's connections stay for as long as it likes.
  server.keepAliveTimeout = 600_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const ask = (path: string, agent: Agent) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      httpRequest({ host: '127.0.0.1', port, path, agent }, (answer) => {
        answer.resume().once('end', () => {
          resolve(answer)
        })
      })
        .once('error', reject)
        .end()
    })
  const stage = { auth, server, waiting, ask }
  stages.push(stage)
  return stage
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5))
}

const codeOf = (error: unknown) => (error as { code: string }).code

const proxy = () => new Agent({ keepAlive: true, maxSockets: 1 })

describe('FIELD-17 drain', () => {
  it('answers what is under way, as the last answer on its connection, and ends', async () => {
    const { auth, server, waiting, ask } = await start()
    const [busy, idle] = [proxy(), proxy()]
    await ask('/', idle)
    const slow = ask('/slow', busy)
    await until(() => waiting.length === 1)
    let hasEnded = false
    const drained = auth.drain(server, { withinSeconds: 600 }).then(() => (hasEnded = true))
    await expect(ask('/', proxy())).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(hasEnded).toBe(false)
    waiting[0]?.json({ late: true })
    const answer = await slow
    expect([answer.statusCode, answer.headers.connection]).toEqual([200, 'close'])
    await drained
  })

  it('ends although a proxy never leaves its connections idle, and none of its requests is cut', async () => {
    const { auth, server, ask } = await start()
    const agents = Array.from({ length: 4 }, proxy)
    let isOver = false
    const asking = agents.map(async (agent) => {
      const statuses = new Set<unknown>()
      while (!isOver) {
        const status = await ask('/', agent).then(({ statusCode }) => statusCode, codeOf)
        statuses.add(status)
        if (status === 'ECONNREFUSED') break
      }
      return statuses
    })
    await ask('/', proxy())
    await auth.drain(server, { withinSeconds: 600 })
    isOver = true
    for (const statuses of await Promise.all(asking)) {
      expect([...statuses].filter((status) => ![200, 'ECONNREFUSED'].includes(status as number))).toEqual([])
    }
  })

  it('leaves a connection a while that was in use just now: what comes on it is answered', async () => {
    for (let elapsed = Infinity; elapsed > 450;) {
      const { auth, server, ask } = await start()
      const agent = proxy()
      await ask('/', agent)
      const began = performance.now()
      const drained = auth.drain(server, { withinSeconds: 600 })
      // Idle connections have been looked for by then, more than once.
      await new Promise((resolve) => setTimeout(resolve, 150))
      const status = await ask('/', agent).then(({ statusCode }) => statusCode, codeOf)
      elapsed = performance.now() - began
      await drained
      // A machine that was too busy to ask in time has shown nothing.
      if (elapsed <= 450) expect(status).toBe(200)
    }
  })

  it('keeps nothing of an answer whose client has gone', async () => {
    const { auth, server, waiting, ask } = await start()
    const [gone, busy] = [proxy(), proxy()]
    const cut = ask('/slow', gone).catch(codeOf)
    await until(() => waiting.length === 1)
    const closed = new Promise((resolve) => waiting[0]?.once('close', resolve))
    gone.destroy()
    expect(await Promise.all([cut, closed])).toEqual(['ECONNRESET', undefined])
    // In its place, among others.
    const slow = ask('/slow', busy)
    await until(() => waiting.length === 2)
    const drained = auth.drain(server, { withinSeconds: 600 })
    expect(waiting.map((res) => res.getHeader('Connection'))).toEqual([undefined, 'close'])
    waiting[1]?.end()
    await Promise.all([slow, drained])
  })

  it('cuts what is left when the time is over', async () => {
    const { auth, server, waiting, ask } = await start()
    const never = ask('/slow', proxy()).catch(codeOf)
    await until(() => waiting.length === 1)
    await auth.drain(server, { withinSeconds: 0.05 })
    expect(await never).toBe('ECONNRESET')
  })

  it('ends at once a server that does not listen', async () => {
    await fakeCis2Auth().drain(createServer(), { withinSeconds: 600 })
  })

  it.each([
    ['no server', undefined, {}],
    ['the app in place of its server', express(), {}],
    ['a time that is none', createServer(), { withinSeconds: Number.NaN }],
    ['a text for a time', createServer(), { withinSeconds: '8' }],
  ])('refuses %s', async (_what, server, options) => {
    await expect(fakeCis2Auth().drain(server as never, options as never)).rejects.toMatchObject({ code: 'CIS2_CONFIG' })
  })
})
