import { NAVIGATION } from '../support/app/browser.js'
import { withProviderAndApp } from '../support/app/provider-and-app.js'
import { ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp, TestClock, type TestApp } from '../support/app/start-app.js'

describe('GET /login', () => {
  let provider: ScriptedProvider
  let app: TestApp

  withProviderAndApp(
    (both) => {
      ;({ provider, app } = both)
    },
    { options: { aal: 2 } },
  )

  beforeEach(() => {
    provider.reset()
    app.events.length = 0
  })

  async function asked(path: string, browser = app.browser()): Promise<Record<string, string>> {
    const answer = await browser.navigate(app.baseUrl + path)
    expect(answer.status).toBe(302)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    return Object.fromEntries(new URL(answer.location ?? '').searchParams)
  }

  it('LIN-1 asks for exactly what is configured (RPL-13)', async () => {
    const parameters = await asked('/login')
    expect(Object.keys(parameters).sort()).toEqual([
      'acr_values',
      'client_id',
      'code_challenge',
      'code_challenge_method',
      'nonce',
      'prompt',
      'redirect_uri',
      'response_type',
      'scope',
      'state',
    ])
    expect(parameters).toMatchObject({
      response_type: 'code',
      client_id: provider.clientId,
      redirect_uri: `${app.baseUrl}/callback`,
      scope: 'openid profile email nhsperson nationalrbacaccess associatedorgs selectedrole',
      prompt: 'login',
      acr_values: 'AAL2_OR_AAL3_ANY',
      code_challenge_method: 'S256',
    })
  })

  it.each([
    [
      'LIN-2',
      '/login?scope=admin&redirect_uri=https://evil.example&acr_values=x&prompt=none&client_id=x&max_age=1&state=x&nonce=x',
    ],
    ['LIN-10', '/login?iss=https://evil.example&target_link_uri=https://evil.example&login_hint=x'],
  ])('%s ignores every parameter but its own', async (_id, path) => {
    const parameters = await asked(path)
    expect(parameters).toMatchObject({ client_id: provider.clientId, prompt: 'login', acr_values: 'AAL2_OR_AAL3_ANY' })
    expect(JSON.stringify(parameters)).not.toContain('evil.example')
    expect(parameters.max_age).toBeUndefined()
  })

  it.each([
    ['aal=3', 'AAL3_ANY', undefined],
    ['aal=2', 'AAL2_OR_AAL3_ANY', undefined],
    ['aal=1', 'AAL2_OR_AAL3_ANY', undefined],
    ['aal=4', 'AAL2_OR_AAL3_ANY', undefined],
    ['aal=3&aal=3', 'AAL2_OR_AAL3_ANY', undefined],
    ['maxAge=120', 'AAL2_OR_AAL3_ANY', '120'],
    ['maxAge=1', 'AAL2_OR_AAL3_ANY', '60'],
    ['maxAge=9999', 'AAL2_OR_AAL3_ANY', '300'],
    ['maxAge=x', 'AAL2_OR_AAL3_ANY', undefined],
    ['maxAge=-1', 'AAL2_OR_AAL3_ANY', undefined],
  ])('lets %s raise the level or lower the age, never the other way', async (query, acrValues, maxAge) => {
    const parameters = await asked(`/login?${query}`)
    expect([parameters.acr_values, parameters.max_age, parameters.prompt]).toEqual([acrValues, maxAge, 'login'])
  })

  it('sends max_age when prompt is switched off', async () => {
    const other = await startApp({ provider, options: { prompt: false, pkce: false } })
    const answer = await other.browser().navigate(`${other.baseUrl}/login`)
    const parameters = new URL(answer.location ?? '').searchParams
    expect(parameters.has('prompt')).toBe(false)
    expect(parameters.get('max_age')).toBe('300')
    expect(parameters.has('code_challenge')).toBe(false)
    expect(parameters.get('acr_values')).toBe('AAL3_ANY')
    expect(await other.whoAmI(await other.signedIn())).toBeDefined()
    await other.stop()
  })

  it.each<[string, string, Record<string, string>, number]>([
    ['LIN-3 a prefetch', 'GET', { 'sec-purpose': 'prefetch' }, 503],
    ['LIN-3 an old prefetch', 'GET', { purpose: 'prefetch' }, 503],
    ['LIN-3 HEAD', 'HEAD', {}, 405],
    ['POST', 'POST', {}, 405],
  ])('%s starts no sign-in', async (_what, method, headers, status) => {
    const answer = await app
      .browser()
      .request(`${app.baseUrl}/login`, { method, headers: { ...NAVIGATION, ...headers } })
    expect([answer.status, answer.setCookies]).toEqual([status, []])
    expect(app.events).toEqual([])
  })

  it('LIN-5 is not to be framed', async () => {
    const answer = await app.browser().navigate(`${app.baseUrl}/login`)
    expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(answer.headers.get('x-frame-options')).toBe('DENY')
  })

  it('LIN-6 keeps at most five sign-ins under way in one browser, the newest', async () => {
    const browser = app.browser()
    const addresses: string[] = []
    for (let i = 0; i < 20; i++) {
      addresses.push(await app.callbackAddress(browser))
      app.clock.advance(1)
    }
    expect(browser.cookieNames('127.0.0.1').length).toBeLessThanOrEqual(5)
    expect(browser.cookieHeader(new URL(app.baseUrl)).length).toBeLessThan(8192)
    expect((await browser.request(addresses[0] ?? '')).status).toBe(400)
    expect((await browser.navigate(addresses[19] ?? '')).status).toBe(303)
    app.clock.advance(-20)
  })

  it('LIN-7 makes state and nonce afresh, at least 128 bits of them', async () => {
    const many = await Promise.all(Array.from({ length: 20 }, () => asked('/login')))
    for (const name of ['state', 'nonce', 'code_challenge']) {
      const values = many.map((parameters) => parameters[name] ?? '')
      expect(new Set(values).size).toBe(20)
      for (const value of values) expect(value.length).toBeGreaterThanOrEqual(22)
    }
  })

  it('RT-14 tells CIS2 nothing of returnTo', async () => {
    const parameters = await asked('/login?returnTo=/c4n4ry')
    expect(JSON.stringify(parameters)).not.toContain('c4n4ry')
  })

  it('HDR-4 moves on by a page where a form may have led, by a redirect otherwise', async () => {
    const form = await app.browser().navigate(`${app.baseUrl}/login`, { headers: { 'sec-fetch-site': 'same-origin' } })
    expect(form.status).toBe(200)
    expect(form.headers.get('refresh')).toContain(`0;url=${provider.issuer}/authorize?`)
    expect(form.body).toContain('<a class="action" href="')
    const typed = await app.browser().navigate(`${app.baseUrl}/login`)
    expect(typed.status).toBe(302)
  })

  it('answers 503 until CIS2 is discovered, and remembers nothing', async () => {
    provider.script.handle = (path, _req, res) => {
      if (path !== '/.well-known/openid-configuration') return false
      res.writeHead(500).end()
      return true
    }
    const other = await startApp({ provider, impatient: true })
    const answer = await other.browser().request(`${other.baseUrl}/login`)
    expect([answer.status, answer.json().code]).toEqual([503, 'CIS2_PROVIDER_UNAVAILABLE'])
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(answer.setCookies).toEqual([])
    expect(await other.auth.health()).toMatchObject({ status: 'degraded', store: { status: 'ok' } })
    await other.stop()
  })
})

describe('GET /change-role', () => {
  it('replaces the role, the session id, and keeps the data of the app', async () => {
    const provider = await ScriptedProvider.start(new TestClock())
    const app = await startApp({
      provider,
      after(express) {
        express.get('/basket', (req, res) => {
          const { session } = req as unknown as { session: { things?: number } }
          session.things = (session.things ?? 0) + 1
          res.json({ things: session.things })
        })
      },
    })
    const browser = await app.signedIn()
    await browser.request(`${app.baseUrl}/basket`)
    const before = browser.copy()
    provider.script.userInfoClaims = (claims) => ({
      ...claims,
      nhsid_nrbac_roles: [
        { person_orgid: '1', person_roleid: '2', org_code: 'RZZ99', role_name: 'x', role_code: 'S8000:G8000:R8000' },
      ],
    })
    provider.script.idTokenClaims = (claims) => ({ ...claims, selected_roleid: '2' })
    const answer = await app.signIn(browser, '/change-role?returnTo=/doctors')
    expect(answer.location).toBe(`${app.baseUrl}/doctors`)
    expect((await browser.request(`${app.baseUrl}/doctors`)).status).toBe(200)
    expect((await browser.request(`${app.baseUrl}/nurses`)).status).toBe(403)
    expect((await browser.request(`${app.baseUrl}/basket`)).json()).toEqual({ things: 2 })
    expect(await app.whoAmI(before)).toBeUndefined()
    expect(app.eventsOf('role.changed')).toEqual([expect.objectContaining({ role: 'S8000:G8000:R8000' })])
    await app.stop()
    await provider.stop()
  })

  it('is a plain sign-in when nobody is signed in', async () => {
    const provider = await ScriptedProvider.start(new TestClock())
    const app = await startApp({ provider })
    await app.signIn(app.browser(), '/change-role')
    expect(provider.requestsTo('/authorize')[0]?.query.get('scope')).toContain('selectedrole')
    expect(app.eventsOf('sign-in.succeeded')).toHaveLength(1)
    await app.stop()
    await provider.stop()
  })
})

describe('GET /login before CIS2 is discovered', () => {
  it('waits for the first attempt in place of answering 503', async () => {
    const provider = await ScriptedProvider.start(new TestClock())
    const gate = withResolvers()
    const arrived = withResolvers()
    const app = await startApp({
      provider,
      impatient: true,
      options: {
        fetch: async (...call) => {
          await gate.promise
          return fetch(...call)
        },
      },
      before(express) {
        express.get('/login', (_req, _res, next) => {
          arrived.resolve()
          next()
        })
      },
    })
    const login = app.browser().navigate(`${app.baseUrl}/login`)
    await arrived.promise
    // A whole request later it would have been answered long since.
    expect((await app.browser().request(`${app.baseUrl}/`)).status).toBe(200)
    gate.resolve()
    expect((await login).status).toBe(302)
    await app.stop()
    await provider.stop()
  })

  it('waits no longer than timeoutSeconds: then it is 503', async () => {
    const app = await startApp({
      provider: { issuer: 'http://127.0.0.1:9', clientId: 'client' },
      impatient: true,
      options: { timeoutSeconds: 1, fetch: () => new Promise(() => {}) },
    })
    const answer = await app.browser().request(`${app.baseUrl}/login`)
    expect([answer.status, answer.json().code]).toEqual([503, 'CIS2_PROVIDER_UNAVAILABLE'])
    await app.stop()
  })
})

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
