import type { RequestHandler } from 'express'

import { cis2UserOf, requireCis2 } from '../../src/index.js'
import { NAVIGATION } from '../support/app/browser.js'
import { withProviderAndApp } from '../support/app/provider-and-app.js'
import type { ScriptedProvider } from '../support/app/scripted-provider.js'
import { TestClock, type TestApp } from '../support/app/start-app.js'

const LEAK: RequestHandler = (_req, res) => {
  res.json({ leaked: true })
}

describe('requireCis2', () => {
  let provider: ScriptedProvider
  const clock = new TestClock()
  let app: TestApp

  withProviderAndApp(
    (both) => {
      ;({ provider, app } = both)
    },
    {
      clock,
      options: { aal: 2 },
      after(express) {
        express.get('/checked', requireCis2({ check: (user, req) => user.sub === req.query.sub }), (_req, res) => {
          res.json({ ok: true })
        })
        express.get('/truthy', requireCis2({ check: () => 'yes' as unknown as boolean }), (_req, res) => {
          res.json({ ok: true })
        })
        express.get('/throwing', requireCis2({ check: () => Promise.reject(new Error('no')) }), (_req, res) => {
          res.json({ ok: true })
        })
        express.get('/prototypes', requireCis2(), (req, res) => {
          const user = cis2UserOf(req)
          const parts: object[] = [user, ...(user.selectedRole === undefined ? [] : [user.selectedRole]), ...user.roles]
          res.json(parts.map((part) => Object.getPrototypeOf(part) === Object.prototype && Object.isFrozen(part)))
        })
        express.post('/open-to-others', requireCis2({ crossOrigin: 'allow' }), (_req, res) => {
          res.json({ ok: true })
        })
      },
    },
  )

  beforeEach(() => {
    provider.reset()
    app.events.length = 0
  })

  describe('when nobody is signed in', () => {
    it('redirects a page navigation to sign in, and back to the page afterwards', async () => {
      const browser = app.browser()
      const answer = await browser.navigate(`${app.baseUrl}/me?tab=2`)
      expect(answer.status).toBe(302)
      expect(answer.location).toBe(`${app.baseUrl}/login?returnTo=%2Fme%3Ftab%3D2`)
      expect(answer.headers.get('cache-control')).toBe('no-store')
      const back = await app.signIn(browser, '/login?returnTo=%2Fme%3Ftab%3D2')
      expect(back.location).toBe(`${app.baseUrl}/me?tab=2`)
    })

    it.each([
      ['fetch()', { 'sec-fetch-mode': 'cors', accept: '*/*' }],
      ['an API client', { accept: 'application/json' }],
      ['a client that accepts anything', { accept: '*/*' }],
    ])('LIN-4 answers %s 401 with problem details and a challenge, and starts no sign-in', async (_who, headers) => {
      const answer = await app.browser().request(`${app.baseUrl}/me`, { headers })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
      expect(answer.headers.get('www-authenticate')).toBe('Bearer')
      expect(answer.json()).toMatchObject({
        type: 'about:blank',
        title: 'Unauthorized',
        status: 401,
        code: 'CIS2_NOT_SIGNED_IN',
        login: `${app.baseUrl}/login`,
      })
      expect(answer.setCookies).toEqual([])
      expect(app.eventsOf('access.refused')).toHaveLength(1)
      expect(app.eventsOf('sign-in.started')).toHaveLength(0)
    })

    it('shows a refused form a page whose sign-in leads back to the form', async () => {
      const answer = await app.browser().request(`${app.baseUrl}/prescriptions`, {
        method: 'POST',
        headers: { ...NAVIGATION, 'sec-fetch-site': 'same-origin', referer: `${app.baseUrl}/form?id=1` },
      })
      expect(answer.status).toBe(401)
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
      expect(answer.body).toContain('href="/login?returnTo=%2Fform%3Fid%3D1"')
    })
  })

  it('AAL-2 asks for a step-up when the level is too low', async () => {
    provider.person = { ...provider.person, aal: '2' }
    const browser = await app.signedIn()
    const page = await browser.navigate(`${app.baseUrl}/strong`)
    expect([page.status, page.location]).toEqual([302, `${app.baseUrl}/login?aal=3&returnTo=%2Fstrong`])
    const api = await browser.request(`${app.baseUrl}/strong`)
    expect(api.status).toBe(401)
    expect(api.json().code).toBe('CIS2_STEP_UP_REQUIRED')
    expect(api.headers.get('www-authenticate')).toBe(
      'Bearer error="insufficient_user_authentication", acr_values="AAL3_ANY"',
    )
  })

  it('AAL-2 never loops: a step-up that does not reach the level ends with 403, the session intact', async () => {
    provider.person = { ...provider.person, aal: '2' }
    const browser = await app.signedIn()
    const answer = await browser.follow(`${app.baseUrl}/strong`)
    expect(answer.status).toBe(403)
    expect(answer.body).toContain('CIS2_SIGN_IN_REFUSED')
    expect(await app.whoAmI(browser)).toMatchObject({ aal: 2 })
  })

  it('AAL-2 reaches the page after a step-up that does reach the level', async () => {
    provider.person = { ...provider.person, aal: '2' }
    const browser = await app.signedIn()
    provider.person = { ...provider.person, aal: '3' }
    const answer = await browser.follow(`${app.baseUrl}/strong`)
    expect([answer.status, answer.json()]).toEqual([200, { aal: 3 }])
    expect(app.eventsOf('step-up.succeeded')).toHaveLength(1)
  })

  it('AAL-6 asks for a fresh sign-in when the last one is too old', async () => {
    const browser = await app.signedIn()
    expect((await browser.request(`${app.baseUrl}/fresh`)).status).toBe(200)
    app.clock.advance(61)
    const page = await browser.navigate(`${app.baseUrl}/fresh`)
    expect(page.location).toBe(`${app.baseUrl}/login?maxAge=60&returnTo=%2Ffresh`)
    const api = await browser.request(`${app.baseUrl}/fresh`)
    expect(api.headers.get('www-authenticate')).toBe('Bearer error="insufficient_user_authentication", max_age="60"')
    app.clock.advance(-61)
  })

  it('ROLE-1 refuses a role that is not the selected one', async () => {
    const browser = await app.signedIn()
    expect((await browser.request(`${app.baseUrl}/nurses`)).status).toBe(200)
    const api = await browser.request(`${app.baseUrl}/doctors`)
    expect([api.status, api.json().code]).toEqual([403, 'CIS2_FORBIDDEN'])
    expect(api.body).not.toContain('R8000')
    const page = await browser.navigate(`${app.baseUrl}/doctors`)
    expect([page.status, page.headers.get('content-type')]).toEqual([403, 'text/html; charset=utf-8'])
    expect(app.eventsOf('access.refused')[0]).toMatchObject({
      reason: 'CIS2_FORBIDDEN',
      sub: '555012345678',
      role: 'S8000:G8000:R8001',
      organisation: 'A99901',
    })
  })

  it('ROLE-1 holds nothing for a user without roles', async () => {
    provider.script.userInfoClaims = ({ nhsid_nrbac_roles: _roles, ...claims }) => claims
    const browser = await app.signedIn()
    expect((await browser.request(`${app.baseUrl}/me`)).json().roles).toEqual([])
    expect((await browser.request(`${app.baseUrl}/nurses`)).status).toBe(403)
  })

  it('RPL-2 refuses a change from another origin, and lets our own and programs through', async () => {
    const browser = await app.signedIn()
    const post = (headers: Record<string, string>, path = '/prescriptions') =>
      browser.request(app.baseUrl + path, { method: 'POST', headers })
    expect((await post({ 'sec-fetch-site': 'cross-site' })).json().code).toBe('CIS2_CROSS_ORIGIN')
    expect((await post({ origin: 'https://evil.example' })).status).toBe(403)
    expect((await post({ 'sec-fetch-site': 'same-origin', origin: 'null' })).status).toBe(201)
    expect((await post({ origin: app.baseUrl })).status).toBe(201)
    expect((await post({})).status).toBe(201)
    expect((await post({ 'sec-fetch-site': 'cross-site' }, '/open-to-others')).status).toBe(200)
  })

  it('lets nobody in for a check that answers something else than true, however true it looks', async () => {
    const browser = await app.signedIn()
    expect((await browser.request(`${app.baseUrl}/truthy`)).status).toBe(403)
  })

  it('asks the check of the application last, and a check that fails or throws lets nobody through', async () => {
    const browser = await app.signedIn()
    expect((await browser.request(`${app.baseUrl}/checked?sub=555012345678`)).status).toBe(200)
    expect((await browser.request(`${app.baseUrl}/checked?sub=1`)).status).toBe(403)
    expect((await browser.request(`${app.baseUrl}/throwing`)).status).toBeGreaterThanOrEqual(400)
  })

  it('FIELD-15 hands over a user who is a plain object to the last part, and frozen', async () => {
    const browser = await app.signedIn()
    const answer = await browser.request(`${app.baseUrl}/prototypes`)
    expect(JSON.parse(answer.body)).toEqual([true, true, true])
  })

  it('HDR-2 keeps guarded answers out of caches', async () => {
    const browser = await app.signedIn()
    const answer = await browser.request(`${app.baseUrl}/me`)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('vary')).toContain('Cookie')
  })

  it('ROLE-5 answers 500, and says why, on an app without cis2Auth', async () => {
    const { default: express } = await import('express')
    const { default: request } = await import('supertest')
    const bare = express()
    bare.get('/me', requireCis2(), (_req, res) => {
      res.json({ ok: true })
    })
    const answer = await request(bare).get('/me')
    expect(answer.status).toBe(500)
    expect(answer.text).toContain('requireCis2() needs app.use(cis2Auth(...)) before the route.')
  })
})

describe('a guard whose check does odd things', () => {
  /** What Express takes for "go on", "go on with the next route" and "leave this router". */
  const NO_ERRORS = [undefined, null, 0, '', false, 'route', 'router', 'no'] as const
  let app: TestApp
  let answerCheck: (held: boolean) => void

  /** Answers first, as a time-out does, and lets the guard go on waiting for its check. */
  const answerFirst: RequestHandler = (_req, res, next) => {
    res.status(503).end('too late')
    next()
  }

  withProviderAndApp(
    (both) => {
      ;({ app } = both)
    },
    {
      after(express) {
        NO_ERRORS.forEach((reason, index) => {
          const rejecting = requireCis2({ check: () => Promise.resolve().then(throwing(reason)) })
          express.get(`/rejects/${index}`, rejecting, LEAK)
          express.get(`/rejects/${index}`, LEAK)
          express.use(`/throws/${index}`, requireCis2({ check: throwing(reason) }))
          express.get(`/throws/${index}`, LEAK)
        })
        const waiting = requireCis2({
          check: () =>
            new Promise((resolve) => {
              answerCheck = resolve
            }),
        })
        express.get('/answered', answerFirst, waiting, (_req, res) => {
          app.events.push({ type: 'access.refused', at: 'the handler ran' })
          res.end()
        })
      },
    },
  )

  function throwing(reason: unknown): () => never {
    return () => {
      throw reason
    }
  }

  it.each(NO_ERRORS.map((reason, index) => [String(reason), index]))(
    'lets nobody through when it throws or rejects with %s',
    async (_reason, index) => {
      const browser = await app.signedIn()
      for (const path of ['/rejects', '/throws']) {
        const answer = await browser.request(`${app.baseUrl}${path}/${index}`)
        expect([path, answer.status, answer.json().code]).toEqual([path, 403, 'CIS2_FORBIDDEN'])
      }
    },
  )

  it.each([true, false])('adds nothing to an answer that went out while the check waited to say %s', async (held) => {
    const browser = await app.signedIn()
    app.events.length = 0
    const answer = await browser.request(`${app.baseUrl}/answered`)
    answerCheck(held)
    // A rejection that nobody handles would end the process, and fails this test.
    await new Promise((resolve) => setImmediate(resolve))
    expect([answer.status, answer.body, app.events]).toEqual([503, 'too late', []])
  })
})
