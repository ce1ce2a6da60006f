/** Signing in without pages: for end-to-end tests and development. */
import { type Simulator, startSimulator } from 'express-cis2/simulator'
import { openBrowser } from './browser.js'
import { authorizeAddress, callbackOf, CLIENT, claimsOf, exchange, type Fields, lastRefusal } from './conversation.js'

const OKAFOR = '555000000101'
const RAMAN = '555000000103'
const ALL = { acr_values: 'AAL2_OR_AAL3_ANY', scope: 'openid selectedrole' }

let simulator: Simulator
let always: Simulator

beforeAll(async () => {
  simulator = await startSimulator({ clients: [CLIENT, { ...CLIENT, clientId: 'another' }] })
  always = await startSimulator({ clients: [CLIENT], signInAs: 'Ngozi Okafor' })
})
afterAll(async () => {
  await simulator.stop()
  await always.stop()
})

/** The ID token after one request that led straight back. */
async function straightBack(at: Simulator, fields: Fields = {}, browser = openBrowser(at)) {
  const callback = callbackOf(await browser.get(authorizeAddress(at, { ...ALL, ...fields })))
  if (callback.error !== undefined) return callback
  return claimsOf((await exchange(at, callback.code)).body.id_token)
}

const set = (body: unknown) =>
  fetch(`${simulator.url}/simulator/next-sign-in`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json' },
  })

describe('signInAs', () => {
  it('brings the person straight back, with the strongest authenticator that is let in, in her role', async () => {
    expect(await straightBack(always)).toMatchObject({
      sub: OKAFOR,
      authentication_assurance_level: '3',
      selected_roleid: '555000010101',
    })
    const weaker = await straightBack(always, { acr_values: 'AAL2_TOTP' })
    expect(weaker).toMatchObject({ authentication_assurance_level: '2', acr: 'AAL2_TOTP' })
  })

  it('uses her session again without prompt=login, and begins a new one with it', async () => {
    const browser = openBrowser(always)
    const first = await straightBack(always, {}, browser)
    expect((await straightBack(always, {}, browser)).sid).toBe(first.sid)
    expect((await straightBack(always, { prompt: 'login' }, browser)).sid).not.toBe(first.sid)
  })

  it('gives way to a login_hint, by name, e-mail address or user ID', async () => {
    for (const login_hint of ['Priya Raman', 'priya.raman@example.nhs.net', RAMAN]) {
      expect((await straightBack(always, { login_hint })).sub).toBe(RAMAN)
    }
  })

  it('shows why on a page when nobody can be signed in', async () => {
    const browser = openBrowser(always)
    const hint = await browser.get(authorizeAddress(always, { login_hint: 'Nobody' }))
    expect([hint.status, hint.text]).toEqual([400, expect.stringContaining('login_hint: No such user')])
    const weak = await browser.get(authorizeAddress(always, { login_hint: 'Idris Cole', acr_values: 'AAL3_ANY' }))
    expect(weak.status).toBe(400)
    expect(lastRefusal(always)).toBe('"nhs-net-connect" reaches AAL2, which is not what the application asks for')
  })

  it('leaves prompt=none as it is', async () => {
    expect((await straightBack(always, { prompt: 'none' })).error).toBe('interaction_required')
  })

  it('must name a user', async () => {
    await expect(startSimulator({ signInAs: 'Nobody Known' })).rejects.toMatchObject({
      problems: ['signInAs: No such user: "Nobody Known"'],
    })
  })
})

describe('a login_hint', () => {
  it('signs in whom it means, without any setting; one that means nobody is no more than a hint', async () => {
    expect((await straightBack(simulator, { login_hint: 'ngozi okafor' })).sub).toBe(OKAFOR)
    const reply = await openBrowser(simulator).get(authorizeAddress(simulator, { login_hint: 'somebody@else.example' }))
    expect(reply.location).toMatch(/^\/openam\/XUI\/sign-in\?request=/)
  })
})

describe('POST /simulator/next-sign-in', () => {
  it('signs in once, in the role that is named, even over the session of another', async () => {
    const browser = openBrowser(simulator)
    expect((await straightBack(simulator, { login_hint: OKAFOR }, browser)).sub).toBe(OKAFOR)
    const reply = await set({ user: 'Priya Raman', role: 'R8016' })
    expect(reply.status).toBe(200)
    const { nextSignIn } = (await reply.json()) as { nextSignIn: Record<string, unknown> }
    expect(nextSignIn).toMatchObject({ user: RAMAN, name: 'Priya Raman' })
    const claims = await straightBack(simulator, {}, browser)
    expect([claims.sub, claims.selected_roleid]).toEqual([RAMAN, nextSignIn.role])
    const after = await openBrowser(simulator).get(authorizeAddress(simulator))
    expect(after.location).toMatch(/sign-in/)
  })

  it('waits for the client that it is for', async () => {
    await set({ user: OKAFOR, clientId: 'another' })
    expect((await openBrowser(simulator).get(authorizeAddress(simulator))).location).toMatch(/sign-in/)
    const reply = await openBrowser(simulator).get(authorizeAddress(simulator, { client_id: 'another' }))
    expect(callbackOf(reply)).toHaveProperty('code')
  })

  it('is forgotten on request', async () => {
    await set({ user: OKAFOR })
    expect(await (await set({ action: 'clear' })).json()).toEqual({ nextSignIn: null })
    expect(await (await fetch(`${simulator.url}/simulator/next-sign-in`)).json()).toEqual({ nextSignIn: null })
  })

  it.each([
    { body: { user: 'Nobody' }, problem: 'No such user: "Nobody"' },
    { body: {}, problem: 'user: is missing' },
    { body: { user: 'Priya Raman', role: 'R1' }, problem: 'Priya Raman has no role "R1"' },
    {
      body: { user: 'Mei Tan', authenticator: 'smartcard' },
      problem: 'Mei Tan has no authenticator "smartcard", but microsoft-authenticator',
    },
    { body: { user: OKAFOR, clientId: 'x' }, problem: 'no client "x" is registered' },
    { body: { user: OKAFOR, rolle: 'x' }, problem: 'rolle: not known' },
  ])('refuses $body', async ({ body, problem }) => {
    const reply = await set(body)
    expect([reply.status, await reply.json()]).toEqual([400, { problems: [problem] }])
  })

  it('leads from the page of users to the application', async () => {
    simulator.addClient({ ...CLIENT, initiateLoginUri: 'https://clinic.example/login' })
    const form = new URLSearchParams({
      as: `${RAMAN} ${String(simulator.users[2]?.roles[1]?.person_roleid)}`,
      clientId: CLIENT.clientId,
    })
    const address = `${simulator.url}/simulator/next-sign-in`
    const reply = await fetch(address, { method: 'POST', body: form, redirect: 'manual' })
    expect([reply.status, reply.headers.get('location')]).toEqual([303, 'https://clinic.example/login'])
    expect((await straightBack(simulator)).selected_roleid).toBe(simulator.users[2]?.roles[1]?.person_roleid)
  })

  it('has a function of its own', async () => {
    simulator.nextSignIn({ user: 'Ngozi Okafor' })
    expect((await straightBack(simulator)).sub).toBe(OKAFOR)
    expect(() => {
      simulator.nextSignIn({ user: 'Nobody' })
    }).toThrow('nextSignIn: No such user')
  })
})

describe('a name', () => {
  it('is taken where an e-mail address is asked for, and nothing is filled in before', async () => {
    const browser = openBrowser(simulator)
    const { location } = await browser.get(authorizeAddress(simulator, ALL))
    const page = await browser.post(location ?? '', { authenticator: 'microsoft-authenticator', action: 'sign-in' })
    expect(page.text).toMatch(/name="email" value=""/)
    expect(page.text).toContain('<option value="Mei Tan">')
    const wrong = await browser.post(location ?? '', { email: 'Mei Tam', password: 'x', action: 'sign-in' })
    expect([wrong.status, wrong.text]).toEqual([
      400,
      expect.stringMatching(/No such user: &quot;Mei Tam&quot;[\s\S]*value="Mei Tam"/),
    ])
    const right = await browser.post(location ?? '', { email: ' mei tan ', password: 'x', action: 'sign-in' })
    expect(right.text).toContain('Enter verification code')
  })

  it('that several users have is not guessed at', async () => {
    const [one, two] = simulator.users
    if (!one || !two) throw new Error('the cast is empty')
    const users = [one, { ...two, name: one.name }]
    await expect(startSimulator({ users, signInAs: one.name })).rejects.toMatchObject({
      problems: [`signInAs: Several users are called "${one.name}": give a user ID`],
    })
  })

  it('is chosen by nobody for her: no radio button is on before', async () => {
    const browser = openBrowser(simulator)
    const { location } = await browser.get(authorizeAddress(simulator, ALL))
    expect((await browser.get(location ?? '')).text).not.toContain(' checked')
    const people = await browser.post(location ?? '', { authenticator: 'smartcard', action: 'sign-in' })
    expect(people.text).not.toContain(' checked')
    const missing = await browser.post(location ?? '', { pin: '1', action: 'sign-in' })
    expect(missing.text).toContain('Choose who is signing in')
  })
})
