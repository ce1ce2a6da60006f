/** The application that is signed in to: the real middleware, over real HTTP, in front of memory or a Redis server. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'

import { cis2Auth, requireCis2 } from '../../../src/index.js'
import { CLIENT_ID, CLIENT_SECRET } from './provider.js'

export interface Application {
  readonly url: string
  stop(): Promise<void>
}

/** @param redis - An address, or `'memory'`. */
export async function startApplication(
  issuer: string,
  redis: string,
  clock: () => number,
  isPatient = true,
): Promise<Application> {
  const app = express()
  const server = createServer(app)
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const auth = cis2Auth({
    issuer,
    clientId: CLIENT_ID,
    clientAuthentication: { method: 'client_secret_post', clientSecret: CLIENT_SECRET },
    baseUrl: url,
    aal: 3,
    clock,
    onEvent: () => {},
    session: { secret: 'Vn3k8sPq2Lr7wXy5bTz9cJm4dHf6gKa1', redis },
  })
  app.use(auth)
  app.get('/me', requireCis2(), (req, res) => {
    res.json(req.cis2User)
  })
  app.get('/', (_req, res) => {
    res.end()
  })
  // A provider that publishes nonsense never becomes ready, and nobody waits for it.
  if (isPatient) await auth.ready()
  return {
    url,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await auth.close()
    },
  }
}
