/** Socket.IO beside cis2Auth, as docs/live-connections.md has it. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { Server as SocketServer } from 'socket.io'
import { io, type Socket } from 'socket.io-client'

import type { Cis2Connection } from '../../src/index.js'
import type { Browser } from '../support/app/browser.js'
import { NURSE, ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp, TestClock, type TestApp } from '../support/app/start-app.js'

describe('Socket.IO', () => {
  let provider: ScriptedProvider
  let app: TestApp
  let server: Server
  let sockets: SocketServer
  let url: string
  const opened: Socket[] = []

  beforeAll(async () => {
    provider = await ScriptedProvider.start(new TestClock())
    app = await startApp({ provider })
    server = createServer()
    const connections = new WeakMap<IncomingMessage, Cis2Connection>()
    sockets = new SocketServer(server, {
      transports: ['websocket'],
      allowRequest(req, decide) {
        app.auth.authenticate(req).then(
          (connection) => {
            connections.set(req, connection)
            decide(null, true)
          },
          (error: unknown) => {
            decide((error as { code: string }).code, false)
          },
        )
      },
    })
    sockets.on('connection', (socket) => {
      const connection = connections.get(socket.request)
      socket.emit('hello', connection?.user.sub)
      connection?.signal.addEventListener('abort', () => socket.disconnect(true))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  })

  afterEach(() => {
    for (const socket of opened.splice(0)) socket.disconnect()
  })

  afterAll(async () => {
    await sockets.close()
    await app.stop()
    await provider.stop()
  })

  function connect(browser: Browser, headers: Record<string, string> = {}, transport = 'websocket'): Socket {
    const cookie = browser.cookieHeader(new URL(app.baseUrl))
    const extraHeaders = { cookie, ...headers }
    const socket = io(url, { transports: [transport], extraHeaders, reconnection: false, forceNew: true })
    opened.push(socket)
    return socket
  }

  it('lets a signed-in user in, and is closed when her session ends', async () => {
    const browser = await app.signedIn()
    const socket = connect(browser)
    expect(await once(socket as never, 'hello')).toEqual([NURSE.sub])
    const closed = once(socket as never, 'disconnect')
    await browser.request(`${app.baseUrl}/logout`, { method: 'POST' })
    expect(await closed).toEqual(['io server disconnect'])
  })

  it('lets in nobody who is not signed in, and no page of another origin', async () => {
    const browser = await app.signedIn()
    for (const socket of [connect(app.browser()), connect(browser, { origin: 'https://evil.example' })]) {
      await new Promise((resolve) => socket.once('connect_error', resolve))
      expect(socket.connected).toBe(false)
    }
  })

  // Its first request would be over, and its connection closed, while the socket lives on: nothing would end that.
  it('does not begin by polling', async () => {
    const socket = connect(await app.signedIn(), {}, 'polling')
    await new Promise((resolve) => socket.once('connect_error', resolve))
    expect(socket.connected).toBe(false)
  })
})
