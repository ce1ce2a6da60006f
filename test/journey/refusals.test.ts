/** What a refused request gets to see: the right kind of answer, in time, and nothing that helps an attacker. */
import express, { type ErrorRequestHandler } from 'express'
import helmet from 'helmet'
import request from 'supertest'

import { cis2UserOf, ConfigError, requireCis2 } from '../../src/index.js'
import { NAVIGATION } from '../support/app/browser.js'
import { withProviderAndApp } from '../support/app/provider-and-app.js'
import type { ScriptedProvider } from '../support/app/scripted-provider.js'
import { startApp, type TestApp } from '../support/app/start-app.js'

const OWN_ROUTES = [
  ['GET', '/login'],
  ['GET', '/callback?state=x'],
  ['GET', '/change-role'],
  ['GET', '/logout'],
  ['POST', '/logout'],
  ['GET', '/session'],
  ['POST', '/session'],
  ['POST', '/backchannel-logout'],
  ['GET', '/.well-known/jwks.json'],
  ['DELETE', '/login'],
] as const

describe('refusals', () => {
  let provider: ScriptedProvider
  let app: TestApp

  withProviderAndApp((both) => {
    ;({ provider, app } = both)
  })

  afterEach(() => {
    provider.reset()
    app.events.length = 0
  })

  it.each(OWN_ROUTES)('HDR-1, HDR-5 answers %s %s with strict headers of its own', async (method, path) => {
    for (const headers of [{ ...NAVIGATION }, { accept: 'application/json' }]) {
      const answer = await app.browser().request(app.baseUrl + path, { method, headers })
      const get = (name: string) => answer.headers.get(name)
      const cacheable = path.endsWith('jwks.json')
      expect(get('cache-control')).toBe(cacheable ? 'public, max-age=900' : 'no-store')
      expect(get('content-security-policy')).toMatch(/^default-src 'none';.*base-uri 'none'.*form-action 'self'/)
      expect(get('content-security-policy')).toContain("frame-ancestors 'none'")
      expect(get('referrer-policy')).toBe('same-origin')
      expect(get('x-content-type-options')).toBe('nosniff')
      expect(get('access-control-allow-origin')).toBeNull()
      expect(get('etag')).toBeNull()
      if (answer.body !== '') expect(get('content-type')).toMatch(/; charset=utf-8$/)
    }
  })

  it.each([
    ['text/html', 'text/html; charset=utf-8'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html; charset=utf-8'],
    ['application/json', 'application/problem+json; charset=utf-8'],
    ['*/*', 'application/problem+json; charset=utf-8'],
    [undefined, 'application/problem+json; charset=utf-8'],
    ['rubbish;;q=', 'application/problem+json; charset=utf-8'],
  ])('ERR-3 answers Accept %s with %s', async (accept, type) => {
    const answer = await app.browser().request(`${app.baseUrl}/callback?state=x`, {
      headers: accept === undefined ? {} : { accept },
    })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([400, type])
  })

  it('ERR-4 says the same of every wrong state, but for its reference', async () => {
    const bodies = await Promise.all(
      ['', '?state=', '?state=x', `?state=${'A'.repeat(52)}`, '?state=a&state=b'].map(async (query) => {
        const answer = await app.browser().request(`${app.baseUrl}/callback${query}`)
        return answer.body.replace(/"correlationId":"[^"]+"/, '')
      }),
    )
    expect(new Set(bodies).size).toBe(1)
  })

  it.each(['development', 'production', undefined])(
    'ERR-1 shows no stack and no inner error with NODE_ENV %s',
    async (env) => {
      const before = process.env.NODE_ENV
      try {
        if (env === undefined) delete process.env.NODE_ENV
        else process.env.NODE_ENV = env
        provider.script.handle = (path, _req, res) => {
          if (path !== '/access_token') return false
          res.writeHead(400, { 'content-type': 'application/json' })
          res.end('{"error":"invalid_grant","error_description":"inner-words"}')
          return true
        }
        const answer = await app.signIn(app.browser())
        expect(answer.status).toBe(400)
        expect(answer.body).not.toMatch(/inner-words|invalid_grant|node_modules|\bat \w+ \(/)
      } finally {
        if (before === undefined) delete process.env.NODE_ENV
        else process.env.NODE_ENV = before
      }
    },
  )

  describe("ERR-2 errors: 'next'", () => {
    async function withHandler(handler: ErrorRequestHandler): Promise<TestApp> {
      return startApp({
        provider,
        options: { errors: 'next' },
        before: (outer) => outer.use(helmet()),
        after: (outer) => outer.use(handler),
      })
    }

    it.each<[string, string, number, string]>([
      ['a forged state', '/callback?state=x', 400, 'CIS2_SIGN_IN_REFUSED'],
      ['a guarded call', '/me', 401, 'CIS2_NOT_SIGNED_IN'],
    ])('hands %s to the application, status and headers with it', async (_what, path, status, code) => {
      const handing = await withHandler((error: { code: string; status: number }, _req, res, _next) => {
        res.status(error.status).json({ mine: error.code })
      })
      const answer = await handing.browser().request(handing.baseUrl + path)
      expect([answer.status, answer.json()]).toEqual([status, { mine: code }])
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(answer.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer' : null)
      await handing.stop()
    })

    it('redirects page navigations all the same', async () => {
      const handing = await withHandler((_error, _req, res, _next) => {
        res.status(500).end()
      })
      const answer = await handing.browser().navigate(`${handing.baseUrl}/me`)
      expect([answer.status, answer.location]).toEqual([302, `${handing.baseUrl}/login?returnTo=%2Fme`])
      await handing.stop()
    })

    it('answers with the status when the handler of the application throws', async () => {
      const handing = await withHandler((error: Error) => {
        throw error
      })
      expect((await handing.browser().request(`${handing.baseUrl}/me`)).status).toBe(401)
      await handing.stop()
    })
  })

  describe('ROLE-4 a requirement', () => {
    it.each<[string, unknown]>([
      ['an empty list', { roles: [] }],
      ['an unknown key', { role: ['R8000'] }],
      ['undefined for a list', { roles: undefined }],
      ['a level that is none', { aal: 4 }],
      ['a level as text', { aal: '3' }],
      ['no alternatives', { anyOf: [] }],
      ['a check that is no function', { check: true }],
      ['too short an age', { maxAuthAgeSeconds: 59 }],
      ['null', null],
      ['a list', []],
    ])('of %s throws when the route is defined', (_what, requirement) => {
      expect(() => requireCis2(requirement as never)).toThrow(ConfigError)
    })

    it('of nothing asks for a sign-in', async () => {
      expect((await app.browser().request(`${app.baseUrl}/me`)).status).toBe(401)
      expect(await app.whoAmI(await app.signedIn())).toBeDefined()
    })
  })

  it('ROLE-6 gives handlers a user that nothing can be written into, and the guard its own copy', async () => {
    const writing = await startApp({
      provider,
      after(outer) {
        outer.get('/write', requireCis2(), (req, res) => {
          const user = cis2UserOf(req) as unknown as { aal: number; roles: unknown[]; selectedRole: { code: string } }
          const attempts = [
            () => (user.aal = 3),
            () => user.roles.push({ code: 'R8000' }),
            () => (user.selectedRole.code = 'S8000:G8000:R8000'),
            () => Object.assign(req.cis2User ?? {}, { name: 'x' }),
          ]
          res.json(
            attempts.map((attempt) => {
              try {
                attempt()
                return 'written'
              } catch (error) {
                return (error as Error).name
              }
            }),
          )
        })
      },
    })
    const browser = await writing.signedIn()
    const answer = await browser.request(`${writing.baseUrl}/write`)
    expect(JSON.parse(answer.body)).toEqual(['TypeError', 'TypeError', 'TypeError', 'TypeError'])
    expect((await browser.request(`${writing.baseUrl}/doctors`)).status).toBe(403)
    await writing.stop()
  })

  it('ROLE-8 tells nobody which roles a route wants', async () => {
    const browser = await app.signedIn()
    const page = await browser.navigate(`${app.baseUrl}/doctors`)
    const problem = await browser.request(`${app.baseUrl}/doctors`)
    expect([page.status, problem.status]).toEqual([403, 403])
    expect(page.body + problem.body).not.toMatch(/R8000|R8001/)
  })

  it('LOGG-4 signs users in although the listener of the application throws', async () => {
    const throwing = await startApp({
      provider,
      options: {
        onEvent: () => {
          throw new Error('full disk')
        },
      },
    })
    expect(await throwing.whoAmI(await throwing.signedIn())).toBeDefined()
    await throwing.stop()
  })

  it('throws from cis2UserOf where no middleware and no guard has been', async () => {
    const bare = express()
    bare.get('/x', (req, res) => {
      res.json(cis2UserOf(req))
    })
    const answer = await request(bare).get('/x')
    expect(answer.status).toBe(500)
    expect(answer.text).toContain('app.use(cis2Auth(...))')
    const open = await startApp({
      provider,
      after: (outer) =>
        outer.get('/open', (req, res) => {
          res.json(cis2UserOf(req))
        }),
    })
    expect((await open.browser().request(`${open.baseUrl}/open`)).status).toBe(401)
    await open.stop()
  })
})
