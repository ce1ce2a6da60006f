/** express-openid-connect, another independent client: a secret, the code flow and back-channel logout. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import express from 'express'
import { auth, requiresAuth } from 'express-openid-connect'

import { type Simulator, startSimulator } from 'express-cis2/simulator'
import { Browser } from '../../support/app/browser.js'

const NURSE = '555000000101'
const SECRET = 'a client secret of some length'

let simulator: Simulator
let server: Server
let baseUrl: string

/** The sessions of one application, in memory, as express-openid-connect wants them for back-channel logout. */
function memoryStore() {
  const records = new Map<string, unknown>()
  return {
    get: (id: string, done: (error: unknown, record?: unknown) => void) => {
      done(null, records.get(id))
    },
    set: (id: string, record: unknown, done: (error?: unknown) => void) => {
      records.set(id, record)
      done()
    },
    destroy: (id: string, done: (error?: unknown) => void) => {
      records.delete(id)
      done()
    },
  }
}

beforeAll(async () => {
  simulator = await startSimulator()
  const app = express()
  server = createServer(app)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  simulator.addClient({
    clientId: 'another',
    clientSecret: SECRET,
    tokenEndpointAuthMethod: 'client_secret_post',
    redirectUris: [`${baseUrl}/callback`],
    backChannelLogoutUri: `${baseUrl}/backchannel-logout`,
  })
  app.use(
    auth({
      issuerBaseURL: simulator.issuer,
      baseURL: baseUrl,
      clientID: 'another',
      clientSecret: SECRET,
      clientAuthMethod: 'client_secret_post',
      secret: 'a secret for the session of some length',
      authRequired: false,
      authorizationParams: { response_type: 'code', scope: 'openid profile selectedrole' },
      session: { store: memoryStore() as never },
      backchannelLogout: { store: memoryStore() as never },
    }),
  )
  app.get('/me', requiresAuth(), (req, res) => {
    res.json(req.oidc.idTokenClaims)
  })
})

afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await simulator.stop()
})

async function signIn(): Promise<Browser> {
  // Everything listens on 127.0.0.1, so that one jar holds all cookies.
  const browser = new Browser()
  const toCis2 = await browser.navigate(`${baseUrl}/login`)
  const toPage = await browser.navigate(toCis2.location ?? '')
  const body = new URLSearchParams({ user: NURSE, authenticator: 'smartcard' })
  const back = await browser.request(toPage.location ?? '', { method: 'POST', body })
  await browser.navigate(back.location ?? '')
  return browser
}

describe('express-openid-connect', () => {
  it('signs a nurse in with her smartcard', async () => {
    const browser = await signIn()
    const me = await browser.navigate(`${baseUrl}/me`)
    expect({ status: me.status, claims: me.json() }).toMatchObject({
      status: 200,
      claims: {
        sub: NURSE,
        iss: simulator.issuer,
        authentication_assurance_level: '3',
        selected_roleid: '555000010101',
      },
    })
  })

  it('signs her out when the card is taken out', async () => {
    const browser = await signIn()
    const deliveries = await simulator.removeSmartcard(NURSE)
    expect(deliveries.map(({ status }) => status)).toContain(204)
    expect(simulator.requests.at(-1)).not.toHaveProperty('refusal')
    expect((await browser.navigate(`${baseUrl}/me`)).status).not.toBe(200)
  })
})
