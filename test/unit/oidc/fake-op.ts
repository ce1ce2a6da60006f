/** A provider on loopback that tests can make misbehave, one answer at a time. Shares no code with `src/oidc`. */
import {
  createHash,
  createHmac,
  generateKeyPairSync,
  randomBytes,
  sign as cryptoSign,
  type KeyObject,
} from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Json = Record<string, unknown>

export interface SeenRequest {
  readonly path: string
  readonly method: string
  readonly headers: IncomingMessage['headers']
  readonly form: URLSearchParams
}

/** An object is answered as JSON with status 200. */
export interface Answer {
  readonly status?: number
  readonly headers?: Record<string, string>
  readonly body?: string | Uint8Array | Json
  /** Writes the answer itself. */
  readonly raw?: (response: ServerResponse) => void
}

type Endpoint = 'discovery' | 'jwks' | 'token' | 'userInfo'

export interface TestKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

export function rsaKey(kid: string, modulusLength = 2048): TestKey {
  return { kid, ...generateKeyPairSync('rsa', { modulusLength }) }
}

export function jwkOf({ kid, publicKey }: TestKey, members: Json = {}): Json {
  return { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', ...members }
}

export function base64url(value: string | Uint8Array | Json): string {
  const bytes = typeof value === 'string' || value instanceof Uint8Array ? value : JSON.stringify(value)
  return Buffer.from(bytes as string).toString('base64url')
}

/** Signs by hand, so that also what no library would sign can be made. */
export function signJws(header: Json, payload: Json | string | Uint8Array, key: KeyObject, hash = 'sha256'): string {
  const input = `${base64url(header)}.${base64url(payload)}`
  const signature =
    key.type === 'secret'
      ? createHmac(hash, key).update(input).digest()
      : cryptoSign(hash, Buffer.from(input), key.asymmetricKeyType === 'ec' ? { key, dsaEncoding: 'ieee-p1363' } : key)
  return `${input}.${signature.toString('base64url')}`
}

export function atHash(accessToken: string, hash = 'sha256'): string {
  const digest = createHash(hash).update(accessToken).digest()
  return digest.subarray(0, digest.length / 2).toString('base64url')
}

export interface FakeOp {
  readonly origin: string
  readonly issuer: string
  readonly clientId: string
  readonly seen: SeenRequest[]
  /** Requests to an endpoint so far. */
  count(endpoint: Endpoint): number
  /** Answers in place of the usual; each gets what would have been answered. */
  answers: Partial<Record<Endpoint, (usual: Json, request: SeenRequest) => Answer | Promise<Answer>>>
  /** Published, and the first one signs. */
  keys: TestKey[]
  /** Documents beside the usual keys. */
  extraJwks: unknown[]
  nonce: string
  now: () => number
  /** Changes to the ID token. `undefined` removes a claim. */
  claims: Json
  header: Json
  /** Makes the ID token in place of the usual signature. */
  signIdToken: ((header: Json, claims: Json) => unknown) | undefined
  userInfo: Json
  accessToken: string
  sub: string
  usualClaims(): Json
  usualDiscovery(): Json
  reset(): void
  stop(): Promise<void>
}

const PATHS: Record<Endpoint, string> = {
  discovery: '/realm/.well-known/openid-configuration',
  jwks: '/realm/connect/jwk_uri',
  token: '/realm/access_token',
  userInfo: '/realm/userinfo',
}

export async function startFakeOp(): Promise<FakeOp> {
  const firstKey = rsaKey('a/key+1=')
  const server = createServer()
  // On a busy machine a client may reuse a connection at the moment that its time is over.
  server.keepAliveTimeout = 60_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
  const op = createOp(origin, firstKey, server)
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    void serve(op, request, response)
  })
  return op
}

function createOp(origin: string, firstKey: TestKey, server: Server): FakeOp {
  const issuer = `${origin}/realm`
  const op: FakeOp = {
    origin,
    issuer,
    clientId: '999.apps.national',
    seen: [],
    answers: {},
    keys: [],
    extraJwks: [],
    nonce: '',
    now: Date.now,
    claims: {},
    header: {},
    signIdToken: undefined,
    userInfo: {},
    accessToken: '',
    sub: '555012345678',
    count: (endpoint) => op.seen.filter(({ path }) => path === PATHS[endpoint]).length,
    usualClaims() {
      const now = Math.floor(op.now() / 1000)
      return {
        iss: issuer,
        sub: op.sub,
        aud: op.clientId,
        azp: op.clientId,
        exp: now + 3600,
        iat: now,
        auth_time: now - 5,
        nonce: op.nonce,
        acr: 'AAL3_ANY',
        amr: ['N3_SMARTCARD'],
        authentication_assurance_level: '3',
        id_assurance_level: '3',
        sid: 'sid/of+the=session=',
        at_hash: atHash(op.accessToken),
        ...op.claims,
      }
    },
    usualDiscovery: () => ({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: origin + PATHS.token,
      userinfo_endpoint: origin + PATHS.userInfo,
      jwks_uri: origin + PATHS.jwks,
      end_session_endpoint: `${issuer}/connect/endSession`,
      id_token_signing_alg_values_supported: ['none', 'HS256', 'RS256', 'ES256', 'PS256'],
      version: '3.0',
    }),
    reset() {
      op.seen.length = 0
      op.answers = {}
      op.keys = [firstKey]
      op.extraJwks = []
      op.claims = {}
      op.header = {}
      op.signIdToken = undefined
      op.accessToken = `at-${randomBytes(8).toString('hex')}`
      op.userInfo = { sub: op.sub, name: 'Okafor Ngozi Ms' }
      op.now = Date.now
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }
  op.reset()
  return op
}

function idTokenOf(op: FakeOp): unknown {
  const [key] = op.keys
  if (key === undefined) return ''
  const header = { typ: 'JWT', alg: 'RS256', kid: key.kid, ...op.header }
  const claims = op.usualClaims()
  return op.signIdToken === undefined ? signJws(header, claims, key.privateKey) : op.signIdToken(header, claims)
}

function usualAnswer(op: FakeOp, endpoint: Endpoint): Json {
  switch (endpoint) {
    case 'discovery':
      return op.usualDiscovery()
    case 'jwks':
      return { keys: [...op.keys.map((key) => jwkOf(key)), ...op.extraJwks] }
    case 'token':
      return {
        access_token: op.accessToken,
        id_token: idTokenOf(op),
        token_type: 'Bearer',
        expires_in: 3599,
        scope: 'openid profile',
        nonce: op.nonce,
      }
    case 'userInfo':
      return op.userInfo
  }
}

async function serve(op: FakeOp, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const path = (request.url ?? '').split('?')[0] ?? ''
  const seen = {
    path,
    method: request.method ?? '',
    headers: request.headers,
    form: new URLSearchParams(Buffer.concat(chunks).toString()),
  }
  op.seen.push(seen)
  const endpoint = (Object.keys(PATHS) as Endpoint[]).find((name) => PATHS[name] === path)
  if (endpoint === undefined) {
    response.writeHead(404).end()
    return
  }
  const usual = usualAnswer(op, endpoint)
  send(response, (await op.answers[endpoint]?.(usual, seen)) ?? { body: usual })
}

function send(response: ServerResponse, { status = 200, headers = {}, body = '', raw }: Answer): void {
  if (raw !== undefined) {
    raw(response)
    return
  }
  const isText = typeof body === 'string' || body instanceof Uint8Array
  response.writeHead(status, { 'content-type': 'application/json;charset=UTF-8', ...headers })
  response.end(isText ? body : JSON.stringify(body))
}
