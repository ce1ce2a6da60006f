import express, { type Express } from 'express'

import { NAVIGATION } from '../support/app/browser.js'
import { withProviderAndApp } from '../support/app/provider-and-app.js'
import type { ScriptedProvider } from '../support/app/scripted-provider.js'
import { createProviderKey, type Claims } from '../support/app/scripted-provider.js'
import { startApp, type TestApp } from '../support/app/start-app.js'

const SUB = '555012345678'

describe('POST /backchannel-logout', () => {
  let provider: ScriptedProvider
  let app: TestApp
  let sid = ''

  withProviderAndApp((both) => {
    ;({ provider, app } = both)
  })

  beforeEach(() => {
    provider.reset()
    app.events.length = 0
    provider.script.idTokenClaims = (claims) => {
      sid = String(claims.sid)
      return claims
    }
  })

  function send(token: string, to: TestApp = app, headers: Record<string, string> = {}) {
    return to.browser().request(`${to.baseUrl}/backchannel-logout`, {
      method: 'POST',
      headers,
      body: new URLSearchParams({ logout_token: token }),
    })
  }

  it('BCL-1, BCL-29 ends the session of that sid and no other, and answers 200 with nothing', async () => {
    const other = await app.signedIn()
    const browser = await app.signedIn()
    const answer = await send(await provider.logoutToken({ sid, sub: SUB }))
    expect([answer.status, answer.body, answer.headers.get('cache-control')]).toEqual([200, '', 'no-store'])
    expect(answer.setCookies).toEqual([])
    expect(await app.whoAmI(browser)).toBeUndefined()
    expect(await app.whoAmI(other)).toBeDefined()
    expect(app.eventsOf('session.ended')).toEqual([expect.objectContaining({ reason: 'back-channel', sub: SUB })])
  })

  it('BCL-2 ends all sessions of the user when only sub is given', async () => {
    const browsers = [await app.signedIn(), await app.signedIn(), await app.signedIn()]
    expect((await send(await provider.logoutToken({ sub: SUB }))).status).toBe(200)
    for (const browser of browsers) expect(await app.whoAmI(browser)).toBeUndefined()
  })

  it('BCL-3 ends the session of a token with sid only', async () => {
    const browser = await app.signedIn()
    expect((await send(await provider.logoutToken({ sid }))).status).toBe(200)
    expect(await app.whoAmI(browser)).toBeUndefined()
  })

  it('RACE-5 leaves a sign-in alone that is newer than a sub-only token', async () => {
    const token = await provider.logoutToken({ sub: SUB }, (claims) => ({ ...claims, iat: provider.seconds() - 60 }))
    const browser = await app.signedIn()
    expect((await send(token)).status).toBe(200)
    expect(await app.whoAmI(browser)).toBeDefined()
  })

  it('BCL-6 answers 200 for a session that is gone or never was', async () => {
    expect((await send(await provider.logoutToken({ sid: 'unknown', sub: SUB }))).status).toBe(200)
  })

  it('RACE-4 refuses a sign-in whose sid was logged out while it was being completed', async () => {
    let release = () => {}
    provider.script.userInfoClaims = (claims) => claims
    const browser = app.browser()
    const address = await app.callbackAddress(browser)
    const gate = new Promise<void>((resolve) => (release = resolve))
    provider.script.idToken = async (honest) => {
      await gate
      return honest
    }
    const callback = browser.request(address)
    while (sid === '' || provider.requestsTo('/access_token').length === 0)
      await new Promise((next) => setImmediate(next))
    // The claims are made before the gate: the sid of this sign-in is known, its session not yet made.
    expect((await send(await provider.logoutToken({ sid, sub: SUB }))).status).toBe(200)
    release()
    const answer = await callback
    expect([answer.status, answer.json().reason]).toEqual([400, 'signed-out'])
    expect(await app.whoAmI(browser)).toBeUndefined()
  })

  it('ends the old session and completes the step-up when prompt=login made CIS2 log the old sid out', async () => {
    const browser = await app.signedIn()
    const oldSid = sid
    const address = await app.callbackAddress(browser, '/login?maxAge=60&returnTo=/strong')
    expect((await send(await provider.logoutToken({ sid: oldSid, sub: SUB }))).status).toBe(200)
    expect(await app.whoAmI(browser)).toBeUndefined()
    const answer = await browser.navigate(address)
    expect([answer.status, answer.location]).toEqual([303, `${app.baseUrl}/strong`])
    expect(await app.whoAmI(browser)).toMatchObject({ sub: SUB })
  })

  it('BCL-15 acts on a token once, also among 100 parallel copies', async () => {
    await app.signedIn()
    const token = await provider.logoutToken({ sid, sub: SUB })
    const answers = await Promise.all(Array.from({ length: 100 }, () => send(token)))
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
    expect(answers.filter((answer) => answer.status === 400)).toHaveLength(99)
    expect(app.eventsOf('session.ended')).toHaveLength(1)
    expect(app.eventsOf('back-channel-logout.refused')[0]).toMatchObject({ reason: 'replayed' })
  })

  it.each<[string, (claims: Claims) => Claims]>([
    ['BCL-4 neither sub nor sid', ({ sub: _sub, sid: _sid, ...claims }) => claims],
    ['BCL-8 iss wrong', (claims) => ({ ...claims, iss: 'https://evil.example' })],
    ['BCL-8 iss missing', ({ iss: _iss, ...claims }) => claims],
    ['BCL-8 aud wrong', (claims) => ({ ...claims, aud: 'other' })],
    ['BCL-8 aud missing', ({ aud: _aud, ...claims }) => claims],
    ['BCL-8 aud an array without us', (claims) => ({ ...claims, aud: ['other'] })],
    ['BCL-10 nonce', (claims) => ({ ...claims, nonce: 'x' })],
    ['BCL-10 nonce null', (claims) => ({ ...claims, nonce: null })],
    ['BCL-13 iat missing', ({ iat: _iat, ...claims }) => claims],
    ['BCL-13 iat a string', (claims) => ({ ...claims, iat: String(claims.iat) })],
    ['BCL-13 iat ahead', (claims) => ({ ...claims, iat: Number(claims.iat) + 90 })],
    ['BCL-13 iat old', (claims) => ({ ...claims, iat: Number(claims.iat) - 400 })],
    ['BCL-13 exp past', (claims) => ({ ...claims, exp: Number(claims.iat) - 60 })],
    ['BCL-14 jti missing', ({ jti: _jti, ...claims }) => claims],
    ['BCL-14 jti a number', (claims) => ({ ...claims, jti: 1 })],
    ['BCL-14 jti empty', (claims) => ({ ...claims, jti: '' })],
    ['BCL-14 jti of 10 KB', (claims) => ({ ...claims, jti: 'x'.repeat(10_240) })],
    ['events missing', ({ events: _events, ...claims }) => claims],
    ['events of another kind', (claims) => ({ ...claims, events: { other: {} } })],
  ])('refuses a token with %s, and ends nothing', async (_what, change) => {
    const browser = await app.signedIn()
    const answer = await send(await provider.logoutToken({ sid, sub: SUB }, change))
    expect([answer.status, answer.json()]).toEqual([400, { error: 'invalid_request' }])
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await app.whoAmI(browser)).toBeDefined()
    expect(app.eventsOf('back-channel-logout.refused')).toHaveLength(1)
  })

  it('BCL-8 accepts an audience list that holds us', async () => {
    await app.signedIn()
    const token = await provider.logoutToken({ sid }, (claims) => ({ ...claims, aud: ['other', claims.aud] }))
    expect((await send(token)).status).toBe(200)
  })

  it.each([
    ['absent', undefined, 200],
    ['JWT', 'JWT', 200],
    ['logout+jwt', 'logout+jwt', 200],
    ['application/logout+jwt', 'application/logout+jwt', 200],
    ['at+jwt', 'at+jwt', 400],
  ])('BCL-11 with typ %s', async (_what, typ, status) => {
    await app.signedIn()
    expect((await send(await provider.logoutToken({ sid }, undefined, { header: { typ } }))).status).toBe(status)
  })

  it('BCL-11 demands logout+jwt when told to', async () => {
    const strict = await startApp({ provider, options: { logoutTokenType: 'logout+jwt' } })
    await strict.signedIn()
    expect((await send(await provider.logoutToken({ sid }), strict)).status).toBe(400)
    const typed = await provider.logoutToken({ sid }, undefined, { header: { typ: 'logout+jwt' } })
    expect((await send(typed, strict)).status).toBe(200)
    await strict.stop()
  })

  it('BCL-7 refuses a signature of a stranger', async () => {
    const browser = await app.signedIn()
    const stranger = await createProviderKey('RS256', provider.key.kid)
    expect((await send(await provider.logoutToken({ sid }, undefined, { key: stranger }))).status).toBe(400)
    expect(await app.whoAmI(browser)).toBeDefined()
  })

  it.each(['GET', 'PUT', 'HEAD', 'OPTIONS'])('BCL-19 answers %s with 405', async (method) => {
    const answer = await app.browser().request(`${app.baseUrl}/backchannel-logout`, { method })
    expect([answer.status, answer.headers.get('allow'), answer.headers.get('cache-control')]).toEqual([
      405,
      'POST',
      'no-store',
    ])
  })

  it.each<[string, string, string]>([
    ['JSON', 'application/json', '{"logout_token":"x"}'],
    ['multipart', 'multipart/form-data; boundary=x', '--x--'],
    ['no token', 'application/x-www-form-urlencoded', 'other=1'],
    ['an empty token', 'application/x-www-form-urlencoded', 'logout_token='],
    ['two tokens', 'application/x-www-form-urlencoded', 'logout_token=a&logout_token=b'],
    ['more than 64 KB', 'application/x-www-form-urlencoded', `logout_token=${'a'.repeat(70_000)}`],
    ['rubbish', 'application/x-www-form-urlencoded', 'logout_token=a.b.c'],
  ])('BCL-20 refuses %s with 400', async (_what, type, body) => {
    const answer = await app.browser().request(`${app.baseUrl}/backchannel-logout?logout_token=x`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
    })
    expect([answer.status, answer.json()]).toEqual([400, { error: 'invalid_request' }])
  })

  it.each<[string, ((app: Express) => void) | undefined]>([
    ['read by the package', undefined],
    ['read by express.urlencoded, extended', (a) => a.use(express.urlencoded({ extended: true }))],
    ['read by express.urlencoded, simple', (a) => a.use(express.urlencoded({ extended: false }))],
    ['read by express.text', (a) => a.use(express.text({ type: '*/*' }))],
  ])('BCL-20 acts on neither of two good tokens in one form, %s', async (_what, before) => {
    const asked = before === undefined ? app : await startApp({ provider, before })
    const browser = await asked.signedIn()
    const tokens = [await provider.logoutToken({ sid }), await provider.logoutToken({ sub: SUB })]
    const post = (...sent: string[]) =>
      asked.browser().request(`${asked.baseUrl}/backchannel-logout`, {
        method: 'POST',
        body: new URLSearchParams(sent.map((token): [string, string] => ['logout_token', token])),
      })
    const answer = await post(...tokens)
    expect([answer.status, answer.json()]).toEqual([400, { error: 'invalid_request' }])
    expect(await asked.whoAmI(browser)).toBeDefined()
    expect(asked.eventsOf('session.ended')).toEqual([])
    // Neither was used up, either.
    expect((await post(String(tokens[0]))).status).toBe(200)
    expect(await asked.whoAmI(browser)).toBeUndefined()
    if (asked !== app) await asked.stop()
  })

  it('BCL-20 accepts a charset and ignores other parameters', async () => {
    await app.signedIn()
    const answer = await app.browser().request(`${app.baseUrl}/backchannel-logout`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' },
      body: new URLSearchParams({ a: '1', logout_token: await provider.logoutToken({ sid }), b: '2' }).toString(),
    })
    expect(answer.status).toBe(200)
  })

  it.each<[string, (app: Express) => void]>([
    ['urlencoded, extended', (a) => a.use(express.urlencoded({ extended: true }))],
    ['urlencoded, simple', (a) => a.use(express.urlencoded({ extended: false }))],
    ['raw', (a) => a.use(express.raw({ type: '*/*' }))],
    ['text', (a) => a.use(express.text({ type: '*/*' }))],
    ['json', (a) => a.use(express.json())],
    [
      'of Express 4, which leaves an empty object for what it does not read',
      (a) =>
        a.use((req, _res, next) => {
          req.body = {}
          next()
        }),
    ],
  ])('BCL-21 works behind the body parser %s', async (_what, before) => {
    const parsed = await startApp({ provider, before })
    const browser = await parsed.signedIn()
    expect((await send(await provider.logoutToken({ sid }), parsed)).status).toBe(200)
    expect(await parsed.whoAmI(browser)).toBeUndefined()
    expect((await send('', parsed)).status).toBe(400)
    await parsed.stop()
  })

  it('BCL-22 needs no cookie, takes no notice of where it comes from, and makes no session', async () => {
    const browser = await app.signedIn()
    const answer = await send(await provider.logoutToken({ sid }), app, {
      ...NAVIGATION,
      'sec-fetch-site': 'cross-site',
      origin: 'null',
    })
    expect([answer.status, answer.setCookies]).toEqual([200, []])
    expect(await app.whoAmI(browser)).toBeUndefined()
  })

  it('answers for itself when errors go to the application', async () => {
    const handing = await startApp({ provider, options: { errors: 'next' } })
    expect((await send('x', handing)).json()).toEqual({ error: 'invalid_request' })
    await handing.stop()
  })
})
