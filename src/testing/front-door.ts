/**
 * What listens at `baseUrl`: passes CIS2's logout tokens on to the applications under test. supertest lets an
 * application listen only while a request of its own lasts, so CIS2 could not reach it.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

import { usualFetch } from '../simulator/fetch-over-node.js'
import { publicPath, type Registration } from './registrations.js'
import type { AppUnderTest } from './supertest-agent.js'

/** Finds what `options()` has registered under a number. */
type FindRegistration = (index: number) => Registration | undefined

const WHO_IS_THIS =
  'This is the base URL of an application under test. Reach the application through its supertest agent.\n'

export class FrontDoor {
  readonly origin: string
  readonly #server: Server
  readonly #find: FindRegistration
  /** By the number in their address here. */
  readonly #apps: Server[] = []

  private constructor(server: Server, find: FindRegistration) {
    this.#server = server
    this.#find = find
    this.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('request', (req: IncomingMessage, res: ServerResponse) => {
      this.#answer(req, res)
    })
  }

  static async open(find: FindRegistration): Promise<FrontDoor> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new FrontDoor(server, find)
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  #answer(req: IncomingMessage, res: ServerResponse): void {
    const [, place, number = '', rest = ''] = /^\/(app|back-channel)\/(\d+)(.*)$/.exec(req.url ?? '') ?? []
    const app = this.#apps[Number(number)]
    const registration = this.#find(Number(number))
    if (place === 'app' && app !== undefined) {
      req.url = rest
      app.emit('request', req, res)
    } else if (place === 'back-channel' && registration !== undefined) {
      this.#passOn(req, registration).then(
        (status) => res.writeHead(status).end(),
        (error: unknown) => res.writeHead(502).end(String(error)),
      )
    } else {
      res.writeHead(404, { 'content-type': 'text/plain' }).end(WHO_IS_THIS)
    }
  }

  /** To each instance of the application, for each may have sessions of its own. Done when one of them has done it. */
  async #passOn(req: IncomingMessage, { config, apps }: Registration): Promise<number> {
    const body = await text(req)
    const path = String(publicPath(config, 'backChannelLogout'))
    const statuses: number[] = []
    for (const app of apps) {
      const response = await usualFetch()(this.#addressOf(app) + path, {
        method: 'POST',
        headers: { 'content-type': req.headers['content-type'] ?? '' },
        body,
      })
      await response.body?.cancel()
      statuses.push(response.status)
    }
    return statuses.includes(200) ? 200 : (statuses.at(-1) ?? 503)
  }

  #addressOf(app: AppUnderTest): string {
    if (typeof app === 'string') return app.replace(/\/$/, '')
    if (!this.#apps.includes(app)) this.#apps.push(app)
    return `${this.origin}/app/${this.#apps.indexOf(app)}`
  }
}
