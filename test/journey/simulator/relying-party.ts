/** Relying parties made of openid-client alone: one that checks what CIS2 asks for, one that leaves it at the defaults. */
import { createHash } from 'node:crypto'

import { exportJWK, generateKeyPair, type CryptoKey } from 'jose'
import * as client from 'openid-client'

import type { Simulator, SimulatorClient } from 'express-cis2/simulator'
import { type Browser, openBrowser } from './browser.js'

export const REDIRECT_URI = 'https://clinic.example/callback'
export const SCOPE = 'openid profile email nhsperson nationalrbacaccess associatedorgs selectedrole'
export const NURSE = '555000000101'
/** With its port, as CIS2 displays it; reached through `simulator.fetch`. */
export const ISSUER = 'https://am.sim.example:443/openam/oauth2/realms/root/realms/NHSIdentity/realms/Healthcare'
const CLIENT_ID = 'a-client'
const KID = 'a-key'

/** A key pair, and the client that is registered with it. */
export interface Registration {
  readonly privateKey: CryptoKey
  readonly client: SimulatorClient
}

export async function makeRegistration(more: Partial<SimulatorClient> = {}): Promise<Registration> {
  const { privateKey, publicKey } = await generateKeyPair('RS512', { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid: KID, use: 'sig', alg: 'RS512' }
  return {
    privateKey,
    client: {
      clientId: CLIENT_ID,
      redirectUris: [REDIRECT_URI],
      tokenEndpointAuthMethod: 'private_key_jwt',
      jwks: { keys: [jwk] },
      ...more,
    },
  }
}

export interface SignedIn {
  readonly claims: client.IDToken
  readonly tokens: client.TokenEndpointResponse
  readonly userInfo: client.UserInfoResponse
}

export interface SignInDetails {
  readonly user?: string
  readonly authenticator?: string
  readonly role?: string
  /** Over and beside the usual parameters of the authorization request. */
  readonly parameters?: Record<string, string>
  readonly browser?: Browser
}

export interface RelyingParty {
  readonly config: client.Configuration
  signIn(details?: SignInDetails): Promise<SignedIn>
}

interface Settings {
  readonly simulator: Simulator
  readonly registration: Registration
  /** Checks everything; otherwise openid-client as it comes, told CIS2's audience and no more. */
  readonly strict: boolean
  /** How long it waits for an answer. Default: as openid-client does. */
  readonly timeoutSeconds?: number
}

/** Discovers, as an application does when it starts. */
export async function startRelyingParty({
  simulator,
  registration,
  strict,
  timeoutSeconds = 30,
}: Settings): Promise<RelyingParty> {
  const { issuer } = simulator
  const authentication = client.PrivateKeyJwt(
    { key: registration.privateKey, kid: KID },
    {
      [client.modifyAssertion]: (_header, payload) => {
        payload.aud = `${issuer}/access_token`
        delete payload.nbf
      },
    },
  )
  const metadata = {
    id_token_signed_response_alg: 'RS256',
    ...(registration.client.userInfo === 'signed' ? { userinfo_signed_response_alg: 'RS256' } : {}),
  }
  const config = await client.discovery(new URL(issuer), CLIENT_ID, strict ? metadata : {}, authentication, {
    [client.customFetch]: async (url, options) => {
      const answer = await simulator.fetch(url, options as RequestInit)
      assertThat(!strict || Number(answer.headers.get('content-length')) < 1_000_000, 'length')
      return answer
    },
    timeout: timeoutSeconds,
  })
  if (strict) await checkMetadata(config, simulator)
  if (strict) client.enableNonRepudiationChecks(config)
  return {
    config,
    async signIn(details = {}) {
      const pending = await begin(config, details.parameters)
      const back = await throughBrowser(pending.address, { browser: openBrowser(simulator), ...details })
      return finish(config, new URL(back), pending, strict)
    },
  }
}

interface Pending {
  readonly address: string
  readonly codeVerifier: string
  readonly state: string
  readonly nonce: string
}

async function begin(config: client.Configuration, more: Record<string, string> = {}): Promise<Pending> {
  const codeVerifier = client.randomPKCECodeVerifier()
  const [state, nonce] = [client.randomState(), client.randomNonce()]
  const address = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: SCOPE,
    state,
    nonce,
    prompt: 'login',
    acr_values: 'AAL3_ANY',
    code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    ...more,
  })
  return { address: address.href, codeVerifier, state, nonce }
}

/** From the authorization request to the address that the browser is sent back to. */
async function throughBrowser(address: string, details: SignInDetails & { browser: Browser }): Promise<string> {
  const { browser, user = NURSE, authenticator = 'smartcard', role } = details
  const first = await browser.get(address)
  if (first.location?.startsWith(REDIRECT_URI)) return first.location
  const fields = { user, authenticator, action: 'sign-in', ...(role === undefined ? {} : { role }) }
  const back = await browser.post(first.location ?? '', fields)
  return back.location ?? ''
}

async function finish(config: client.Configuration, back: URL, pending: Pending, strict: boolean): Promise<SignedIn> {
  const tokens = await client.authorizationCodeGrant(config, back, {
    pkceCodeVerifier: pending.codeVerifier,
    expectedState: pending.state,
    expectedNonce: pending.nonce,
    idTokenExpected: true,
  })
  const claims = tokens.claims()
  if (!claims) throw new Error('no ID token')
  if (strict) checkIdToken(tokens, claims)
  const userInfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub)
  if (strict && userInfo.aud !== undefined) assertThat(userInfo.aud === CLIENT_ID, 'UserInfo aud')
  return { claims, tokens, userInfo }
}

/** Endpoints on the issuer's origin, and a key to verify with. */
async function checkMetadata(config: client.Configuration, simulator: Simulator): Promise<void> {
  const { issuer, token_endpoint: endpoint, jwks_uri: keySet = '' } = config.serverMetadata()
  assertThat(issuer === simulator.issuer, 'issuer')
  assertThat(endpoint === `${issuer}/access_token`, 'token endpoint')
  const { keys } = (await (await simulator.fetch(keySet)).json()) as { keys: { use?: string; kty?: string }[] }
  assertThat(
    keys.some(({ use, kty }) => use === 'sig' && kty === 'RSA'),
    'a key for signing',
  )
}

/** What openid-client leaves to its user. */
function checkIdToken(tokens: client.TokenEndpointResponse, claims: client.IDToken): void {
  const now = Date.now() / 1000
  const [header = ''] = (tokens.id_token ?? '').split('.')
  const { typ } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { typ?: string }
  assertThat(typ === undefined || typ === 'JWT', 'typ')
  assertThat(!('events' in claims), 'no events')
  assertThat([claims.aud].flat().length === 1, 'one audience')
  assertThat(claims.azp === undefined || claims.azp === CLIENT_ID, 'azp')
  assertThat(claims.sub !== '', 'sub')
  assertThat(claims.iat > now - 300 && claims.iat < now + 60, 'iat')
  assertThat(claims.exp < now + 24 * 3600, 'exp')
  const authTime = claims.auth_time ?? 0
  assertThat(authTime > now - 330 && authTime < now + 30, 'auth_time')
  assertThat(
    ['2', '3', 2, 3].some((level) => level === claims.authentication_assurance_level),
    'assurance level',
  )
  assertThat(
    ['3', 3].some((level) => level === claims.id_assurance_level),
    'identity level',
  )
  const hash = createHash('sha256').update(tokens.access_token).digest().subarray(0, 16).toString('base64url')
  assertThat(claims.at_hash === undefined || claims.at_hash === hash, 'at_hash')
}

function assertThat(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`refused: ${what}`)
}
