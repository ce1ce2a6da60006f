/**
 * A provider that answers whatever a test tells it to, and writes down who asked it for what.
 * It signs in one person without a page; everything it sends can be spoiled on the way.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CompactSign, exportJWK, generateKeyPair, type CryptoKey, type JWK } from 'jose'

import type { Clock } from '../test-clock.js'

export type Claims = Record<string, unknown>

export interface SigningKeyOfProvider {
  readonly kid: string
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly publicJwk: JWK
}

export async function createProviderKey(
  alg = 'RS256',
  kid = randomBytes(12).toString('base64'),
): Promise<SigningKeyOfProvider> {
  const { privateKey, publicKey } = await generateKeyPair(alg, {
    extractable: true,
    ...(alg.startsWith('RS') || alg.startsWith('PS') ? { modulusLength: 2048 } : {}),
  })
  return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

export async function signJwt(claims: unknown, key: SigningKeyOfProvider, header: Claims = {}): Promise<string> {
  const protectedHeader = { typ: 'JWT', kid: key.kid, alg: key.alg, ...header } as { alg: string }
  return new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader(protectedHeader).sign(key.privateKey)
}

/** Everything of a sign-in that a test may spoil; each gets the honest value and answers what is sent. */
export interface Script {
  metadata: (honest: Claims) => Claims
  jwks: (honest: { keys: JWK[] }) => unknown
  callback: (honest: URLSearchParams) => URLSearchParams
  idTokenClaims: (honest: Claims) => unknown
  idTokenHeader: (honest: Claims) => Claims
  /** The finished ID token's text. */
  idToken: (honest: string, claims: Claims) => string | Promise<string>
  tokenResponse: (honest: Claims) => unknown
  userInfoClaims: (honest: Claims) => unknown
  /** Takes over a request altogether; returns true when it did. */
  handle: (path: string, req: IncomingMessage, res: ServerResponse) => boolean
}

const HONEST: Script = {
  metadata: (honest) => honest,
  jwks: (honest) => honest,
  callback: (honest) => honest,
  idTokenClaims: (honest) => honest,
  idTokenHeader: (honest) => honest,
  idToken: (honest) => honest,
  tokenResponse: (honest) => honest,
  userInfoClaims: (honest) => honest,
  handle: () => false,
}

export interface ProviderRequest {
  readonly path: string
  readonly method: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly form: URLSearchParams
}

export interface Person {
  readonly sub: string
  readonly aal: unknown
  readonly identityLevel: unknown
  readonly userInfo: Claims
}

export const NURSE: Person = {
  sub: '555012345678',
  aal: '3',
  identityLevel: '3',
  userInfo: {
    name: 'Okafor Ngozi Ms',
    given_name: 'Ngozi',
    family_name: 'Okafor',
    nhsid_useruid: '555012345678',
    nhsid_user_orgs: [{ org_code: 'A99901', org_name: 'RIVERSIDE SURGERY' }],
    nhsid_nrbac_roles: [
      {
        person_orgid: '555011112222',
        person_roleid: '555098765432',
        org_code: 'A99901',
        role_name: '"Clinical":"Clinical Provision":"Nurse Access Role"',
        role_code: 'S8000:G8000:R8001',
        activities: ['Perform Prescription Preparation'],
        activity_codes: ['B0278'],
      },
    ],
  },
}

interface Grant {
  readonly nonce: string | null
  readonly person: Person
  readonly redirectUri: string
}

const REAL: Clock = { read: () => Date.now() }

export class ScriptedProvider {
  readonly clock: Clock
  readonly requests: ProviderRequest[] = []
  script: Script = { ...HONEST }
  person: Person = NURSE
  clientId = 'test-client'
  authAgeSeconds = 0
  /** UserInfo as a signed token in place of JSON. */
  signsUserInfo = false
  keys: SigningKeyOfProvider[] = []
  readonly #server: Server
  readonly #codes = new Map<string, Grant>()
  readonly #accessTokens = new Map<string, Person>()

  private constructor(clock: Clock) {
    this.clock = clock
    this.#server = createServer((req, res) => {
      this.#answer(req, res).catch((error: unknown) => {
        res.statusCode = 500
        res.end(String(error))
      })
    })
    // On a busy machine a client may reuse a connection at the moment that its time is over.
    this.#server.keepAliveTimeout = 60_000
  }

  /** @param clock - One that a test advances is the application's too: see `startApp`. */
  static async start(clock: Clock = REAL): Promise<ScriptedProvider> {
    const provider = new ScriptedProvider(clock)
    provider.keys = [await createProviderKey()]
    await new Promise<void>((resolve) => provider.#server.listen(0, '127.0.0.1', resolve))
    return provider
  }

  /** How long it says that it keeps a connection which nobody uses. */
  set secondsIdle(seconds: number) {
    this.#server.keepAliveTimeout = seconds * 1000
  }

  get issuer(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}/openam/oauth2/realms/root`
  }

  get key(): SigningKeyOfProvider {
    const key = this.keys[0]
    if (key === undefined) throw new Error('the provider has no key')
    return key
  }

  /** Honest again, and nothing on record. */
  reset(): void {
    this.script = { ...HONEST }
    this.person = NURSE
    this.authAgeSeconds = 0
    this.signsUserInfo = false
    this.requests.length = 0
  }

  requestsTo(path: string): ProviderRequest[] {
    return this.requests.filter((request) => request.path === path)
  }

  seconds(): number {
    return Math.floor(this.clock.read() / 1000)
  }

  /** A logout token as AM sends it; `change` spoils the claims, `header` the header. */
  async logoutToken(
    { sid, sub }: { sid?: string; sub?: string },
    change: (claims: Claims) => Claims = (claims) => claims,
    { header = {}, key = this.key }: { header?: Claims; key?: SigningKeyOfProvider } = {},
  ): Promise<string> {
    const claims = change({
      iss: this.issuer,
      aud: this.clientId,
      iat: this.seconds(),
      exp: this.seconds() + 120,
      jti: randomUUID(),
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
      cause: 'SESSION_IDLE_TIMEOUT',
      ...(sid === undefined ? {} : { sid }),
      ...(sub === undefined ? {} : { sub }),
    })
    return signJwt(claims, key, header)
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? '/', 'http://provider')
    const path = url.pathname.replace('/openam/oauth2/realms/root', '')
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk as Buffer)
    const form = new URLSearchParams(Buffer.concat(chunks).toString())
    this.requests.push({ path, method: req.method ?? '', query: url.searchParams, headers: req.headers, form })
    if (this.script.handle(path, req, res)) return
    switch (path) {
      case '/.well-known/openid-configuration':
        json(res, 200, this.script.metadata(this.#metadata()))
        return
      case '/connect/jwk_uri':
        json(res, 200, this.script.jwks({ keys: this.keys.map((key) => key.publicJwk) }))
        return
      case '/authorize':
        this.#authorize(url.searchParams, res)
        return
      case '/access_token':
        await this.#token(form, res)
        return
      case '/userinfo':
        await this.#userInfo(req, res)
        return
      default:
        json(res, 404, { error: 'not_found' })
    }
  }

  #metadata(): Claims {
    const { issuer } = this
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/access_token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/connect/jwk_uri`,
      end_session_endpoint: `${issuer}/connect/endSession`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256', 'ES256', 'HS256', 'PS256', 'RS512'],
      code_challenge_methods_supported: ['plain', 'S256'],
      token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    }
  }

  #authorize(query: URLSearchParams, res: ServerResponse): void {
    const code = randomBytes(16).toString('base64url')
    const redirectUri = query.get('redirect_uri') ?? ''
    this.#codes.set(code, { nonce: query.get('nonce'), person: this.person, redirectUri })
    const honest = new URLSearchParams({ code, iss: this.issuer, client_id: this.clientId })
    const state = query.get('state')
    if (state !== null) honest.set('state', state)
    res.writeHead(302, { location: `${redirectUri}?${this.script.callback(honest).toString()}` }).end()
  }

  async #token(form: URLSearchParams, res: ServerResponse): Promise<void> {
    const code = form.get('code') ?? ''
    const grant = this.#codes.get(code)
    this.#codes.delete(code)
    if (grant?.redirectUri !== form.get('redirect_uri')) {
      json(res, 400, { error: 'invalid_grant' })
      return
    }
    const accessToken = randomBytes(16).toString('base64url')
    this.#accessTokens.set(accessToken, grant.person)
    const claims = this.script.idTokenClaims(this.#idTokenClaims(grant, accessToken))
    const header = this.script.idTokenHeader({})
    const idToken = await this.script.idToken(await signJwt(claims, this.key, header), claims as Claims)
    json(
      res,
      200,
      this.script.tokenResponse({
        access_token: accessToken,
        id_token: idToken,
        token_type: 'Bearer',
        expires_in: 3599,
        scope: 'openid profile',
        nonce: grant.nonce,
      }),
    )
  }

  #idTokenClaims({ nonce, person }: Grant, accessToken: string): Claims {
    const now = this.seconds()
    return {
      iss: this.issuer,
      sub: person.sub,
      aud: this.clientId,
      azp: this.clientId,
      exp: now + 3600,
      iat: now,
      auth_time: now - this.authAgeSeconds,
      ...(nonce === null ? {} : { nonce }),
      acr: 'AAL3_ANY',
      amr: ['N3_SMARTCARD'],
      authentication_assurance_level: person.aal,
      id_assurance_level: person.identityLevel,
      selected_roleid: '555098765432',
      sid: randomBytes(32).toString('base64'),
      at_hash: createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url'),
    }
  }

  async #userInfo(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const person = this.#accessTokens.get((req.headers.authorization ?? '').replace(/^Bearer /, ''))
    if (person === undefined) {
      json(res, 401, { error: 'invalid_token' })
      return
    }
    const claims = this.script.userInfoClaims({ sub: person.sub, ...person.userInfo })
    if (!this.signsUserInfo) {
      json(res, 200, claims)
      return
    }
    res.writeHead(200, { 'content-type': 'application/jwt' }).end(await signJwt(claims, this.key))
  }
}

function json(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(body))
}
