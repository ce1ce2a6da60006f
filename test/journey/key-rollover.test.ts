/** CA-3: the application's signing key is changed, and no sign-in fails on the way. */
import { generateKeyPairSync } from 'node:crypto'

import { decodeProtectedHeader } from 'jose'

import type { SigningKey } from '../../src/index.js'
import { startSimulator, type Simulator } from 'express-cis2/simulator'
import { startApp, TestClock, type TestApp } from '../support/app/start-app.js'

const CLIENT_ID = 'clinic.apps.national'
const DAY_SECONDS = 24 * 60 * 60
const makeKey = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey

describe('CA-3 changing a signing key', () => {
  const clock = new TestClock()
  const [oldKey, newKey] = [makeKey(), makeKey()]
  const sent: string[] = []
  let simulator: Simulator

  beforeAll(async () => {
    simulator = await startSimulator({ clock: clock.read })
  })

  afterAll(() => simulator.stop())

  /** A deployment of the application with these keys, at an address of its own. */
  async function deploy(keys: readonly SigningKey[]): Promise<TestApp> {
    const watching: typeof fetch = (url, init) => {
      const assertion = new URLSearchParams(init?.body as string | undefined).get('client_assertion')
      if (assertion !== null) sent.push(String(decodeProtectedHeader(assertion).kid))
      return fetch(url, init)
    }
    const app = await startApp({
      provider: { issuer: simulator.issuer, clientId: CLIENT_ID },
      clock,
      options: { clientAuthentication: { method: 'private_key_jwt', keys }, fetch: watching },
    })
    simulator.addClient({
      clientId: CLIENT_ID,
      redirectUris: [`${app.baseUrl}/callback`],
      tokenEndpointAuthMethod: 'private_key_jwt',
      jwksUri: `${app.baseUrl}/.well-known/jwks.json`,
    })
    return app
  }

  async function publishedBy(app: TestApp): Promise<string[]> {
    const { keys } = (await app.browser().request(`${app.baseUrl}/.well-known/jwks.json`)).json() as {
      keys: Record<string, unknown>[]
    }
    for (const key of keys) expect(Object.keys(key).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
    return keys.map(({ kid }) => String(kid))
  }

  /** Signs in through the simulator's pages; answers which key signed. */
  async function kidOfSignIn(app: TestApp): Promise<string> {
    const browser = app.browser()
    const login = await browser.navigate(`${app.baseUrl}/login`)
    const page = await browser.navigate(login.location ?? '')
    const body = new URLSearchParams({ user: '555000000101', authenticator: 'smartcard', action: 'sign-in' })
    const back = await browser.navigate(page.location ?? '', { method: 'POST', body })
    expect((await browser.navigate(back.location ?? '')).status).toBe(303)
    return sent.at(-1) ?? ''
  }

  it('CA-2 publishes both from the start, signs with the old one for a day, then with the new one', async () => {
    const before = await deploy([{ privateKey: oldKey }])
    const oldKid = await kidOfSignIn(before)
    expect(await publishedBy(before)).toEqual([oldKid])
    await before.stop()

    const notBefore = new Date(clock.now + DAY_SECONDS * 1000)
    const during = await deploy([{ privateKey: newKey, notBefore }, { privateKey: oldKey }])
    expect(await publishedBy(during)).toContain(oldKid)
    const [newKid = ''] = (await publishedBy(during)).filter((kid) => kid !== oldKid)
    expect(await kidOfSignIn(during)).toBe(oldKid)
    clock.advance(DAY_SECONDS - 1)
    expect(await kidOfSignIn(during)).toBe(oldKid)
    clock.advance(1)
    expect(await kidOfSignIn(during)).toBe(newKid)
    expect(await publishedBy(during)).toHaveLength(2)
    await during.stop()

    const after = await deploy([{ privateKey: newKey }])
    expect(await kidOfSignIn(after)).toBe(newKid)
    expect(await publishedBy(after)).toEqual([newKid])
    await after.stop()
  })
})
