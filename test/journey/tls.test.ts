/** NET-18, Sec Req 003: CIS2 is spoken to over TLS 1.2 or later, with a certificate that Node trusts, or not at all. */
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'

import { startSimulator, type Simulator } from 'express-cis2/simulator'

import { makeCertificate } from '../../src/simulator/certificate.js'
import { Browser } from '../support/app/browser.js'
import { startApp, type TestApp } from '../support/app/start-app.js'

const CLIENT_ID = 'clinic.apps.national'

describe('NET-18 CIS2 over https', () => {
  let simulator: Simulator
  const running: TestApp[] = []

  beforeAll(async () => {
    simulator = await startSimulator({ https: true })
  })

  afterEach(async () => {
    await Promise.all(running.splice(0).map((app) => app.stop()))
  })

  afterAll(() => simulator.stop())

  async function appWith(options: { issuer: string; fetch?: typeof fetch }): Promise<TestApp> {
    const app = await startApp({
      provider: { issuer: options.issuer, clientId: CLIENT_ID },
      options: options.fetch === undefined ? {} : { fetch: options.fetch },
      impatient: true,
    })
    running.push(app)
    return app
  }

  it('is believed when its certificate is trusted', async () => {
    const app = await appWith({ issuer: simulator.issuer, fetch: simulator.fetch })
    await app.auth.ready()
    const login = await new Browser().navigate(`${app.baseUrl}/login`)
    expect(login.location?.startsWith(`${simulator.issuer}/authorize?`)).toBe(true)
  })

  it('NET-18 is not spoken to when its certificate is not trusted', async () => {
    const app = await appWith({ issuer: simulator.issuer })
    await expect(app.auth.ready()).rejects.toMatchObject({ code: 'CIS2_PROVIDER_UNAVAILABLE' })
    expect((await app.auth.health()).provider).toMatchObject({ status: 'down', reason: 'discovery-tls' })
    expect((await app.browser().request(`${app.baseUrl}/login`)).status).toBe(503)
  })

  it('Sec Req 003 is not spoken to by a server that knows nothing later than TLS 1.1', async () => {
    const { certificate: cert, privateKey: key } = await makeCertificate([])
    // OpenSSL's own default would not even offer it.
    const settings = { key, cert, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    const server = createServer(settings, (_req, res) => res.end())
    const refusals: unknown[] = []
    server.on('tlsClientError', ({ code }: NodeJS.ErrnoException) => refusals.push(code))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const app = await appWith({ issuer: `https://127.0.0.1:${String(port)}/realm` })
    await expect(app.auth.ready()).rejects.toMatchObject({ code: 'CIS2_PROVIDER_UNAVAILABLE' })
    expect(refusals).toContain('ERR_SSL_UNSUPPORTED_PROTOCOL')
    await new Promise((resolve) => server.close(resolve))
  })
})
