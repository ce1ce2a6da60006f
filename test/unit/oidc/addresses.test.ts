import { createHash } from 'node:crypto'

import { startFakeOp, type FakeOp } from './fake-op.js'
import { authorizationRequest, displayAs, providerFor, signIn, type TestProvider } from './support.js'

let op: FakeOp
let provider: TestProvider

beforeAll(async () => {
  op = await startFakeOp()
  provider = providerFor(op)
  await provider.ready()
})

afterAll(async () => {
  provider.close()
  await op.stop()
})

beforeEach(() => {
  op.reset()
})

describe('the authorization address', () => {
  it('LIN-1 OIDF-32 CB-22 has exactly the parameters that were asked for, always state, nonce and S256', async () => {
    const request = authorizationRequest({ scope: 'openid profile', maxAgeSeconds: 60 })
    const url = new URL(await provider.buildAuthorizationUrl(request))
    expect(url.origin + url.pathname).toBe(`${op.issuer}/authorize`)
    expect([...url.searchParams.keys()].sort()).toEqual(
      [
        'acr_values',
        'client_id',
        'code_challenge',
        'code_challenge_method',
        'max_age',
        'nonce',
        'prompt',
        'redirect_uri',
        'response_type',
        'scope',
        'state',
      ].sort(),
    )
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: op.clientId,
      redirect_uri: request.redirectUri,
      scope: 'openid profile',
      state: request.state,
      nonce: request.nonce,
      prompt: 'login',
      max_age: '60',
      acr_values: 'AAL3_ANY',
      code_challenge_method: 'S256',
      code_challenge: createHash('sha256')
        .update(request.codeVerifier ?? '')
        .digest('base64url'),
    })
    expect(url.href).not.toContain(request.codeVerifier)
  })

  it('leaves out prompt, max_age and PKCE where they are not wanted', async () => {
    const request = authorizationRequest({ prompt: undefined, codeVerifier: undefined })
    const { searchParams } = new URL(await provider.buildAuthorizationUrl(request))
    for (const name of ['prompt', 'max_age', 'code_challenge', 'code_challenge_method']) {
      expect(searchParams.has(name)).toBe(false)
    }
  })

  it('CB-23 sends S256 although discovery says nothing of PKCE', async () => {
    expect(op.usualDiscovery()).not.toHaveProperty('code_challenge_methods_supported')
    expect(await provider.buildAuthorizationUrl(authorizationRequest())).toContain('code_challenge_method=S256')
  })

  it('begins with the scheme as it is displayed, in capitals too: schemes have no case', async () => {
    const displayed = `${op.issuer}/authorize`.replace('http:', 'HTTP:')
    op.answers.discovery = (usual) => ({ body: { ...usual, authorization_endpoint: displayed } })
    const shown = providerFor(op)
    expect(await shown.buildAuthorizationUrl(authorizationRequest())).toMatch(/^HTTP:/)
    shown.close()
  })

  it('writes a space as %20, and the endpoint as CIS2 displays it', async () => {
    const display = displayAs(op, 'https://am.example.test:443')
    const shown = providerFor(op, { issuer: 'https://am.example.test/realm', fetch: display.fetch })
    const address = await shown.buildAuthorizationUrl(authorizationRequest({ scope: 'openid profile' }))
    expect(address).toMatch(/^https:\/\/am\.example\.test:443\/realm\/authorize\?/)
    expect(address).toContain('scope=openid%20profile')
    shown.close()
  })

  it('keeps a query that the endpoint has of its own', async () => {
    op.answers.discovery = (usual) => ({ body: { ...usual, authorization_endpoint: `${op.issuer}/authorize?a=b` } })
    const other = providerFor(op)
    const { searchParams } = new URL(await other.buildAuthorizationUrl(authorizationRequest()))
    expect(searchParams.get('a')).toBe('b')
    expect(searchParams.get('client_id')).toBe(op.clientId)
    other.close()
  })

  it('has the only foreign origin that we redirect to, once it is known', async () => {
    expect(provider.authorizationOrigin()).toBe(op.origin)
    op.answers.discovery = () => ({ status: 500 })
    const blind = providerFor(op)
    await expect(blind.ready()).rejects.toMatchObject({ code: 'CIS2_PROVIDER_UNAVAILABLE' })
    expect(blind.authorizationOrigin()).toBeUndefined()
    blind.close()
  })
})

describe('the end-session address', () => {
  const request = { idToken: 'a.b.c', postLogoutRedirectUri: 'https://clinic.example.nhs.uk/', state: 's' }

  it('OIDF-50 carries hint, landing page and state', () => {
    const url = new URL(provider.buildEndSessionUrl(request) ?? '')
    expect(url.origin + url.pathname).toBe(`${op.issuer}/connect/endSession`)
    expect(Object.fromEntries(url.searchParams)).toEqual({
      id_token_hint: 'a.b.c',
      post_logout_redirect_uri: 'https://clinic.example.nhs.uk/',
      state: 's',
      client_id: op.clientId,
    })
  })

  it('RPL-7 drops a hint that would make it longer than 8 KB', () => {
    const address = provider.buildEndSessionUrl({ ...request, idToken: 'x'.repeat(9000) }) ?? ''
    expect(address.length).toBeLessThan(8 * 1024)
    expect(new URL(address).searchParams.has('id_token_hint')).toBe(false)
    expect(new URL(address).searchParams.get('state')).toBe('s')
  })

  it('RPL-6 is undefined where CIS2 has none, or before anything is known', async () => {
    op.answers.discovery = (usual) => ({ body: { ...usual, end_session_endpoint: undefined } })
    const without = providerFor(op)
    expect(without.buildEndSessionUrl(request)).toBeUndefined()
    await without.ready()
    expect(without.buildEndSessionUrl(request)).toBeUndefined()
    await expect(signIn(without, op)).resolves.toBeDefined()
    without.close()
  })
})
