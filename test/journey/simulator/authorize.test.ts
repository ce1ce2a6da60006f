/** The authorization endpoint: what AM refuses and in which words, sessions used again, levels asked for. */
import { type Simulator, startSimulator } from 'express-cis2/simulator'
import { type Browser, openBrowser } from './browser.js'
import { authorizeAddress, callbackOf, CLIENT, idTokenOf, lastRefusal, NURSE, signInAs } from './conversation.js'

let simulator: Simulator
let browser: Browser
let now: number

beforeAll(async () => {
  simulator = await startSimulator({ clients: [CLIENT], clock: () => now })
})
afterAll(() => simulator.stop())
beforeEach(() => {
  now = Date.now()
  browser = openBrowser(simulator)
})

const forward = (seconds: number) => {
  now += seconds * 1000
}

describe('what must not be sent to the application', () => {
  it.each([
    { fields: { client_id: 'nobody' }, text: 'invalid_client', refusal: 'no client "nobody" is registered' },
    { fields: { client_id: undefined }, text: 'invalid_client', refusal: 'client_id is missing' },
    {
      fields: { redirect_uri: 'https://clinic.example/callback/' },
      text: 'redirect_uri_mismatch',
      refusal: /"https:\/\/clinic.example\/callback\/" is not registered, to the last character/,
    },
    { fields: { redirect_uri: undefined }, text: 'redirect_uri_mismatch', refusal: 'redirect_uri is missing' },
  ])('is a page that says $text: $refusal', async ({ fields, text, refusal }) => {
    const reply = await browser.get(authorizeAddress(simulator, fields))
    expect({ status: reply.status, location: reply.location }).toEqual({ status: 400, location: null })
    expect(reply.headers.get('cache-control')).toBe('no-store')
    expect(reply.text).toContain(`<h1>${text}</h1>`)
    expect(lastRefusal(simulator)).toMatch(refusal)
  })

  it('is answered to other methods and other bodies as AM does', async () => {
    const address = authorizeAddress(simulator)
    const put = await simulator.fetch(address, { method: 'PUT' })
    expect({ status: put.status, body: await put.json() }).toMatchObject({
      status: 405,
      body: { error: 'method_not_allowed' },
    })
    const json = await simulator.fetch(address, {
      method: 'POST',
      body: '{}',
      headers: { 'Content-Type': 'text/json' },
    })
    expect({ status: json.status, body: await json.json() }).toEqual({
      status: 400,
      body: { error: 'invalid_request', error_description: 'Invalid Content Type' },
    })
  })
})

describe('what the application is told', () => {
  it.each([
    { scope: 'openid odscodes', error: 'invalid_scope', description: 'Unknown/invalid scope(s): [odscodes]' },
    { scope: undefined, error: 'invalid_scope', description: 'No scope requested and no default scope configured' },
    { scope: 'profile', error: 'invalid_request', description: 'Missing expected scope=openid from request' },
    { response_type: undefined, error: 'invalid_request', description: "Missing parameter, 'response_type'" },
    { response_type: 'token', error: 'unsupported_response_type', description: /does not support/ },
    { response_mode: 'form_post', error: 'invalid_request', description: /only query/ },
    { request: 'x.y.z', error: 'request_not_supported', description: /Request objects/ },
    { max_age: 'soon', error: 'invalid_request', description: /max_age/ },
    { prompt: 'none login', error: 'invalid_request', description: /Prompt/ },
    { prompt: 'select_account', error: 'invalid_request', description: /Prompt/ },
    { code_challenge_method: 'S512', error: 'invalid_request', description: /code_challenge_method/ },
    { code_challenge_method: 'S256', error: 'invalid_request', description: "Missing parameter, 'code_challenge'" },
  ])('is $error: $description', async ({ error, description, ...fields }) => {
    const told = callbackOf(await browser.get(authorizeAddress(simulator, fields)))
    expect(told).toEqual({
      error,
      error_description: expect.stringMatching(asPattern(description)) as string,
      state: 's',
    })
  })

  it('is refused when a parameter comes twice', async () => {
    const told = callbackOf(await browser.get(`${authorizeAddress(simulator)}&scope=openid`))
    expect(told.error_description).toBe('Invalid Request, duplicate request parameter found : scope')
  })

  it('is an error without state when none was sent', async () => {
    expect(callbackOf(await browser.get(authorizeAddress(simulator, { state: undefined, scope: '' })))).toEqual({
      error: 'invalid_scope',
      error_description: 'No scope requested and no default scope configured',
    })
  })

  it('is access_denied when the user cancels, and the sign-in is over', async () => {
    const page = await browser.get(authorizeAddress(simulator))
    const back = await browser.post(page.location ?? '', { action: 'cancel' })
    expect(callbackOf(back)).toMatchObject({ error: 'access_denied', state: 's' })
    expect(lastRefusal(simulator)).toBe('the user cancelled')
    const again = await browser.get(page.location ?? '')
    expect(again.status).toBe(400)
    expect(again.text).toContain('session_timed_out')
  })
})

describe('a successful answer', () => {
  it('has code, issuer, state, client and scope, in the recorded order', async () => {
    const told = await signInAs(simulator)
    expect(Object.keys(told)).toEqual(['code', 'iss', 'state', 'client_id', 'scope'])
    expect(told).toMatchObject({ iss: simulator.issuer, state: 's', client_id: 'a-client', scope: 'openid' })
  })

  it('has no state when none was sent, and s_hash neither', async () => {
    expect(Object.keys(await signInAs(simulator, NURSE, { state: undefined }))).not.toContain('state')
    expect(await idTokenOf(simulator, NURSE, { state: undefined })).not.toHaveProperty('s_hash')
  })

  it('keeps the query of a redirect URI as registered', async () => {
    const redirectUri = 'https://clinic.example/callback?tenant=1'
    simulator.addClient({ ...CLIENT, clientId: 'with-query', redirectUris: [redirectUri] })
    const fields = { client_id: 'with-query', redirect_uri: redirectUri }
    const page = await browser.get(authorizeAddress(simulator, fields))
    const back = await browser.post(page.location ?? '', { ...NURSE, authenticator: 'smartcard' })
    expect(back.location).toMatch(/^https:\/\/clinic\.example\/callback\?tenant=1&code=/)
  })

  it('follows a request that came as a posted form', async () => {
    const [address, query = ''] = authorizeAddress(simulator).split('?')
    const page = await browser.post(address ?? '', Object.fromEntries(new URLSearchParams(query)))
    expect(page).toMatchObject({ status: 302, location: expect.stringContaining('/openam/XUI/sign-in') as string })
  })
})

describe('a CIS2 session', () => {
  it('is used again without a question, with its old auth_time', async () => {
    const first = await idTokenOf(simulator, NURSE, {}, browser)
    forward(600)
    const again = await idTokenOf(simulator, NURSE, {}, browser)
    expect(again.auth_time).toBe(first.auth_time)
    expect(Number(again.iat) - Number(again.auth_time)).toBe(600)
    expect(again.sid).toBe(first.sid)
  })

  it.each([
    { fields: { prompt: 'login' }, fresh: true },
    { fields: { max_age: '599' }, fresh: true },
    { fields: { max_age: '600' }, fresh: false },
    { fields: { max_age: '0' }, fresh: true },
    { fields: { prompt: 'consent' }, fresh: false },
  ])('is ended and begun anew with $fields: $fresh', async ({ fields, fresh }) => {
    const first = await idTokenOf(simulator, NURSE, {}, browser)
    forward(600)
    const again = await idTokenOf(simulator, NURSE, fields, browser)
    expect(again.sid !== first.sid).toBe(fresh)
    expect(Number(again.iat) - Number(again.auth_time)).toBe(fresh ? 0 : 600)
  })

  it('treats max_age=0 as one second, as AM does', async () => {
    const first = await idTokenOf(simulator, NURSE, {}, browser)
    forward(1)
    expect((await idTokenOf(simulator, NURSE, { max_age: '0' }, browser)).sid).toBe(first.sid)
  })

  it('answers a stronger request with the weaker sign-in and acr "0"', async () => {
    const weak = { ...NURSE, authenticator: 'microsoft-authenticator' }
    await idTokenOf(simulator, weak, { acr_values: 'AAL2_OR_AAL3_ANY' }, browser)
    const again = await idTokenOf(simulator, NURSE, { acr_values: 'AAL3_ANY' }, browser)
    expect(again).toMatchObject({ acr: '0', authentication_assurance_level: '2', amr: ['TOTP'] })
  })

  it('lets prompt=none through when there is one, and else says interaction_required', async () => {
    const nobody = callbackOf(await browser.get(authorizeAddress(simulator, { prompt: 'none' })))
    expect(nobody).toMatchObject({ error: 'interaction_required', state: 's' })
    expect(lastRefusal(simulator)).toBe('prompt=none, but nobody is signed in to CIS2')
    await signInAs(simulator, NURSE, {}, browser)
    expect(callbackOf(await browser.get(authorizeAddress(simulator, { prompt: 'none' })))).toHaveProperty('code')
  })
})

describe('acr_values', () => {
  it.each([
    { asked: undefined, acr: 'AAL3_ANY' },
    { asked: 'AAL3_ANY', acr: 'AAL3_ANY' },
    { asked: 'AAL2_OR_AAL3_ANY', acr: 'AAL2_OR_AAL3_ANY' },
    { asked: 'AAL3_SMARTCARD', acr: 'AAL3_SMARTCARD' },
    { asked: 'AAL3_CIS2_SMARTCARD', acr: 'AAL3_CIS2_SMARTCARD' },
    { asked: 'AAL9 AAL3_ANY AAL2_ANY', acr: 'AAL3_ANY' },
    { asked: 'constructor', acr: '0' },
  ])('$asked brings acr $acr', async ({ asked, acr }) => {
    expect((await idTokenOf(simulator, NURSE, { acr_values: asked })).acr).toBe(acr)
  })

  it.each([
    { asked: undefined, offered: ['smartcard', 'windows-hello'], missing: ['passkey', 'password'] },
    { asked: 'AAL2_OR_AAL3_ANY', offered: ['smartcard', 'passkey'], missing: ['password'] },
    { asked: 'AAL2_ANY', offered: ['passkey', 'nhs-net-connect'], missing: ['smartcard'] },
    { asked: 'AAL1_USERPASS', offered: ['password'], missing: ['smartcard', 'passkey'] },
  ])('$asked offers $offered and not $missing', async ({ asked, offered, missing }) => {
    const first = await browser.get(authorizeAddress(simulator, { acr_values: asked }))
    const page = await browser.get(first.location ?? '')
    for (const name of offered) expect(page.text).toContain(`value="${name}"`)
    for (const name of missing) expect(page.text).not.toContain(`value="${name}"`)
  })

  it('refuses an authenticator that is too weak, and says its level', async () => {
    const first = await browser.get(authorizeAddress(simulator, { acr_values: 'AAL3_ANY' }))
    const form = { ...NURSE, authenticator: 'microsoft-authenticator', action: 'sign-in' }
    const page = await browser.post(first.location ?? '', form)
    expect(page.status).toBe(400)
    expect(page.text).toContain('reaches AAL2')
  })
})

function asPattern(text: string | RegExp): RegExp {
  return typeof text === 'string' ? new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`) : text
}
