import { describe, expect, it } from '@jest/globals'
import express, { type Express, type RequestHandler } from 'express'
import request from 'supertest'

import { requireCis2, type Cis2Event } from '../../../src/index.js'
import { aUser, fakeCis2Auth, type FakeOptions } from '../../../src/testing/index.js'
import { thrownBy } from '../../support/thrown-by.js'

const NAVIGATION = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'none' }

const NURSE = aUser({ role: 'R8001', aal: 2 })

function appWith(auth: RequestHandler): Express {
  const app = express().use(auth)
  app.get('/me', requireCis2(), (req, res) => {
    res.json(req.cis2User)
  })
  app.get('/strong', requireCis2({ aal: 3 }), (_req, res) => {
    res.json({ ok: true })
  })
  app.get('/doctors', requireCis2({ roles: ['R8000'] }), (_req, res) => {
    res.json({ ok: true })
  })
  app.post('/prescriptions', requireCis2(), (_req, res) => {
    res.status(201).end()
  })
  app.get('/cis2', async (req, res) => {
    res.json({ store: req.cis2.store, session: req.cis2.session, tokens: await req.cis2.tokens() })
  })
  app.post('/leave', async (req, res) => {
    await req.cis2.signOut()
    res.json({ user: req.cis2User ?? null })
  })
  app.get('/again', (req, _res, next) => {
    req.cis2.signIn({ returnTo: '/me', aal: 3 }).catch(next)
  })
  app.get('/other-role', (req, _res, next) => {
    req.cis2.changeRole().catch(next)
  })
  app.get('/visits', (req, res) => {
    const session = req.session as unknown as { visits?: number }
    session.visits = (session.visits ?? 0) + 1
    res.json(session.visits)
  })
  return app
}

function nurse(options?: FakeOptions): ReturnType<typeof request> {
  return request(appWith(fakeCis2Auth(NURSE, options)))
}

describe('fakeCis2Auth with a user', () => {
  it('makes every request hers, and satisfies the guard', async () => {
    const answer = await nurse().get('/me')
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual(NURSE)
  })

  it('knows her on the way to CIS2 too', async () => {
    const { location = '' } = (await nurse().get('/change-role')).headers
    expect(new URL(location).searchParams.get('scope')).toContain('changedrole')
  })

  it.each([
    ['/strong', 401, 'CIS2_STEP_UP_REQUIRED'],
    ['/doctors', 403, 'CIS2_FORBIDDEN'],
  ])('refuses %s as cis2Auth does', async (path, status, code) => {
    const answer = await nurse().get(path)
    expect(answer.status).toBe(status)
    expect(answer.body).toMatchObject({ code })
  })

  it('sends a page navigation to step up', async () => {
    const answer = await nurse().get('/strong').set(NAVIGATION)
    expect(answer.status).toBe(302)
    expect(answer.headers.location).toBe('/login?aal=3&returnTo=%2Fstrong')
  })

  it('refuses a form from another origin', async () => {
    const answer = await nurse().post('/prescriptions').set('sec-fetch-site', 'cross-site')
    expect(answer.body).toMatchObject({ status: 403, code: 'CIS2_CROSS_ORIGIN' })
    expect((await nurse().post('/prescriptions')).status).toBe(201)
  })

  it('hands refusals to the error handler of the application when the options say so', async () => {
    const app = appWith(fakeCis2Auth(NURSE, { errors: 'next' }))
    app.use(((error: { code: string }, _req, res, _next) => {
      res.status(403).send(`my page: ${error.code}`)
    }) as express.ErrorRequestHandler)
    expect((await request(app).get('/doctors')).text).toBe('my page: CIS2_FORBIDDEN')
  })

  it('tells the audit stream', async () => {
    const events: Cis2Event[] = []
    await nurse({ onEvent: (event) => events.push(event) }).get('/doctors')
    expect(events).toEqual([expect.objectContaining({ type: 'access.refused', sub: NURSE.sub })])
  })

  it('supplies req.cis2', async () => {
    const now = NURSE.authenticatedAt + 60
    const { body } = (await nurse({ clock: () => now * 1000 }).get('/cis2')) as { body: unknown }
    expect(body).toEqual({
      store: 'ok',
      session: {
        signedInAt: NURSE.authenticatedAt,
        idleExpiresAt: now + 900,
        absoluteExpiresAt: NURSE.authenticatedAt + 43_200,
      },
      tokens: { idToken: 'fake-id-token', accessToken: 'fake-access-token' },
    })
  })

  it('judges the age of the authentication by the clock it is given', async () => {
    const auth = fakeCis2Auth(NURSE, { clock: () => (NURSE.authenticatedAt + 61) * 1000 })
    const app = express()
      .use(auth)
      .get('/fresh', requireCis2({ maxAuthAgeSeconds: 60 }))
    expect((await request(app).get('/fresh')).body).toMatchObject({ code: 'CIS2_STEP_UP_REQUIRED' })
  })

  it('signs out for the request in which it happens', async () => {
    const app = appWith(fakeCis2Auth(NURSE))
    expect((await request(app).post('/leave')).body).toEqual({ user: null })
    expect((await request(app).get('/me')).status).toBe(200)
  })

  it('sends signIn and changeRole to an address that does not exist', async () => {
    const location = (await nurse().get('/again')).headers.location ?? ''
    expect(location).toMatch(/^https:\/\/fake-cis2\.invalid\/authorize\?client_id=fake&response_type=code&/)
    expect(new URL(location).searchParams.get('acr_values')).toBe('AAL3_ANY')
    const changed = (await nurse().get('/other-role')).headers.location ?? ''
    expect(new URL(changed).searchParams.get('scope')).toMatch(/ changedrole$/)
  })

  it('keeps the application its own session data', async () => {
    const agent = request.agent(appWith(fakeCis2Auth(NURSE)))
    await agent.get('/visits')
    expect((await agent.get('/visits')).body).toBe(2)
  })

  it('answers the routes of cis2Auth', async () => {
    expect((await nurse().get('/session')).body).toMatchObject({ signedIn: true })
    const out = await nurse({ idpLogout: true }).post('/logout')
    expect(out.status).toBe(303)
    expect(out.headers.location).toMatch(/^https:\/\/fake-cis2\.invalid\/end-session\?id_token_hint=fake-id-token&/)
    expect((await nurse().get('/.well-known/jwks.json')).status).toBe(404)
    const token = await nurse().post('/backchannel-logout').type('form').send({ logout_token: 'a.b.c' })
    expect(token.status).toBe(400)
  })

  it('signs nobody in by a callback', async () => {
    const agent = request.agent(appWith(fakeCis2Auth()))
    const login = await agent.get('/login')
    const state = new URL(login.headers.location ?? '').searchParams.get('state') ?? ''
    const answer = await agent.get(`/callback?code=1&state=${encodeURIComponent(state)}`)
    expect(answer.body).toMatchObject({ status: 400, code: 'CIS2_SIGN_IN_REFUSED' })
  })

  it('has the members of cis2Auth', async () => {
    const auth = fakeCis2Auth(NURSE)
    await auth.ready()
    expect((await auth.health()).status).toBe('ok')
    expect(await auth.endSessions({ sub: NURSE.sub })).toBe(0)
    await auth.close()
  })

  it('must be mounted at the root, as cis2Auth must', async () => {
    const app = express().use('/below', fakeCis2Auth(NURSE))
    app.use(((error: { code: string }, _req, res, _next) => {
      res.status(500).send(error.code)
    }) as express.ErrorRequestHandler)
    expect((await request(app).get('/below/me')).text).toBe('CIS2_MOUNT')
  })
})

describe('fakeCis2Auth without a user', () => {
  const app = appWith(fakeCis2Auth())

  it('answers a program 401', async () => {
    expect((await request(app).get('/me')).body).toMatchObject({ status: 401, code: 'CIS2_NOT_SIGNED_IN' })
  })

  it('sends a page navigation to sign in', async () => {
    const answer = await request(app).get('/me').set(NAVIGATION)
    expect(answer.headers.location).toBe('/login?returnTo=%2Fme')
  })

  it('says so at /session', async () => {
    expect((await request(app).get('/session')).body).toEqual({ signedIn: false })
  })
})

describe('fakeCis2Auth refuses', () => {
  it.each([[{ role: 'R8001' }], [null], ['Ngozi']])('%j in place of a user', (user) => {
    expect(thrownBy(() => fakeCis2Auth(user as never))).toMatchObject({
      code: 'CIS2_CONFIG',
      problems: ['fakeCis2Auth() takes a user, as aUser({ … }) makes one, or nothing'],
    })
  })

  it('an option that does not exist', () => {
    const misspelt: object = { erors: 'next' }
    expect(thrownBy(() => fakeCis2Auth(NURSE, misspelt))).toMatchObject({ code: 'CIS2_CONFIG' })
  })
})
