/**
 * Client authentication at the token endpoint, as strict as CIS2: one registered method, exact audience, one-time
 * assertions.
 */
import { compactVerify, decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose'

import { type Answer, errorAnswer } from './answer.js'
import type { ClientKeys, FoundKey } from './client-keys.js'
import type { SimulatorClient, TokenEndpointAuthMethod } from './clients.js'
import { sameText } from './same-text.js'

/** A client that proved itself, or what it is told and the true reason. */
export type Authenticated =
  | { readonly client: SimulatorClient }
  | { readonly answer: Answer; readonly refusal: string; readonly client?: undefined }

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const LONGEST_LIFE_SECONDS = 300
const ASYMMETRIC = /^(RS|PS|ES)(256|384|512)$/
const SYMMETRIC = /^HS(256|384|512)$/

/** What the client sent. */
interface Attempt {
  readonly form: URLSearchParams
  readonly authorization: string | undefined
  /** The sign-in that the attempt belongs to. */
  readonly journey: string | undefined
}

const invalidClient = (refusal: string, description: string): Authenticated => ({
  answer: errorAnswer(401, 'invalid_client', description),
  refusal,
})
const notValid = (refusal: string) => invalidClient(refusal, 'JWT is not valid')

/** Checks clients' proofs. Remembers each assertion's `jti` until it would have expired. */
export class ClientAuthenticator {
  readonly #clients: ReadonlyMap<string, SimulatorClient>
  readonly #keys: ClientKeys
  readonly #tokenEndpoint: string
  readonly #issuer: string
  readonly #clock: () => number
  readonly #usedIds = new Map<string, number>()

  constructor(parts: {
    clients: ReadonlyMap<string, SimulatorClient>
    keys: ClientKeys
    tokenEndpoint: string
    issuer: string
    clock: () => number
  }) {
    this.#clients = parts.clients
    this.#keys = parts.keys
    this.#tokenEndpoint = parts.tokenEndpoint
    this.#issuer = parts.issuer
    this.#clock = parts.clock
  }

  async authenticate({ form, authorization, journey }: Attempt): Promise<Authenticated> {
    const proofs = [authorization !== undefined, form.has('client_assertion'), form.has('client_secret')]
    if (proofs.filter(Boolean).length > 1) {
      const answer = errorAnswer(400, 'invalid_request', 'Client authentication failed')
      return { answer, refusal: 'two ways of client authentication in one request' }
    }
    if (authorization !== undefined) return this.#basic(authorization)
    const assertion = form.get('client_assertion')
    if (assertion !== null) return this.#assertion(assertion, form, journey)
    return this.#secret(form.get('client_id'), form.get('client_secret'), 'client_secret_post')
  }

  #basic(authorization: string): Authenticated {
    const [, encoded = ''] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization) ?? []
    const [clientId = '', secret] = Buffer.from(encoded, 'base64').toString().split(/:(.*)/s)
    return this.#secret(formDecode(clientId), secret === undefined ? null : formDecode(secret), 'client_secret_basic')
  }

  #secret(clientId: string | null, secret: string | null, method: TokenEndpointAuthMethod): Authenticated {
    const refuse = (refusal: string): Authenticated => ({
      answer: errorAnswer(401, 'invalid_client', 'Client authentication failed', {
        ...(method === 'client_secret_basic' ? { 'WWW-Authenticate': 'Basic realm="/NHSIdentity/Healthcare"' } : {}),
      }),
      refusal,
    })
    const client = clientId === null ? undefined : this.#clients.get(clientId)
    if (!client) return refuse(clientId === null ? 'client_id is missing' : `no client "${clientId}" is registered`)
    if (secret === null) return refuse('no client authentication was sent')
    if (client.tokenEndpointAuthMethod !== method) return wrongMethod(client, method)
    return sameText(secret, client.clientSecret ?? '') ? { client } : refuse('client_secret is wrong')
  }

  async #assertion(assertion: string, form: URLSearchParams, journey: string | undefined): Promise<Authenticated> {
    if (form.get('client_assertion_type') !== ASSERTION_TYPE)
      return notValid('client_assertion_type is wrong or missing')
    const decoded = decode(assertion)
    if (!decoded) return notValid('client_assertion is not a JWT')
    const { alg, kid, claims } = decoded
    const clientId = form.get('client_id') ?? claims.sub
    const client = clientId === undefined ? undefined : this.#clients.get(clientId)
    if (!client)
      return notValid(clientId === undefined ? 'no client_id and no sub' : `no client "${clientId}" is registered`)
    const method = SYMMETRIC.test(alg) ? 'client_secret_jwt' : 'private_key_jwt'
    if (client.tokenEndpointAuthMethod !== method) return wrongMethod(client, method)
    const found = await this.#findKey(client, { alg, kid, journey })
    if ('refusal' in found) return notValid(found.refusal)
    const genuine = await compactVerify(assertion, found.key).then(
      () => true,
      () => false,
    )
    if (!genuine) return notValid('the signature of the client assertion does not fit the key that its kid names')
    return this.#claims(claims, client)
  }

  async #findKey(
    client: SimulatorClient,
    { alg, kid, journey }: { alg: string; kid: string | undefined; journey: string | undefined },
  ): Promise<FoundKey> {
    if (SYMMETRIC.test(alg)) return { key: Buffer.from(client.clientSecret ?? '') }
    if (!ASYMMETRIC.test(alg)) return { refusal: `alg "${alg}" is not allowed` }
    if (kid === undefined) return { refusal: 'the client assertion has no kid' }
    return this.#keys.find(client, kid, alg, journey)
  }

  #claims(claims: JWTPayload, client: SimulatorClient): Authenticated {
    const now = Math.floor(this.#clock() / 1000)
    if (claims.iss !== client.clientId) return notValid('iss is not the client_id')
    if (claims.sub !== client.clientId) return notValid('sub is not the client_id')
    if (claims.aud !== this.#tokenEndpoint)
      return notValid(audienceProblem(claims.aud, this.#tokenEndpoint, this.#issuer))
    if (typeof claims.exp !== 'number') return notValid('exp is missing')
    if (claims.exp <= now) return invalidClient(`exp was ${now - claims.exp} seconds ago`, 'JWT has expired')
    if (claims.exp > now + LONGEST_LIFE_SECONDS)
      return notValid(`exp is ${claims.exp - now} seconds ahead, more than 5 minutes`)
    if (typeof claims.nbf === 'number' && claims.nbf > now) return notValid(`nbf is ${claims.nbf - now} seconds ahead`)
    if (typeof claims.jti !== 'string' || claims.jti === '') return notValid('jti is missing')
    return this.#useOnce(claims.jti, claims.exp, now) ? { client } : notValid('jti was used before')
  }

  #useOnce(jti: string, expiresAt: number, now: number): boolean {
    for (const [id, until] of this.#usedIds) if (until < now) this.#usedIds.delete(id)
    if (this.#usedIds.has(jti)) return false
    this.#usedIds.set(jti, expiresAt)
    return true
  }
}

function decode(assertion: string): { alg: string; kid: string | undefined; claims: JWTPayload } | undefined {
  try {
    const { alg = '', kid } = decodeProtectedHeader(assertion)
    return { alg, kid, claims: decodeJwt(assertion) }
  } catch {
    // Any text may be sent here; that it is no token is all there is to know.
    return undefined
  }
}

function wrongMethod(client: SimulatorClient, used: TokenEndpointAuthMethod): Authenticated {
  const refusal = `the client is registered for ${client.tokenEndpointAuthMethod} and used ${used}`
  return invalidClient(refusal, 'Invalid authentication method for accessing this endpoint.')
}

/** The reason CIS2 never tells. */
function audienceProblem(aud: unknown, expected: string, issuer: string): string {
  if (aud === undefined) return 'aud is missing'
  if (Array.isArray(aud)) return `aud is a list; CIS2 takes one text, ${expected}`
  if (aud === issuer) return `aud is the issuer; CIS2 wants the token endpoint, ${expected}`
  const port = /:\d+(?=\/)/.exec(expected.replace(/^https?:/, ''))?.[0]
  if (port !== undefined && aud === expected.replace(port, '')) {
    return `aud lost its ${port}; it must be the text of the token endpoint as discovered, ${expected}`
  }
  return `aud is ${JSON.stringify(aud)}, not the token endpoint as discovered, ${expected}`
}

/** RFC 6749, 2.3.1: both parts of Basic are form-encoded first. */
function formDecode(text: string): string {
  return new URLSearchParams(`v=${text}`).get('v') ?? ''
}
