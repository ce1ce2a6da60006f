/** How CIS2 sessions end, and who is told. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createRemoteJWKSet, jwtVerify } from 'jose'

import { describeFaults, type Simulator, startSimulator } from 'express-cis2/simulator'
import { openBrowser } from './browser.js'
import { authorizeAddress, CLIENT, exchange, idTokenOf, lastRefusal, NURSE, signInAs } from './conversation.js'

const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout'

let simulator: Simulator
let app: Server
/** Logout tokens, as they arrived. */
let received: string[]
/** `jti`s seen. */
let seen: Set<unknown>
let verdict: (token: string) => Promise<number>

beforeAll(async () => {
  app = createServer((req, res) => {
    let body = ''
    req.on('data', (chunk) => (body += String(chunk)))
    req.on('end', () => {
      const token = new URLSearchParams(body).get('logout_token') ?? ''
      received.push(token)
      verdict(token).then(
        (status) => res.writeHead(status).end(),
        () => res.writeHead(400).end(),
      )
    })
  })
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
  simulator = await startSimulator()
})
afterAll(async () => {
  app.close()
  await simulator.stop()
})
beforeEach(() => {
  received = []
  seen = new Set()
  verdict = check
  simulator.clearFaults()
  simulator.addClient({ ...CLIENT, backChannelLogoutUri: endpoint() })
})
afterEach(async () => {
  await simulator.endSession(NURSE.user)
})

const endpoint = () => `http://127.0.0.1:${(app.address() as AddressInfo).port}/backchannel-logout`

/** OpenID Connect Back-Channel Logout 1.0, 2.6, by jose and by hand. */
async function check(token: string): Promise<number> {
  const keys = createRemoteJWKSet(new URL(`${simulator.issuer}/connect/jwk_uri`))
  const options = { issuer: simulator.issuer, audience: CLIENT.clientId, algorithms: ['RS256'] }
  const { payload } = await jwtVerify(token, keys, options)
  const { iat = Infinity, jti, sub, sid, events, nonce } = payload as Record<string, unknown> & { iat?: number }
  const event = (events as Record<string, unknown> | undefined)?.[LOGOUT_EVENT]
  const sound = event !== undefined && nonce === undefined && iat < Date.now() / 1000 + 60 && (sub ?? sid) !== undefined
  if (!sound || jti === undefined || seen.has(jti)) return 400
  seen.add(jti)
  return 200
}

describe('a logout token', () => {
  it.each([
    { how: 'the smartcard', end: () => simulator.removeSmartcard(NURSE.user), cause: 'SESSION_TERMINATION' },
    { how: 'an administrator', end: () => simulator.endSession(NURSE.user), cause: 'SESSION_TERMINATION' },
    {
      how: 'idling',
      end: () => simulator.endSession(NURSE.user, 'SESSION_IDLE_TIMEOUT'),
      cause: 'SESSION_IDLE_TIMEOUT',
    },
    {
      how: 'the longest time',
      end: () => simulator.endSession(NURSE.user, 'SESSION_MAX_TIMEOUT'),
      cause: 'SESSION_MAX_TIMEOUT',
    },
  ])('is sent when $how ends the session, with the sid of the ID token', async ({ end, cause }) => {
    const { sid } = await idTokenOf(simulator)
    const deliveries = await end()
    expect(deliveries).toEqual([{ clientId: CLIENT.clientId, uri: endpoint(), sid, status: 200 }])
    const [header, payload] = (received[0] ?? '').split('.').map((part) => Buffer.from(part, 'base64url').toString())
    expect(JSON.parse(header ?? '')).toMatchObject({ alg: 'RS256', typ: 'JWT' })
    expect(JSON.parse(payload ?? '')).toMatchObject({
      iss: simulator.issuer,
      aud: CLIENT.clientId,
      sub: NURSE.user,
      sid,
      cause,
      events: { [LOGOUT_EVENT]: {} },
    })
  })

  it('is sent for the old session when prompt=login ends it, before the user has signed in again', async () => {
    const browser = openBrowser(simulator)
    const { sid } = await idTokenOf(simulator, NURSE, {}, browser)
    await browser.get(authorizeAddress(simulator, { prompt: 'login' }))
    expect(received).toHaveLength(1)
    const [, payload = ''] = (received[0] ?? '').split('.')
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({ sid })
  })

  it('is not sent for a session begun without a smartcard when the card is taken out', async () => {
    await idTokenOf(simulator, { ...NURSE, authenticator: 'microsoft-authenticator' }, { acr_values: 'AAL2_ANY' })
    expect(await simulator.removeSmartcard(NURSE.user)).toEqual([])
    expect(await simulator.endSession(NURSE.user)).toHaveLength(1)
  })

  it('is sent once for each client, under the sid that each one knows', async () => {
    simulator.addClient({ ...CLIENT, clientId: 'second', backChannelLogoutUri: endpoint() })
    const browser = openBrowser(simulator)
    const first = await idTokenOf(simulator, NURSE, {}, browser)
    const { code } = await signInAs(simulator, NURSE, { client_id: 'second' }, browser)
    await exchange(simulator, code, { client_id: 'second' })
    verdict = () => Promise.resolve(200)
    const deliveries = await simulator.endSession(NURSE.user)
    expect(deliveries.map(({ clientId }) => clientId)).toEqual([CLIENT.clientId, 'second'])
    expect(new Set(deliveries.map(({ sid }) => sid)).size).toBe(2)
    expect(deliveries[0]?.sid).toBe(first.sid)
  })

  it('goes to no client that gave no address', async () => {
    simulator.addClient(CLIENT)
    await idTokenOf(simulator)
    expect(await simulator.endSession(NURSE.user)).toEqual([])
  })

  it('has its answer in the log, and the reason when there is none', async () => {
    await idTokenOf(simulator)
    verdict = () => Promise.resolve(501)
    expect(await simulator.endSession(NURSE.user)).toMatchObject([{ status: 501 }])
    expect(lastRefusal(simulator)).toBe('the application answered 501 to a logout token')
    simulator.addClient({ ...CLIENT, backChannelLogoutUri: 'http://127.0.0.1:9/logout' })
    await idTokenOf(simulator)
    const [delivery] = await simulator.endSession(NURSE.user)
    expect(delivery?.problem).toMatch(/^the application could not be reached: /)
    expect(delivery).not.toHaveProperty('status')
  })
})

describe('a correct relying party', () => {
  const faults = describeFaults().filter(({ place }) => place.startsWith('logout-'))

  it.each(faults)('meets $name with: $outcome', async ({ name, outcome }) => {
    await idTokenOf(simulator)
    simulator.setFault(name)
    const statuses = (await simulator.endSession(NURSE.user)).map(({ status }) => status)
    const expected = { accept: [200], refuse: [400], nothing: [], unavailable: ['never'] }[outcome]
    expect(statuses).toEqual(name === 'logout-twice' ? [200, 400] : expected)
  })
})

describe('the end-session endpoint', () => {
  const endSession = (fields: Record<string, string>, method = 'GET') => {
    const query = new URLSearchParams(fields)
    const address = `${simulator.issuer}/connect/endSession`
    return method === 'GET'
      ? simulator.fetch(`${address}?${query.toString()}`, { redirect: 'manual' })
      : simulator.fetch(address, { method, body: query, redirect: 'manual' })
  }
  const idToken = async (browser = openBrowser(simulator)) => {
    const { code } = await signInAs(simulator, NURSE, {}, browser)
    return String((await exchange(simulator, code)).body.id_token)
  }

  it.each([{}, { id_token_hint: 'no token' }])('needs a hint, in AM’s words: %s', async (fields) => {
    const reply = await endSession(fields)
    expect(reply.status).toBe(400)
    expect(await reply.json()).toMatchObject({
      error_description: 'The endSession endpoint requires an id_token_hint parameter',
    })
  })

  it('ends the session, tells its clients, and sends the browser on to a registered address', async () => {
    const home = 'https://clinic.example/'
    simulator.addClient({ ...CLIENT, backChannelLogoutUri: endpoint(), postLogoutRedirectUris: [home] })
    const browser = openBrowser(simulator)
    const hint = await idToken(browser)
    const reply = await endSession({ id_token_hint: hint, post_logout_redirect_uri: home, state: 'x' })
    expect(reply.headers.get('location')).toBe(`${home}?state=x`)
    expect(received).toHaveLength(1)
    expect(await simulator.endSession(NURSE.user)).toEqual([])
    const again = await endSession({ id_token_hint: hint, post_logout_redirect_uri: home }, 'POST')
    expect(again.headers.get('location')).toBe(home)
  })

  it('stays where it is when the address is not registered, or none is given', async () => {
    const hint = await idToken()
    const reply = await endSession({ id_token_hint: hint, post_logout_redirect_uri: 'https://elsewhere.example/' })
    expect({ status: reply.status, location: reply.headers.get('location') }).toEqual({ status: 200, location: null })
    expect(lastRefusal(simulator)).toMatch(/is not registered$/)
    expect(await (await endSession({ id_token_hint: hint })).text()).toContain('You are signed out')
  })
})
