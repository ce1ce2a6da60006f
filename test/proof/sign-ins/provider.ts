/** A provider that keeps every sign-in apart: each is answered by its own script, and what was sent is kept for the judge. */
import { createHash, createHmac, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JWK } from 'jose'

export type Claims = Record<string, unknown>

/** How a token is signed: honestly, or by whoever has no right to. */
export type Signer =
  'own' | 'second' | 'stranger' | 'none' | 'HS256 by public key' | 'HS256 by secret' | 'RS512' | 'PS256'

export interface Person {
  readonly sub: string
  readonly idToken: Claims
  readonly userInfo: Claims
}

/** What is changed on the way from the provider; each is given the honest value. */
export interface ProviderScript {
  idTokenHeader: (honest: Claims) => Claims
  idTokenClaims: (honest: Claims) => unknown
  idToken: (honest: string) => string
  signer: Signer
  tokenResponse: (honest: Claims) => unknown
  tokenText: (honest: string) => string
  tokenAnswer: { status: number; type: string }
  userInfoClaims: (honest: Claims) => unknown
  userInfoText: (honest: string) => string
  userInfoAnswer: { status: number; type: string }
  signsUserInfo: boolean
  userInfoSigner: Signer
}

/** One sign-in, as the provider has seen and answered it. */
export interface Flow {
  readonly person: Person
  readonly script: ProviderScript
  /** What the application asked for, before anybody changed it. */
  readonly asked: URLSearchParams
  /** What reached the provider. */
  received?: URLSearchParams
  code?: string
  /** The name of the session at the provider, unless somebody changes it. */
  readonly sid: string
  token?: { readonly text: string; readonly status: number; readonly type: string }
  userInfo?: { readonly text: string; readonly status: number; readonly type: string }
}

export const CLIENT_ID = 'proof-client'
export const CLIENT_SECRET = 'a-secret-of-the-client-that-is-long'
const PATH = '/openam/oauth2/realms/root'

interface Key {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly jwk: JWK
  readonly pem: string
}

function createKey(kid: string): Key {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = { ...(publicKey.export({ format: 'jwk' }) as JWK), kid, alg: 'RS256', use: 'sig' }
  return { kid, privateKey, jwk, pem: publicKey.export({ format: 'pem', type: 'spki' }) as string }
}

const KEYS = { own: createKey('own+key/1='), second: createKey('second'), stranger: createKey('own+key/1=') }

export class ProofProvider {
  readonly #server: Server
  readonly #flows = new Map<string, Flow>()
  readonly #codes = new Map<string, Flow>()
  readonly #accessTokens = new Map<string, Flow>()
  /** What each `issuer` path publishes, where it is not the honest thing. */
  readonly #documents = new Map<
    string,
    { metadata: (honest: Claims) => unknown; jwks: (honest: { keys: JWK[] }) => unknown }
  >()
  #seconds = 0

  private constructor() {
    this.#server = createServer((req, res) => {
      this.#answer(req, res).catch((error: unknown) => {
        json(res, 500, { error: String(error) })
      })
    })
    this.#server.keepAliveTimeout = 60_000
  }

  static async start(): Promise<ProofProvider> {
    const provider = new ProofProvider()
    await new Promise<void>((resolve) => provider.#server.listen(0, '127.0.0.1', resolve))
    return provider
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get issuer(): string {
    return this.origin + PATH
  }

  get keys(): JWK[] {
    return [KEYS.second.jwk, KEYS.own.jwk]
  }

  /** Everything of earlier sign-ins is forgotten. */
  forget(seconds: number): void {
    this.#seconds = seconds
    for (const map of [this.#flows, this.#codes, this.#accessTokens, this.#documents]) map.clear()
  }

  /** An issuer of this server whose documents are spoiled. */
  spoiledIssuer(
    name: string,
    metadata: (honest: Claims) => unknown,
    jwks: (honest: { keys: JWK[] }) => unknown,
  ): string {
    this.#documents.set(`/${name}`, { metadata, jwks })
    return `${this.issuer}/${name}`
  }

  /** What the sign-in with this `state` is answered with. */
  expect(flow: Flow): void {
    this.#flows.set(flow.asked.get('state') ?? '', flow)
  }

  sign(header: Claims, claims: unknown, signer: Signer): string {
    const key = KEYS[signer === 'second' || signer === 'stranger' ? signer : 'own']
    const alg = algorithmOf(signer)
    const typ = { typ: 'JWT', kid: key.kid, alg }
    const input = `${encode({ ...typ, ...header })}.${encode(claims)}`
    return `${input}.${signatureOf(input, signer, key)}`
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? '/', this.origin)
    const path = url.pathname.replace(PATH, '')
    const spoiled = path.replace(/\/(?:\.well-known|connect|authorize|access_token|userinfo).*$/, '')
    const own = path.slice(spoiled.length)
    const documents = this.#documents.get(spoiled)
    switch (own) {
      case '/.well-known/openid-configuration': {
        const honest = this.#metadata(this.issuer + spoiled)
        json(res, 200, documents === undefined ? honest : documents.metadata(honest))
        return
      }
      case '/connect/jwk_uri': {
        const honest = { keys: this.keys }
        json(res, 200, documents === undefined ? honest : documents.jwks(honest))
        return
      }
      case '/authorize':
        this.#authorize(url.searchParams, res, this.issuer + spoiled)
        return
      case '/access_token':
        this.#token(await formOf(req), res, this.issuer + spoiled)
        return
      case '/userinfo':
        this.#userInfo(req, res, this.issuer + spoiled)
        return
      default:
        json(res, 404, { error: 'not_found' })
    }
  }

  #metadata(issuer: string): Claims {
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
      token_endpoint_auth_methods_supported: ['client_secret_post'],
    }
  }

  /** As an honest provider: an unknown client or redirect address is told so, and nobody is sent anywhere. */
  #authorize(query: URLSearchParams, res: ServerResponse, issuer: string): void {
    // A changed `state` is answered too: the test has put the flow there under the changed one.
    const flow = this.#flows.get(query.get('state') ?? '')
    const redirectUri = query.get('redirect_uri')
    const isKnown = query.get('client_id') === CLIENT_ID && redirectUri === flow?.asked.get('redirect_uri')
    if (flow === undefined || !isKnown || query.get('response_type') !== 'code') {
      json(res, 400, { error: 'invalid_request' })
      return
    }
    const code = randomBytes(16).toString('base64url')
    flow.received = query
    flow.code = code
    this.#codes.set(code, flow)
    const answer = new URLSearchParams({ code, iss: issuer, client_id: CLIENT_ID })
    answer.set('state', query.get('state') ?? '')
    res.writeHead(302, { location: `${redirectUri ?? ''}?${answer.toString()}` }).end()
  }

  #token(form: URLSearchParams, res: ServerResponse, issuer: string): void {
    const code = form.get('code') ?? ''
    const flow = this.#codes.get(code)
    this.#codes.delete(code)
    if (flow?.received === undefined || !redeems(form, flow.received)) {
      json(res, 400, { error: 'invalid_grant' })
      return
    }
    send(res, this.#issue(flow, issuer))
  }

  /** What this sign-in is answered, or would have been: its token response. */
  wouldSend(flow: Flow, issuer: string): Claims {
    const { text } = flow.token ?? this.#issue(flow, issuer)
    const body = objectIn(text)
    const owner = this.#accessTokens.get(String(body.access_token))
    flow.userInfo ??= owner === undefined ? REFUSED : this.#userInfoOf(owner, issuer)
    return body
  }

  #issue(flow: Flow, issuer: string): NonNullable<Flow['token']> {
    const { script } = flow
    const accessToken = randomBytes(16).toString('base64url')
    const claims = script.idTokenClaims(this.#idTokenClaims(flow, accessToken, issuer))
    const idToken = script.idToken(this.sign(script.idTokenHeader({}), claims, script.signer))
    const honest = {
      access_token: accessToken,
      id_token: idToken,
      token_type: 'Bearer',
      expires_in: 3599,
      scope: 'openid',
    }
    const body = script.tokenResponse(honest)
    const sent = (body as Partial<typeof honest> | null)?.access_token
    this.#accessTokens.set(accessToken, flow)
    if (typeof sent === 'string' && !this.#accessTokens.has(sent)) this.#accessTokens.set(sent, flow)
    flow.token = { text: script.tokenText(JSON.stringify(body)), ...script.tokenAnswer }
    return flow.token
  }

  #idTokenClaims({ person, received, sid }: Flow, accessToken: string, issuer: string): Claims {
    const now = this.#seconds
    return {
      iss: issuer,
      sub: person.sub,
      aud: CLIENT_ID,
      azp: CLIENT_ID,
      exp: now + 3600,
      iat: now,
      auth_time: now - 5,
      nonce: received?.get('nonce') ?? null,
      acr: 'AAL3_ANY',
      amr: ['N3_SMARTCARD'],
      authentication_assurance_level: '3',
      id_assurance_level: '3',
      sid,
      at_hash: createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url'),
      ...person.idToken,
    }
  }

  #userInfo(req: IncomingMessage, res: ServerResponse, issuer: string): void {
    const flow = this.#accessTokens.get((req.headers.authorization ?? '').replace(/^Bearer /, ''))
    if (flow === undefined) {
      json(res, 401, { error: 'invalid_token' })
      return
    }
    flow.userInfo = this.#userInfoOf(flow, issuer)
    send(res, flow.userInfo)
  }

  #userInfoOf({ script, person }: Flow, issuer: string): NonNullable<Flow['userInfo']> {
    const signed = script.signsUserInfo ? { iss: issuer, aud: CLIENT_ID } : {}
    const claims = script.userInfoClaims({ sub: person.sub, ...signed, ...person.userInfo })
    const text = script.signsUserInfo ? this.sign({}, claims, script.userInfoSigner) : JSON.stringify(claims)
    const { status, type } = script.userInfoAnswer
    return {
      text: script.userInfoText(text),
      status,
      type: script.signsUserInfo && type === 'application/json' ? 'application/jwt' : type,
    }
  }
}

const REFUSED = { text: '{"error":"invalid_token"}', status: 401, type: 'application/json' }

function objectIn(text: string): Claims {
  try {
    return JSON.parse(text) as Claims
  } catch {
    return {}
  }
}

/** RFC 7636, section 4.6, and RFC 6749, section 4.1.3. */
function redeems(form: URLSearchParams, received: URLSearchParams): boolean {
  const challenge = createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url')
  return (
    form.get('redirect_uri') === received.get('redirect_uri') &&
    (received.get('code_challenge') ?? challenge) === challenge &&
    form.get('client_secret') === CLIENT_SECRET
  )
}

function algorithmOf(signer: Signer): string {
  if (signer === 'none' || signer === 'RS512' || signer === 'PS256') return signer
  return signer.startsWith('HS256') ? 'HS256' : 'RS256'
}

function signatureOf(input: string, signer: Signer, key: Key): string {
  switch (signer) {
    case 'none':
      return ''
    case 'HS256 by public key':
      return createHmac('sha256', key.pem).update(input).digest('base64url')
    case 'HS256 by secret':
      return createHmac('sha256', CLIENT_SECRET).update(input).digest('base64url')
    case 'RS512':
      return sign('sha512', Buffer.from(input), key.privateKey).toString('base64url')
    case 'PS256':
      return sign('sha256', Buffer.from(input), { key: key.privateKey, padding: 6, saltLength: 32 }).toString(
        'base64url',
      )
    default:
      return sign('sha256', Buffer.from(input), key.privateKey).toString('base64url')
  }
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

async function formOf(req: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = []
  for await (const chunk of req) chunks.push(chunk as Buffer)
  return new URLSearchParams(Buffer.concat(chunks).toString())
}

function send(res: ServerResponse, { text, status, type }: { text: string; status: number; type: string }): void {
  res.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(text)
}

function json(res: ServerResponse, status: number, body: unknown): void {
  send(res, { text: JSON.stringify(body), status, type: 'application/json' })
}
