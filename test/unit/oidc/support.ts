/** A configuration, a provider and a whole sign-in, for the tests of this folder. */
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'

import type { Cis2Event } from '../../../src/events.js'
import type { Cis2Config, ParsedSigningKey } from '../../../src/options/cis2-config.js'
import { createProvider } from '../../../src/oidc/create-provider.js'
import type { AuthorizationRequest, Provider, SignInExpectation, VerifiedSignIn } from '../../../src/oidc/provider.js'
import type { FakeOp } from './fake-op.js'

export const REDIRECT_URI = 'https://clinic.example.nhs.uk/callback'

export function configFor(op: { issuer: string; clientId: string }, changes: Partial<Cis2Config> = {}): Cis2Config {
  return {
    issuer: op.issuer,
    clientId: op.clientId,
    clientAuthentication: { method: 'client_secret_post', clientSecret: 'canary-secret' },
    baseUrl: { origin: 'https://clinic.example.nhs.uk', path: '', secure: true },
    aal: 3,
    acrValues: { 1: 'AAL1_USERPASS', 2: 'AAL2_OR_AAL3_ANY', 3: 'AAL3_ANY' },
    identityAssuranceLevel: 3,
    scopes: 'openid profile',
    prompt: 'login',
    maxAuthAgeSeconds: 300,
    pkce: true,
    userInfo: 'any',
    idTokenAlgorithms: ['RS256'],
    routes: {
      login: '/login',
      callback: '/callback',
      logout: '/logout',
      changeRole: '/change-role',
      backChannelLogout: '/backchannel-logout',
      jwks: '/.well-known/jwks.json',
      session: '/session',
    },
    defaultReturnPath: '/',
    postLogoutPath: '/',
    idpLogout: false,
    session: {
      secrets: ['x'.repeat(32)],
      redis: 'memory',
      redisCredentials: undefined,
      idleTimeoutSeconds: 900,
      absoluteTimeoutSeconds: 43200,
      onePerUser: false,
      confirmReplicas: 'off',
      cookieName: 'c',
      signInCookiePrefix: 's',
      keyPrefix: 'k',
    },
    nhsApi: undefined,
    allowedEndpointOrigins: [],
    logoutTokenType: 'any',
    errors: 'respond',
    onEvent: undefined,
    onSignIn: undefined,
    fetch: globalThis.fetch,
    timeoutSeconds: 5,
    clockToleranceSeconds: 30,
    clock: Date.now,
    ...changes,
  }
}

export interface TestProvider extends Provider {
  readonly config: Cis2Config
  readonly events: Omit<Cis2Event, 'at'>[]
}

export function providerFor(op: { issuer: string; clientId: string }, changes: Partial<Cis2Config> = {}): TestProvider {
  const events: Omit<Cis2Event, 'at'>[] = []
  const config = configFor(op, changes)
  const provider = createProvider(config, (event) => events.push(event))
  // The getter of `issuer` must stay one.
  return Object.defineProperties({ config, events } as TestProvider, Object.getOwnPropertyDescriptors(provider))
}

export function authorizationRequest(changes: Partial<AuthorizationRequest> = {}): AuthorizationRequest {
  return {
    state: randomBytes(16).toString('base64url'),
    nonce: randomBytes(16).toString('base64url'),
    codeVerifier: randomBytes(32).toString('base64url'),
    redirectUri: REDIRECT_URI,
    scope: 'openid profile',
    acrValues: 'AAL3_ANY',
    prompt: 'login',
    maxAgeSeconds: undefined,
    ...changes,
  }
}

export const EXPECTED: SignInExpectation = { redirectUri: REDIRECT_URI, aal: 3, maxAuthAgeSeconds: 300 }

/** A sign-in as the callback route does it. */
export async function signIn(
  provider: Provider,
  op: FakeOp,
  options: {
    expected?: Partial<SignInExpectation>
    request?: Partial<AuthorizationRequest>
    query?: (usual: URLSearchParams) => URLSearchParams | string
  } = {},
): Promise<VerifiedSignIn> {
  const request = authorizationRequest(options.request)
  await provider.buildAuthorizationUrl(request)
  op.nonce = request.nonce
  const usual = new URLSearchParams({
    code: 'canary-code',
    state: request.state,
    iss: op.issuer,
    client_id: op.clientId,
  })
  const query = String(options.query?.(usual) ?? usual)
  return provider.redeemCallback(query, request, { ...EXPECTED, ...options.expected })
}

/** Made once: a key takes longer than a sign-in. */
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

export function parsedKey(kid: string, changes: Partial<ParsedSigningKey> = {}): ParsedSigningKey {
  const publicJwk = createPublicKey(privateKey).export({ format: 'jwk' })
  return {
    kid,
    alg: 'RS512',
    notBefore: undefined,
    publicJwk: { ...publicJwk, kid, alg: 'RS512', use: 'sig' },
    privateKey,
    sign: undefined,
    ...changes,
  }
}

/** Makes a provider show itself under another origin than the one it listens on, as CIS2 does with `:443`. */
export function displayAs(op: FakeOp, origin: string) {
  const called: string[] = []
  const show = (text: string) => text.replaceAll(op.origin, origin)
  op.answers.discovery = (usual) => ({ body: show(JSON.stringify(usual)) })
  op.claims = { ...op.claims, iss: show(op.issuer) }
  const { hostname } = new URL(origin)
  return {
    /** Addresses as we were asked to call them. */
    called,
    fetch: (address: string | URL | Request, init?: RequestInit): Promise<Response> => {
      const text = address instanceof Request ? address.url : address.toString()
      called.push(text)
      return fetch(text.replace(new RegExp(`^https://${hostname}(?::443)?`), op.origin), init)
    },
    query: (usual: URLSearchParams): URLSearchParams => {
      usual.set('iss', show(op.issuer))
      return usual
    },
  }
}

/** Waits until a condition holds, looking again at each turn of the event loop. */
export async function until(condition: () => boolean, milliseconds = 15_000): Promise<void> {
  const end = performance.now() + milliseconds
  while (!condition()) {
    if (performance.now() > end) throw new Error('the condition did not come true')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
