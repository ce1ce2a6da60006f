import type { Browser } from '../support/app/browser.js'
import { withProviderAndApp } from '../support/app/provider-and-app.js'
import type { ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp, type TestApp } from '../support/app/start-app.js'

describe('GET /callback', () => {
  let provider: ScriptedProvider
  let app: TestApp

  withProviderAndApp((both) => {
    ;({ provider, app } = both)
  })

  beforeEach(() => {
    provider.reset()
    app.events.length = 0
  })

  function tokenCalls(): number {
    return provider.requestsTo('/access_token').length
  }

  it('CB-20 answers a sign-in with 303, no-store, a hardened cookie, and no code in sight', async () => {
    const browser = app.browser()
    const answer = await app.signIn(browser, '/login?returnTo=/me?x=1')
    expect(answer.status).toBe(303)
    expect(answer.location).toBe(`${app.baseUrl}/me?x=1`)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('referrer-policy')).toBe('same-origin')
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(answer.headers.get('x-powered-by')).toBeNull()
    expect(answer.headers.get('etag')).toBeNull()
    expect(browser.cookieNames('127.0.0.1')).toEqual([expect.stringMatching(/^cis2-[0-9a-f]{8}$/)])
    expect(app.eventsOf('sign-in.succeeded')).toEqual([
      expect.objectContaining({ sub: '555012345678', aal: 3, role: 'S8000:G8000:R8001', organisation: 'A99901' }),
    ])
  })

  it('SES-1 sets one opaque cookie: __Host-, Secure, HttpOnly, SameSite=Lax, Path=/, no Domain', async () => {
    const secure = await startApp({ provider, baseUrl: 'https://clinic.example' })
    const answer = await secure.signIn(secure.browser())
    const session = answer.setCookies.filter((line) => !line.includes('-sign-in'))
    expect(session).toHaveLength(1)
    const [pair = '', ...attributes] = (session[0] ?? '').split('; ')
    expect(pair).toMatch(/^__Host-cis2-[0-9a-f]{8}=[\w%.~-]{40,}$/)
    expect(attributes.map((attribute) => attribute.toLowerCase()).sort()).toEqual([
      'httponly',
      'path=/',
      'samesite=lax',
      'secure',
    ])
    expect(pair).not.toContain('555012345678')
    await secure.stop()
  })

  it.each([
    [
      'none',
      (query: URLSearchParams) => {
        query.delete('state')
      },
    ],
    [
      'an empty one',
      (query: URLSearchParams) => {
        query.set('state', '')
      },
    ],
    [
      'a wrong one',
      (query: URLSearchParams) => {
        query.set('state', 'x'.repeat(64))
      },
    ],
    [
      '10 KB',
      (query: URLSearchParams) => {
        query.set('state', 'x'.repeat(10_000))
      },
    ],
    [
      'two',
      (query: URLSearchParams) => {
        query.append('state', query.get('state') ?? '')
      },
    ],
    [
      'one with a changed byte',
      (query: URLSearchParams) => {
        query.set('state', `${(query.get('state') ?? '').slice(0, -1)}!`)
      },
    ],
  ])('CB-1 refuses a callback whose state is %s, without a token call', async (_what, spoil) => {
    const browser = app.browser()
    const address = new URL(await app.callbackAddress(browser))
    spoil(address.searchParams)
    const answer = await browser.request(address.href)
    expect([answer.status, answer.json().reason]).toEqual([400, 'state'])
    expect(tokenCalls()).toBe(0)
    expect(app.eventsOf('sign-in.refused')).toHaveLength(1)
  })

  it("CB-2 refuses another browser's callback, and leaves it to the browser that started it", async () => {
    const attacker = app.browser()
    const address = await app.callbackAddress(attacker)
    const victim = app.browser()
    const answer = await victim.request(address)
    expect([answer.status, answer.json().reason]).toEqual([400, 'no-transaction'])
    expect(tokenCalls()).toBe(0)
    expect(await app.whoAmI(victim)).toBeUndefined()
    expect((await attacker.navigate(address)).status).toBe(303)
  })

  it('CB-19 tells a browser without cookies about cookies, and does not go round in circles', async () => {
    const address = await app.callbackAddress(app.browser())
    const answer = await app.browser().navigate(address)
    expect(answer.status).toBe(400)
    expect(answer.body).toContain('cookies')
  })

  it('CB-4 lets only the matching pair of code and state through', async () => {
    const browser = app.browser()
    const first = new URL(await app.callbackAddress(browser))
    const second = new URL(await app.callbackAddress(browser))
    const swapped = new URL(first)
    swapped.searchParams.set('code', second.searchParams.get('code') ?? '')
    expect((await browser.request(swapped.href)).status).toBe(400)
    expect(await app.whoAmI(browser)).toBeUndefined()
    second.searchParams.set('code', second.searchParams.get('code') ?? '')
    // The code of the second is spent by the swap, as a provider would see it.
    expect((await browser.request(second.href)).status).toBe(400)
    expect((await app.signIn(browser)).status).toBe(303)
  })

  it.each(['code', 'iss', 'error'])('CB-5 refuses a second %s', async (name) => {
    const browser = app.browser()
    const address = new URL(await app.callbackAddress(browser))
    address.searchParams.append(name, 'x')
    address.searchParams.append(name, 'y')
    const answer = await browser.request(address.href)
    expect(answer.status).toBe(400)
    expect(tokenCalls()).toBe(0)
  })

  it.each([
    ['wrong', 'https://evil.example'],
    ['with a slash at the end', 'SLASH'],
  ])('CB-6 refuses an iss that is %s before the token call', async (_what, iss) => {
    const browser = app.browser()
    const address = new URL(await app.callbackAddress(browser))
    address.searchParams.set('iss', iss === 'SLASH' ? `${provider.issuer}/` : iss)
    const answer = await browser.request(address.href)
    expect(answer.status).toBe(400)
    expect(tokenCalls()).toBe(0)
  })

  it.each(['id_token', 'access_token', 'response'])('CB-8 refuses %s in the query', async (name) => {
    const browser = app.browser()
    const address = new URL(await app.callbackAddress(browser))
    address.searchParams.set(name, 'x')
    expect((await browser.request(address.href)).status).toBe(400)
    expect(tokenCalls()).toBe(0)
  })

  it('CB-8 ignores and never echoes what it does not know', async () => {
    const browser = app.browser()
    const address = new URL(await app.callbackAddress(browser))
    address.searchParams.set('session_state', 'c4n4ry')
    const answer = await browser.navigate(address.href)
    expect(answer.status).toBe(303)
    expect(JSON.stringify([...answer.headers]) + answer.body).not.toContain('c4n4ry')
  })

  it('CB-9 exchanges one code once for 50 parallel callbacks, which all get the same session', async () => {
    const browser = app.browser()
    const address = await app.callbackAddress(browser)
    const answers = await Promise.all(Array.from({ length: 50 }, () => browser.copy().navigate(address)))
    expect(tokenCalls()).toBe(1)
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([303]))
    const sessions = answers.map((answer) => answer.setCookies.filter((line) => !line.includes('-sign-in')).join())
    expect(new Set(sessions).size).toBe(1)
    expect(sessions[0]).toContain('cis2-')
    expect(app.eventsOf('sign-in.succeeded')).toHaveLength(1)
  })

  it('CB-9 gives a duplicate what the application has added to the first answer while it left', async () => {
    let isFirst = true
    const adding = await startApp({
      provider,
      before(server) {
        server.use(function addToFirst(req, res, next) {
          const writeHead = res.writeHead.bind(res) as (...args: unknown[]) => typeof res
          res.writeHead = function writeHeadWithCookie(...args: unknown[]) {
            if (isFirst && req.path === '/callback') res.appendHeader('Set-Cookie', 'theirs=1')
            isFirst &&= req.path !== '/callback'
            return writeHead(...args)
          } as typeof res.writeHead
          next()
        })
      },
    })
    const browser = adding.browser()
    const address = await adding.callbackAddress(browser)
    const duplicate = browser.copy()
    const { setCookies } = await browser.navigate(address)
    expect(setCookies).toContain('theirs=1')
    expect((await duplicate.navigate(address)).setCookies).toEqual(setCookies)
    await adding.stop()
  })

  it('CB-9 gives a duplicate of a refused callback the same refusal, with one event', async () => {
    provider.script.idTokenClaims = (claims) => ({ ...claims, authentication_assurance_level: '2' })
    const browser = app.browser()
    const address = await app.callbackAddress(browser)
    const answers = await Promise.all([browser.copy().request(address), browser.copy().request(address)])
    expect(answers.map((answer) => [answer.status, answer.json().reason])).toEqual([
      [403, 'assurance'],
      [403, 'assurance'],
    ])
    expect(tokenCalls()).toBe(1)
    expect(app.eventsOf('sign-in.refused')).toHaveLength(1)
  })

  it('CB-10 lands a stale callback on the page while its user is signed in', async () => {
    const browser = app.browser()
    const address = await app.callbackAddress(browser)
    await browser.navigate(address)
    app.clock.advance(120)
    const answer = await browser.navigate(address)
    expect([answer.status, answer.location]).toEqual([303, `${app.baseUrl}/`])
    expect(tokenCalls()).toBe(1)
    app.clock.advance(-120)
  })

  it('CB-11 restarts an expired sign-in once, then shows a page', async () => {
    const browser = app.browser()
    const address = await app.callbackAddress(browser)
    app.clock.advance(601)
    const restarted = await browser.navigate(address)
    expect(restarted.status).toBe(302)
    expect(restarted.location).toContain(`${provider.issuer}/authorize?`)
    const second = await browser.navigate(restarted.location ?? '')
    app.clock.advance(601)
    const page = await browser.navigate(second.location ?? '')
    expect(page.status).toBe(400)
    expect(page.body).toContain('cookies')
    expect(tokenCalls()).toBe(0)
    app.clock.advance(-1202)
  })

  it('CB-11 completes a restarted sign-in', async () => {
    const browser = app.browser()
    const address = await app.callbackAddress(browser)
    app.clock.advance(601)
    const restarted = await browser.navigate(address)
    const second = await browser.navigate(restarted.location ?? '')
    expect((await browser.navigate(second.location ?? '')).status).toBe(303)
    app.clock.advance(-601)
  })

  it.each([
    ['access_denied', 403, 'access-denied'],
    ['login_required', 400, 'provider-error'],
    ['interaction_required', 400, 'provider-error'],
    ['server_error', 400, 'provider-error'],
    ['temporarily_unavailable', 503, undefined],
    ['<script>alert(1)</script>', 400, 'provider-error'],
    ['x'.repeat(5000), 400, 'provider-error'],
    ['\u202eevil\r\nSet-Cookie: a=b', 400, 'provider-error'],
  ])('CB-12 answers error %j with %d', async (error, status, reason) => {
    provider.script.callback = (honest) => {
      honest.delete('code')
      honest.set('error', error)
      honest.set('error_description', 'c4n4ry <b>')
      return honest
    }
    const browser = app.browser()
    const address = await app.callbackAddress(browser)
    const page = await browser.copy().navigate(address)
    expect(page.status).toBe(status)
    expect(page.body).not.toContain('c4n4ry')
    expect(page.body).not.toContain('<script>')
    expect((await browser.request(address)).json().reason).toBe(reason)
    expect(JSON.stringify(app.events)).not.toContain('c4n4ry')
  })

  it.each(['\u0000', 'a\r\nb', 'é'])('CB-14 survives code %j', async (code) => {
    const browser = app.browser()
    const address = new URL(await app.callbackAddress(browser))
    address.searchParams.set('code', code)
    expect((await browser.request(address.href)).status).toBe(400)
  })

  it('CB-16 builds every address from baseUrl, whatever the headers say', async () => {
    const browser = app.browser()
    const evil = { host: 'evil.example', 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' }
    const login = await browser.navigate(`${app.baseUrl}/login`, { headers: evil })
    const callback = await browser.navigate(login.location ?? '')
    const answer = await browser.navigate(callback.location ?? '', { headers: evil })
    expect(answer.status).toBe(303)
    expect(answer.location).toBe(`${app.baseUrl}/`)
    expect(provider.requestsTo('/authorize')[0]?.query.get('redirect_uri')).toBe(`${app.baseUrl}/callback`)
    expect(provider.requestsTo('/access_token')[0]?.form.get('redirect_uri')).toBe(`${app.baseUrl}/callback`)
  })

  it('CB-17 gives the second user of a browser a session of her own', async () => {
    const browser = await app.signedIn()
    const old = browser.copy()
    provider.person = { ...provider.person, sub: '555099999999' }
    await app.signIn(browser)
    expect(await app.whoAmI(browser)).toMatchObject({ sub: '555099999999' })
    expect(await app.whoAmI(old)).toBeUndefined()
    expect(app.eventsOf('session.ended')).toEqual([
      expect.objectContaining({ reason: 'replaced', sub: '555012345678' }),
    ])
  })

  it('CB-18, SES-3 gives the same user a new session id, and ends the old one', async () => {
    const browser = await app.signedIn()
    const old = browser.copy()
    await app.signIn(browser)
    expect(await app.whoAmI(browser)).toBeDefined()
    expect(await app.whoAmI(old)).toBeUndefined()
  })

  it('AAL-8 leaves the session alone when a step-up is cancelled', async () => {
    const browser = await app.signedIn()
    provider.script.callback = (honest) => {
      honest.delete('code')
      honest.set('error', 'access_denied')
      return honest
    }
    expect((await app.signIn(browser, '/login?maxAge=60')).status).toBe(403)
    expect(await app.whoAmI(browser)).toBeDefined()
    expect(app.eventsOf('step-up.refused')).toHaveLength(1)
    expect(app.eventsOf('sign-in.refused')).toHaveLength(0)
  })

  it.each([
    ['/login?maxAge=60', 'You did not sign in again'],
    ['/change-role', 'Your role was not changed'],
  ])('says what became of the session when %s is cancelled', async (path, title) => {
    const alive = 'You are still signed in as before.'
    const ended = 'You are no longer signed in: your session ended in the meantime.'
    async function cancelled(browser: Browser, heading: string, meanwhile?: () => Promise<unknown>): Promise<string> {
      const honest = await app.callbackAddress(browser, path)
      const address = honest.replace(/\bcode=[^&]*/, 'error=access_denied')
      expect(address).not.toBe(honest)
      await meanwhile?.()
      const page = await browser.navigate(address)
      expect(page.status).toBe(403)
      expect(page.body).toContain(`<h1>${heading}</h1>`)
      return page.body
    }
    const kept = await cancelled(await app.signedIn(), title)
    expect([kept.includes(alive), kept.includes(ended)]).toEqual([true, false])
    const lost = await cancelled(await app.signedIn(), title, () => app.auth.endSessions({ sub: provider.person.sub }))
    expect([lost.includes(alive), lost.includes(ended)]).toEqual([false, true])
    const stranger = await cancelled(app.browser(), 'You did not sign in')
    expect([stranger.includes(alive), stranger.includes(ended)]).toEqual([false, false])
  })

  it('says it to the duplicate of a cancelled step-up too', async () => {
    const browser = await app.signedIn()
    const honest = await app.callbackAddress(browser, '/login?maxAge=60')
    const address = honest.replace(/\bcode=[^&]*/, 'error=access_denied')
    await app.auth.endSessions({ sub: provider.person.sub })
    // Sent before the first was answered, and so with the same cookies.
    const again = browser.copy()
    const [first, second] = [await browser.navigate(address), await again.navigate(address)]
    const ended = 'You are no longer signed in: your session ended in the meantime.'
    expect([first, second].map(({ status, body }) => [status, body.includes(ended)])).toEqual([
      [403, true],
      [403, true],
    ])
  })

  it("sends another user's answer to a step-up to the default page, with nothing of the first user", async () => {
    const browser = await app.signedIn()
    provider.person = { ...provider.person, sub: '555099999999' }
    const answer = await app.signIn(browser, '/login?aal=3&maxAge=60&returnTo=/strong')
    expect([answer.status, answer.location]).toEqual([303, `${app.baseUrl}/`])
    expect(await app.whoAmI(browser)).toMatchObject({ sub: '555099999999' })
  })

  it.each([
    ['POST', 405],
    ['HEAD', 405],
  ])('answers %s with %d', async (method, status) => {
    const address = await app.callbackAddress(app.browser())
    expect((await app.browser().request(address, { method })).status).toBe(status)
    expect(tokenCalls()).toBe(0)
  })

  it('CB-22 uses S256 with a fresh verifier that never leaves the server in clear', async () => {
    await app.signedIn()
    await app.signedIn()
    const verifiers = provider.requestsTo('/access_token').map((request) => request.form.get('code_verifier'))
    expect(new Set(verifiers).size).toBe(2)
    for (const verifier of verifiers) expect(verifier?.length).toBeGreaterThanOrEqual(43)
    for (const request of provider.requestsTo('/authorize')) {
      expect(request.query.get('code_challenge_method')).toBe('S256')
      expect(verifiers).not.toContain(request.query.get('code_challenge'))
    }
  })

  it('SES-9 refuses to sign in over http that a trusted proxy reports', async () => {
    const behind = await startApp({
      provider,
      baseUrl: 'https://clinic.example',
      before: (express) => express.set('trust proxy', 'loopback'),
    })
    const browser = behind.browser()
    const headers = { 'x-forwarded-proto': 'http', accept: 'application/json', 'sec-fetch-mode': 'cors' }
    const answer = await browser.request(`${behind.baseUrl}/login`, { headers })
    expect([answer.status, answer.json().code]).toEqual([400, 'CIS2_INSECURE_TRANSPORT'])
    expect(
      (await browser.navigate(`${behind.baseUrl}/login`, { headers: { 'x-forwarded-proto': 'https' } })).status,
    ).toBe(302)
    await behind.stop()
  })

  it('SES-9 believes no forwarded header from a hop that the app does not trust', async () => {
    const behind = await startApp({ provider, baseUrl: 'https://clinic.example' })
    const browser = behind.browser()
    const answer = await browser.navigate(`${behind.baseUrl}/login`, { headers: { 'x-forwarded-proto': 'http' } })
    expect(answer.status).toBe(302)
    await behind.stop()
  })
})

describe('the data of a visitor', () => {
  let app: TestApp

  withProviderAndApp(
    (both) => {
      ;({ app } = both)
    },
    {
      after(express) {
        express.get('/note', (req, res) => {
          const { session } = req as unknown as { session: { note?: string } }
          const { note } = session
          session.note = 'written'
          res.json({ note })
        })
      },
    },
  )

  it('SES-2 are not taken into the session of whoever signs in', async () => {
    const browser = app.browser()
    await browser.request(`${app.baseUrl}/note`)
    expect((await browser.request(`${app.baseUrl}/note`)).json()).toEqual({ note: 'written' })
    expect((await app.signIn(browser)).status).toBe(303)
    expect((await browser.request(`${app.baseUrl}/note`)).json()).toEqual({})
  })
})
