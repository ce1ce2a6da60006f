/** Every fault that the simulator knows, against the middleware: nobody gets in, and the answer names why. */
import { describeFaults, startSimulator, type FaultName, type Simulator } from 'express-cis2/simulator'

import type { Answer, Browser } from '../support/app/browser.js'
import { startApp, TestClock, type TestApp } from '../support/app/start-app.js'

const NURSE = '555000000101'
const CLIENT_ID = 'clinic.apps.national'
/** CIS2's and the application's. */
const clock = new TestClock()

let simulator: Simulator
let app: TestApp
let signedOnly: TestApp
/** For answers that are late on purpose: it waits a second. The others wait longer, for a busy machine is no fault. */
let hurried: TestApp

async function appFor(
  options: NonNullable<Parameters<typeof startApp>[0]['options']>,
  impatient = false,
): Promise<TestApp> {
  const started = await startApp({
    provider: { issuer: simulator.issuer, clientId: options.clientId ?? CLIENT_ID },
    clock,
    options: { timeoutSeconds: 10, ...options },
    impatient,
  })
  simulator.addClient({
    clientId: options.clientId ?? CLIENT_ID,
    redirectUris: [`${started.baseUrl}/callback`],
    tokenEndpointAuthMethod: 'private_key_jwt',
    jwksUri: `${started.baseUrl}/.well-known/jwks.json`,
    backChannelLogoutUri: `${started.baseUrl}/backchannel-logout`,
    userInfo: options.userInfo === 'signed' ? 'signed' : 'json',
  })
  return started
}

beforeAll(async () => {
  simulator = await startSimulator({ clock: clock.read })
  app = await appFor({})
  signedOnly = await appFor({ clientId: 'signed.apps.national', userInfo: 'signed' })
  hurried = await appFor({ clientId: 'hurried.apps.national', timeoutSeconds: 1 })
})

afterEach(() => {
  simulator.clearFaults()
})

afterAll(async () => {
  await app.stop()
  await signedOnly.stop()
  await hurried.stop()
  await simulator.stop()
})

/** Signs the nurse in through the simulator's pages; answers what the callback was answered. */
async function signIn(to: TestApp, browser: Browser): Promise<Answer> {
  const login = await browser.navigate(`${to.baseUrl}/login`)
  if (login.location === undefined) return login
  const page = await browser.navigate(login.location)
  const fields = new URLSearchParams({ user: NURSE, authenticator: 'smartcard', action: 'sign-in' })
  const back = await browser.navigate(page.location ?? '', { method: 'POST', body: fields })
  // As a program would read it: problem details instead of a page.
  return browser.request(back.location ?? '')
}

function outcomeOf(answer: Answer): string {
  if (answer.status === 303) return 'signed in'
  const { code, reason } = answer.json()
  return `${String(answer.status)} ${String(code)}${typeof reason === 'string' ? ` ${reason}` : ''}`
}

const DOWN = '503 CIS2_PROVIDER_UNAVAILABLE'

function refused(status: number, reason: string, ...names: FaultName[]): [FaultName, string][] {
  return names.map((name) => [name, `${String(status)} CIS2_SIGN_IN_REFUSED ${reason}`])
}

/** The answer to each fault that must keep the user out. What is not here lets her in, and must say so itself. */
const ANSWERS: ReadonlyMap<string, string> = new Map([
  ...refused(400, 'state', 'state-wrong', 'state-missing', 'state-twice'),
  ...refused(400, 'response', 'code-missing'),
  ...refused(400, 'provider-error', 'callback-error'),
  ...refused(400, 'issuer', 'callback-iss-wrong', 'iss-mismatch', 'iss-without-port'),
  ...refused(400, 'client-authentication', 'client-refused'),
  ...refused(400, 'token-response', 'code-unknown', 'token-endpoint-redirects', 'token-answer-html'),
  ...refused(
    400,
    'token-response',
    'token-answer-huge',
    'token-type-wrong',
    'id-token-missing',
    'access-token-missing',
  ),
  ...refused(400, 'audience', 'aud-wrong', 'aud-missing', 'aud-extra', 'azp-wrong'),
  ...refused(400, 'nonce', 'nonce-wrong', 'nonce-missing'),
  ...refused(400, 'claims', 'sub-missing', 'sub-empty', 'at-hash-wrong', 'logout-token-as-id-token'),
  ...refused(400, 'expiry', 'iat-missing', 'iat-future', 'iat-old', 'id-token-expired', 'exp-missing', 'exp-far'),
  ...refused(403, 'auth-time', 'auth-time-old', 'auth-time-missing', 'auth-time-future'),
  ...refused(403, 'assurance', 'acr-lowered', 'level-missing', 'level-odd'),
  ...refused(403, 'identity-assurance', 'identity-level-lowered', 'identity-level-missing'),
  ...refused(400, 'signature', 'signature-forged', 'signature-missing', 'payload-altered', 'alg-confused'),
  ...refused(400, 'signature', 'alg-elliptic', 'kid-unknown', 'header-key-offered'),
  ...refused(400, 'userinfo-subject', 'userinfo-sub-swapped', 'userinfo-sub-missing'),
  ...refused(400, 'userinfo', 'userinfo-forged', 'userinfo-unsigned', 'userinfo-aud-wrong', 'userinfo-iss-wrong'),
  ...refused(400, 'too-large', 'userinfo-huge'),
  ...(
    ['token-endpoint-down', 'token-endpoint-slow', 'token-endpoint-cut', 'userinfo-down', 'userinfo-slow'] as const
  ).map((name) => [name, DOWN] as const),
])

const FAULTS = describeFaults()

describe('a fault at sign-in', () => {
  it.each(FAULTS.filter(({ place, atStart }) => !/^(logout|api)-/.test(place) && !atStart))(
    '$name: $outcome',
    async ({ name, place, outcome }) => {
      const to = place === 'userinfo-token' ? signedOnly : name.endsWith('-slow') ? hurried : app
      const browser = to.browser()
      simulator.setFault(name)
      const answer = outcomeOf(await signIn(to, browser))
      expect(answer).toBe(ANSWERS.get(name) ?? 'signed in')
      const isIn = (await to.whoAmI(browser)) !== undefined
      expect(isIn).toBe(answer === 'signed in')
      // What the simulator's own table promises its readers.
      expect(outcome).toBe(isIn ? 'accept' : answer === DOWN ? 'unavailable' : 'refuse')
    },
    15_000,
  )

  it('harms nobody: the user signs in as before once it is over', async () => {
    // The breaker may be waiting still after so many calls that failed.
    const other = await appFor({ clientId: 'after.apps.national' })
    expect(outcomeOf(await signIn(other, other.browser()))).toBe('signed in')
    await other.stop()
  })
})

describe('a fault in what is read at start', () => {
  const atStart = FAULTS.filter(({ atStart }) => atStart)

  it.each(atStart.filter(({ outcome }) => outcome === 'accept'))('$name: the user signs in', async ({ name }) => {
    simulator.setFault(name)
    const starting = await appFor({ clientId: 'starting.apps.national' })
    expect(outcomeOf(await signIn(starting, starting.browser()))).toBe('signed in')
    await starting.stop()
  })

  it.each(atStart.filter(({ outcome }) => outcome !== 'accept'))(
    '$name: nobody signs in, and it is said why',
    async ({ name }) => {
      simulator.setFault(name)
      const starting = await appFor({ clientId: 'starting.apps.national', timeoutSeconds: 1 }, true)
      await expect(starting.auth.ready()).rejects.toMatchObject({ code: 'CIS2_PROVIDER_UNAVAILABLE' })
      expect((await starting.auth.health()).provider.status).toBe('down')
      const answer = await starting.browser().request(`${starting.baseUrl}/login`)
      expect([answer.status, answer.json().code]).toEqual([503, 'CIS2_PROVIDER_UNAVAILABLE'])
      await starting.stop()
    },
  )
})

describe('a fault in a logout token', () => {
  beforeEach(async () => {
    // What earlier sign-ins have left on either side.
    await simulator.endSession(NURSE)
    await app.auth.endSessions({ sub: NURSE })
  })

  it.each(FAULTS.filter(({ place }) => place.startsWith('logout-')))('$name: $outcome', async ({ name, outcome }) => {
    const browser = app.browser()
    expect((await signIn(app, browser)).status).toBe(303)
    app.events.length = 0
    simulator.setFault(name)
    const deliveries = await simulator.removeSmartcard(NURSE)
    const lives = (await app.whoAmI(browser)) !== undefined
    const endings = app.eventsOf('session.ended')
    const refusals = app.eventsOf('back-channel-logout.refused')
    if (outcome === 'refuse') {
      expect([lives, endings.length, refusals.length]).toEqual([true, 0, 1])
      expect(deliveries.map(({ status }) => status)).toEqual([400])
    } else if (outcome === 'accept') {
      expect([lives, endings.length]).toEqual([false, 1])
      // Sent once or more often, it is carried out once; what comes again is refused.
      expect(deliveries.map(({ status }) => status).slice(0, 1)).toEqual([200])
      expect(refusals.length).toBe(deliveries.length - 1)
    } else {
      expect([lives, endings.length, refusals.length, deliveries.length]).toEqual([true, 0, 0, 0])
    }
    await browser.request(`${app.baseUrl}/logout`, { method: 'POST' })
  })
})
