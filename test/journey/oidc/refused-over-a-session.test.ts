/**
 * What a hostile provider sends, through the whole middleware: a first sign-in signs nobody in, and a step-up leaves
 * the session that it was to strengthen as it was.
 */
import type { ScriptedProvider } from '../../support/app/scripted-provider.js'
import { createProviderKey, signJwt, type Claims, type Script } from '../../support/app/scripted-provider.js'
import { withProviderAndApp } from '../../support/app/provider-and-app.js'
import type { TestApp } from '../../support/app/start-app.js'
import { without } from '../../support/without.js'

let provider: ScriptedProvider
let app: TestApp

withProviderAndApp((both) => {
  ;({ provider, app } = both)
})

beforeEach(() => {
  provider.reset()
  app.events.length = 0
})

interface Spoiled {
  readonly name: string
  readonly reason: string
  readonly status?: number
  /** Calls to UserInfo: none once the ID token is bad. */
  readonly userInfo?: number
  readonly script: Partial<Script>
}

const claims = (change: (honest: Claims) => unknown): Partial<Script> => ({ idTokenClaims: change })
const tokens = (change: (honest: Claims) => unknown): Partial<Script> => ({ tokenResponse: change })

const SPOILED: Spoiled[] = [
  { name: 'HOP-1 a forged signature', reason: 'signature', script: { idToken: forged } },
  { name: 'HOP-3 no signature', reason: 'signature', script: { idToken: (token) => token.replace(/\.[^.]*$/, '.') } },
  { name: 'HOP-11 an odd kid', reason: 'signature', script: { idTokenHeader: () => ({ kid: '../../etc/passwd' }) } },
  { name: 'HOP-15 another issuer', reason: 'issuer', script: claims((c) => ({ ...c, iss: `${String(c.iss)}/` })) },
  { name: 'HOP-16 no sub', reason: 'claims', script: claims((c) => without(c, 'sub')) },
  { name: 'HOP-17 another audience', reason: 'audience', script: claims((c) => ({ ...c, aud: [c.aud, 'other'] })) },
  { name: 'HOP-19 another azp', reason: 'audience', script: claims((c) => ({ ...c, azp: 'other' })) },
  { name: 'HOP-20 an exp in the past', reason: 'expiry', script: claims((c) => ({ ...c, exp: Number(c.iat) - 60 })) },
  { name: 'HOP-21 an old iat', reason: 'expiry', script: claims((c) => ({ ...c, iat: Number(c.iat) - 400 })) },
  { name: 'HOP-23 another nonce', reason: 'nonce', script: claims((c) => ({ ...c, nonce: `${String(c.nonce)}1` })) },
  { name: 'HOP-24 no ID token', reason: 'token-response', script: tokens((t) => without(t, 'id_token')) },
  {
    name: 'HOP-30 AAL-5 an old authentication',
    reason: 'auth-time',
    status: 403,
    script: claims((c) => ({ ...c, auth_time: Number(c.auth_time) - 400 })),
  },
  { name: 'HOP-31 a wrong at_hash', reason: 'claims', script: claims((c) => ({ ...c, at_hash: 'x' })) },
  {
    name: 'HOP-32 AAL-1 a lower level',
    reason: 'assurance',
    status: 403,
    script: claims((c) => ({ ...c, authentication_assurance_level: '2' })),
  },
  {
    name: 'HOP-33 UserInfo of somebody else',
    reason: 'userinfo-subject',
    userInfo: 1,
    script: { userInfoClaims: (honest) => ({ ...honest, sub: '555000000000' }) },
  },
  { name: 'HOP-34 UserInfo as a list', reason: 'userinfo', userInfo: 1, script: { userInfoClaims: () => [] } },
  { name: 'HOP-37 another token type', reason: 'token-response', script: tokens((t) => ({ ...t, token_type: 'mac' })) },
  { name: 'HOP-39 an error beside tokens', reason: 'token-response', script: tokens((t) => ({ ...t, error: 'x' })) },
  {
    name: 'CLM-3 UserInfo of a hundred thousand characters',
    reason: 'too-large',
    userInfo: 1,
    script: { userInfoClaims: (honest) => ({ ...honest, name: 'n'.repeat(100_000) }) },
  },
]

async function forged(_honest: string, spoiled: Claims): Promise<string> {
  return signJwt(spoiled, await createProviderKey('RS256', provider.key.kid))
}

describe.each(SPOILED)('$name', ({ reason, status = 400, userInfo = 0, script }) => {
  it('signs nobody in', async () => {
    Object.assign(provider.script, script)
    const browser = app.browser()
    const answer = await browser.request(await app.callbackAddress(browser))
    expect(answer).toMatchObject({ status })
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.json()).toMatchObject({ code: 'CIS2_SIGN_IN_REFUSED', reason })
    expect(provider.requestsTo('/access_token')).toHaveLength(1)
    expect(provider.requestsTo('/userinfo')).toHaveLength(userInfo)
    expect(await app.whoAmI(browser)).toBeUndefined()
    expect(app.eventsOf('sign-in.refused')).toMatchObject([{ reason }])
  })

  it('leaves a session alone that it was to strengthen', async () => {
    const browser = await app.signedIn()
    const before = await app.whoAmI(browser)
    provider.requests.length = 0
    Object.assign(provider.script, script)
    const answer = await app.signIn(browser, '/login?aal=3&maxAge=60')
    expect(answer.status).toBe(status)
    expect(provider.requestsTo('/userinfo')).toHaveLength(userInfo)
    expect(await app.whoAmI(browser)).toEqual(before)
    expect(app.eventsOf('step-up.refused')).toMatchObject([{ reason }])
    expect(app.eventsOf('session.ended')).toEqual([])
  })
})

it('HOP-27 a token response of another sign-in signs nobody in as somebody else', async () => {
  const [one, other] = [app.browser(), app.browser()]
  const stolen: Claims[] = []
  provider.script.tokenResponse = (honest) => {
    stolen.push(honest)
    return stolen[0]
  }
  expect((await app.signIn(one)).status).toBe(303)
  const answer = await other.request(await app.callbackAddress(other))
  expect(answer.json()).toMatchObject({ reason: 'nonce' })
  expect(await app.whoAmI(other)).toBeUndefined()
  expect(await app.whoAmI(one)).toBeDefined()
})
