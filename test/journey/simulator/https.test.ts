/** With TLS: the certificate made at start, and a fetch that trusts it. */
import { X509Certificate } from 'node:crypto'
import { get } from 'node:https'

import * as client from 'openid-client'

import { type Simulator, startSimulator } from 'express-cis2/simulator'
import { openBrowser } from './browser.js'
import { askForTokens, authorizeAddress, CLIENT, exchange, signInAs } from './conversation.js'
import { ISSUER, makeRegistration, startRelyingParty } from './relying-party.js'

describe('a simulator with https', () => {
  let simulator: Simulator

  beforeAll(async () => {
    simulator = await startSimulator({ https: true, clients: [CLIENT], faults: { 'userinfo-slow': 30 } })
  })
  afterAll(() => simulator.stop())

  it('displays an https issuer with the port it listens on', () => {
    expect(simulator.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    expect(simulator.issuer).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/openam\//)
  })

  it('has a certificate for loopback that is valid now and signs nothing else', () => {
    const certificate = new X509Certificate(simulator.certificate ?? '')
    for (const host of ['localhost']) expect(certificate.checkHost(host)).toBe(host)
    for (const ip of ['127.0.0.1', '::1']) expect(certificate.checkIP(ip)).toBe(ip)
    expect(certificate.checkHost('elsewhere.example')).toBeUndefined()
    expect(certificate.ca).toBe(false)
    expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now())
    expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.now() + 80 * 24 * 3600 * 1000)
    expect(certificate.verify(certificate.publicKey)).toBe(true)
  })

  it('is trusted through its own fetch, and through Node’s by nobody', async () => {
    const address = `${simulator.issuer}/.well-known/openid-configuration`
    expect(await (await simulator.fetch(address)).json()).toMatchObject({ issuer: simulator.issuer })
    await expect(fetch(address)).rejects.toThrow()
  })

  it('hands its certificate over', async () => {
    const reply = await simulator.fetch(`${simulator.url}/simulator/certificate.pem`)
    expect(await reply.text()).toBe(simulator.certificate)
    const { certificate } = simulator
    const status = await new Promise((resolve, reject) => {
      get(`${simulator.url}/simulator`, { ca: certificate, agent: false }, (res) => {
        res.resume()
        resolve(res.statusCode)
      }).on('error', reject)
    })
    expect(status).toBe(200)
    expect(await (await simulator.fetch(`${simulator.url}/simulator`)).text()).toContain('certificate.pem')
  })

  it('signs in, with a cookie that goes over TLS only', async () => {
    const browser = openBrowser(simulator)
    const page = await browser.get(authorizeAddress(simulator))
    const back = await browser.post(page.location ?? '', { user: '555000000101', authenticator: 'smartcard' })
    expect(back.headers.get('set-cookie')).toMatch(
      /^iPlanetDirectoryPro_\d+=\S+; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    )
    const { status } = await exchange(simulator, new URL(back.location ?? '').searchParams.get('code') ?? '')
    expect(status).toBe(200)
  })

  it('hands redirects back, or fails on them where asked to, and never follows one', async () => {
    const address = authorizeAddress(simulator)
    expect((await simulator.fetch(address)).status).toBe(302)
    await expect(simulator.fetch(address, { redirect: 'error' })).rejects.toThrow(TypeError)
  })

  it('stops waiting when told to', async () => {
    const signal = AbortSignal.timeout(200)
    await expect(simulator.fetch(`${simulator.issuer}/userinfo`, { signal })).rejects.toMatchObject({
      name: 'TimeoutError',
    })
  })

  it('takes a whole request, as openid-client may send it', async () => {
    const reply = await simulator.fetch(new Request(`${simulator.issuer}/connect/jwk_uri`))
    expect(reply.status).toBe(200)
  })
})

describe('simulator.fetch', () => {
  it('leaves other addresses to Node', async () => {
    const [one, two] = await Promise.all([startSimulator(), startSimulator({ https: true })])
    const reply = await two.fetch(`${one.issuer}/.well-known/openid-configuration`)
    expect(await reply.json()).toMatchObject({ issuer: one.issuer })
    const request = new Request(`${one.url}/simulator/users`)
    expect((await two.fetch(request)).status).toBe(200)
    expect((await one.fetch(request)).status).toBe(200)
    await Promise.all([one.stop(), two.stop()])
    await expect(two.fetch(two.issuer)).rejects.toThrow('fetch failed')
  })

  it('reaches a displayed issuer with :443 over TLS, whose name is in the certificate', async () => {
    const registration = await makeRegistration()
    const simulator = await startSimulator({ issuer: ISSUER, https: true, clients: [registration.client] })
    expect(new X509Certificate(simulator.certificate ?? '').checkHost('am.sim.example')).toBe('am.sim.example')
    const app = await startRelyingParty({ simulator, registration, strict: true })
    expect((await app.signIn()).claims.iss).toBe(ISSUER)
    expect(app.config.serverMetadata().token_endpoint).toContain(':443/')
    await simulator.stop()
  })

  it('reaches what is displayed from all interfaces too', async () => {
    const [everywhere, six] = await Promise.all([
      startSimulator({ host: '0.0.0.0', clients: [CLIENT] }),
      startSimulator({ host: '::1', https: true, clients: [CLIENT] }),
    ])
    expect(everywhere.url).toMatch(/^http:\/\/127\.0\.0\.1:/)
    expect(six.url).toMatch(/^https:\/\/\[::1\]:/)
    for (const simulator of [everywhere, six]) {
      const { code } = await signInAs(simulator)
      expect((await exchange(simulator, code)).status).toBe(200)
      expect((await askForTokens(simulator, {})).status).toBe(401)
    }
    await Promise.all([everywhere.stop(), six.stop()])
  })
})

describe('a simulator that stops', () => {
  it('lets go of its port and of whoever waits, and may be told twice', async () => {
    const simulator = await startSimulator({ faults: ['userinfo-slow'] })
    const waiting = fetch(`${simulator.issuer}/userinfo`)
    const ended = expect(waiting).rejects.toThrow()
    await fetch(`${simulator.issuer}/connect/jwk_uri`)
    await simulator.stop()
    await ended
    await simulator.stop()
    const { port } = new URL(simulator.url)
    const next = await startSimulator({ port: Number(port) })
    await expect(startSimulator({ port: Number(port) })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await next.stop()
  })

  it('is discovered by openid-client at all interfaces of version 6', async () => {
    const simulator = await startSimulator({ host: '::', issuer: ISSUER })
    expect(simulator.url).toMatch(/^http:\/\/\[::1\]:/)
    const config = await client.discovery(new URL(ISSUER), 'x', undefined, undefined, {
      [client.customFetch]: (url, options) => simulator.fetch(url, options as RequestInit),
    })
    expect(config.serverMetadata().issuer).toBe(ISSUER)
    await simulator.stop()
  })
})
