/** What programs do to the simulator over HTTP, and what the log shows. */
import { describeFaults, type Simulator, startSimulator } from 'express-cis2/simulator'
import { openBrowser } from './browser.js'
import { CLIENT, exchange, idTokenOf, NURSE, SECRET, signInAs } from './conversation.js'

let simulator: Simulator

beforeAll(async () => {
  simulator = await startSimulator({ clients: [CLIENT] })
})
afterAll(() => simulator.stop())
afterEach(() => {
  simulator.clearFaults()
})

interface Reply {
  readonly status: number
  readonly body: Record<string, unknown>
}

async function call(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  const init = {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', ...headers },
  }
  const reply = await fetch(`${simulator.url}/simulator/${path}`, body === undefined ? {} : init)
  return { status: reply.status, body: (await reply.json()) as Record<string, unknown> }
}

const page = (path: string, form?: Record<string, string>) =>
  fetch(`${simulator.url}${path}`, {
    redirect: 'manual',
    headers: { Accept: 'text/html' },
    ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
  })

describe('POST /simulator/faults', () => {
  it('sets a fault, with a value of its own or without, and says which are on', async () => {
    expect(await call('faults', { name: 'acr-zero' })).toEqual({ status: 200, body: { active: { 'acr-zero': true } } })
    expect((await idTokenOf(simulator)).acr).toBe('0')
    const { body } = await call('faults', { name: 'acr-lowered', value: 2 })
    expect(body).toEqual({ active: { 'acr-zero': true, 'acr-lowered': 2 } })
    expect((await idTokenOf(simulator)).authentication_assurance_level).toBe('2')
  })

  it('removes one, and all', async () => {
    simulator.setFault('acr-zero')
    simulator.setFault('sid-missing')
    expect((await call('faults', { action: 'remove', name: 'acr-zero' })).body).toEqual({
      active: { 'sid-missing': true },
    })
    expect((await call('faults', { action: 'clear' })).body).toEqual({ active: {} })
  })

  it.each([
    { body: { name: 'acr-lowerd' }, problem: /^"acr-lowerd" is not a fault; the nearest are acr-lowered, / },
    { body: { name: 'toString' }, problem: /^"toString" is not a fault/ },
    { body: {}, problem: 'name: is missing' },
    { body: { name: 'acr-zero', value: null }, problem: /^value: / },
    { body: { name: 'acr-zero', vlaue: 1 }, problem: 'vlaue: not known' },
    { body: { action: 'toggle' }, problem: /^action: / },
    { body: 'text', problem: /^value: / },
  ])('refuses $body', async ({ body, problem }) => {
    const reply = await call('faults', body)
    expect(reply).toEqual({ status: 400, body: { problems: [expect.stringMatching(problem)] } })
    expect((await call('faults')).body.active).toEqual({})
  })

  it('refuses what is neither a form nor JSON', async () => {
    const reply = await fetch(`${simulator.url}/simulator/faults`, { method: 'POST' })
    expect(reply.status).toBe(400)
    expect(await reply.json()).toEqual({ problems: ['the body is neither a form nor JSON'] })
  })

  it('takes a form, and goes back to the page; a wrong one shows the page with the problem', async () => {
    const set = await page('/simulator/faults', { name: 'iat-old', value: '7' })
    expect([set.status, set.headers.get('location')]).toEqual([303, '/simulator/faults?open=iat-old#fault-iat-old'])
    expect((await call('faults')).body.active).toEqual({ 'iat-old': 7 })
    expect(await (await page('/simulator/faults')).text()).toContain('on: 7')
    const wrong = await page('/simulator/faults', { name: 'nothing' })
    expect(wrong.status).toBe(400)
    expect(await wrong.text()).toContain('&quot;nothing&quot; is not a fault')
  })

  it('is refused when a page of another site posts it, and lets programs and its own pages through', async () => {
    const clear = (headers: Record<string, string>) => call('faults', { action: 'clear' }, headers)
    const { host } = new URL(simulator.url)
    expect((await clear({ 'Sec-Fetch-Site': 'cross-site' })).status).toBe(403)
    expect((await clear({ 'Sec-Fetch-Site': 'same-site' })).status).toBe(403)
    expect((await clear({ Origin: 'https://elsewhere.example' })).status).toBe(403)
    expect((await clear({ Origin: 'null' })).status).toBe(403)
    expect((await clear({ Origin: `http://${host}` })).status).toBe(200)
    expect((await clear({ 'Sec-Fetch-Site': 'same-origin' })).status).toBe(200)
    expect((await clear({ 'Sec-Fetch-Site': 'none' })).status).toBe(200)
  })
})

describe('GET as JSON', () => {
  it('hands over the table of faults', async () => {
    expect((await call('faults')).body.faults).toEqual(describeFaults())
  })

  it('hands over the users', async () => {
    expect((await call('users')).body.users).toEqual(JSON.parse(JSON.stringify(simulator.users)))
  })

  it('hands over the log, which can be cleared', async () => {
    await signInAs(simulator)
    expect((await call('requests')).body.requests).toEqual(JSON.parse(JSON.stringify(simulator.requests)))
    expect((await call('requests', {})).body).toEqual({ requests: [] })
    expect(simulator.requests).toEqual([])
  })

  it('says that there is no certificate without https', async () => {
    expect((await call('certificate.pem')).status).toBe(404)
  })
})

describe('/simulator/sessions and /simulator/keys', () => {
  it('show who is signed in, and end it', async () => {
    const { sid } = await idTokenOf(simulator)
    const { body } = await call('sessions')
    expect(body.sessions).toContainEqual(
      expect.objectContaining({ sub: NURSE.user, authenticator: 'smartcard', sids: { [CLIENT.clientId]: sid } }),
    )
    const text = await (await page('/simulator/sessions')).text()
    expect(text).toContain('Take the smartcard out')
    expect(await call('sessions', { action: 'idle', sub: NURSE.user })).toEqual({
      status: 200,
      body: { deliveries: [] },
    })
    expect((await call('sessions')).body.sessions).toEqual([])
  })

  it('offer no smartcard to take out where there is none', async () => {
    await signInAs(simulator, { user: '555000000111', authenticator: 'security-key' })
    const text = await (await page('/simulator/sessions')).text()
    expect(text).toContain('Rosa Delgado')
    expect(text).not.toContain('Take the smartcard out')
    expect((await call('sessions', { action: 'remove-smartcard', sub: '555000000111' })).body).toEqual({
      deliveries: [],
    })
    expect((await call('sessions')).body.sessions).toHaveLength(1)
    await call('sessions', { action: 'administrator', sub: '555000000111' })
  })

  it('refuse an unknown way to end a session', async () => {
    expect((await call('sessions', { action: 'explode', sub: NURSE.user })).status).toBe(400)
  })

  it('rotate the keys', async () => {
    const { body } = await call('keys', {})
    const keySet = await (await fetch(`${simulator.issuer}/connect/jwk_uri`)).text()
    expect(keySet).toContain(JSON.stringify(body.kid))
  })
})

describe('the log', () => {
  it('shows what was said, and no secret', async () => {
    const { code } = await signInAs(simulator, NURSE, { code_challenge: 'the-secret-verifier' })
    const { body } = await exchange(simulator, code, { code_verifier: 'the-secret-verifier' })
    const authorization = `Bearer ${String(body.access_token)}`
    await fetch(`${simulator.issuer}/userinfo`, { headers: { Authorization: authorization } })
    const shown = JSON.stringify(simulator.requests.filter(({ path }) => !path.endsWith('/authorize')))
    for (const secret of [SECRET, code, 'the-secret-verifier', body.access_token]) expect(shown).not.toContain(secret)
    const [, , signature = 'none'] = String(body.id_token).split('.')
    expect(shown).not.toContain(signature)
    expect(shown).toContain('"authentication_assurance_level":"3"')
    expect(simulator.requests.at(-1)).toMatchObject({
      method: 'GET',
      status: 200,
      sent: { Authorization: 'Bearer masked' },
    })
  })

  it('shows neither passcode nor one-time code', async () => {
    const browser = openBrowser(simulator)
    const address = `${simulator.issuer}/authorize?${new URLSearchParams({
      ...{ response_type: 'code', client_id: CLIENT.clientId, redirect_uri: CLIENT.redirectUris[0] ?? '' },
      ...{ scope: 'openid', acr_values: 'AAL2_ANY' },
    }).toString()}`
    const sign = (await browser.get(address)).location ?? ''
    await browser.post(sign, { authenticator: 'microsoft-authenticator' })
    await browser.post(sign, { email: 'mei.tan@example.nhs.net', password: 'hunter2' })
    await browser.post(sign, { code: '918273' })
    const shown = JSON.stringify(simulator.requests)
    expect(shown).not.toContain('hunter2')
    expect(shown).not.toContain('918273')
  })

  it('keeps the newest two thousand', async () => {
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(Array.from({ length: 105 }, () => fetch(`${simulator.issuer}/userinfo`)))
    }
    expect(simulator.requests).toHaveLength(2000)
    const ids = simulator.requests.map(({ id }) => id)
    expect(Math.max(...ids) - Math.min(...ids)).toBe(1999)
  })
})

describe('the pages', () => {
  it('are found from the root', async () => {
    expect((await page('/')).headers.get('location')).toBe('/simulator')
    expect(await (await page('/simulator')).text()).toContain('a-client</h3>')
  })

  it('describe each user, oddities included', async () => {
    const text = await (await page('/simulator/users')).text()
    for (const { name, description } of simulator.users) {
      expect(text).toContain(`>${name}</h2>`)
      expect(text).toContain(`<p>${description}</p>`)
    }
    expect(text).toContain('lists of one are bare objects')
    expect(text).toContain('nhsid_user_orgs is null')
  })

  it('draw the newest sign-ins, and each message to and fro', async () => {
    await call('requests', {})
    await fetch(`${simulator.issuer}/.well-known/openid-configuration`)
    await signInAs(simulator)
    const reply = await page('/simulator/requests')
    expect(reply.headers.get('content-security-policy')).toContain("script-src 'self'; connect-src 'self'")
    const text = await reply.text()
    expect(text.indexOf('Sign-in to a-client')).toBeLessThan(text.indexOf('Outside any sign-in'))
    expect(text).toContain('Browser to CIS2')
    expect(text).toContain('CIS2 to Browser')
    expect(text).toContain('App to CIS2')
    expect(text).toContain('Browser to App, not seen')
  })

  it('hear of each change', async () => {
    const listening = new AbortController()
    const events = await fetch(`${simulator.url}/simulator/events`, { signal: listening.signal })
    expect(events.headers.get('content-type')).toMatch(/^text\/event-stream/)
    const reader = (events.body as ReadableStream<Uint8Array>).getReader()
    const next = async () => Buffer.from((await reader.read()).value ?? []).toString()
    expect(await next()).toContain('retry: 1000')
    await fetch(`${simulator.issuer}/userinfo`)
    expect(await next()).toBe('data: changed\n\n')
    listening.abort()
  })

  it('bring their style and their script themselves', async () => {
    const style = await page('/simulator/assets/style.css')
    expect(style.headers.get('content-type')).toContain('text/css')
    const script = await page('/simulator/assets/live.js')
    expect(script.headers.get('content-type')).toContain('javascript')
    expect(await script.text()).toContain("new EventSource('/simulator/events')")
  })
})
