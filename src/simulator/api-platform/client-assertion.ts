/** The application's proof towards the API platform: its own API key in place of CIS2's client id, RS512 only. */
import { compactVerify, decodeJwt, decodeProtectedHeader, type JWTPayload, type ProtectedHeaderParameters } from 'jose'

import type { ClientKeys } from '../client-keys.js'
import type { ApiPlatformApp, SimulatorClient } from '../clients.js'
import { refuse } from './problem.js'

const LONGEST_LIFE_SECONDS = 300
/** The platform allows for clocks that differ a little. */
const LENIENCE_SECONDS = 10

const IN = 'in client_assertion JWT'

/** An application that proved itself. */
export interface PlatformClient {
  readonly client: SimulatorClient
  readonly app: ApiPlatformApp
}

/** Finds the application that an API key belongs to. */
export function findApp(clients: Iterable<SimulatorClient>, apiKey: unknown): PlatformClient | undefined {
  for (const client of clients) {
    const app = client.apiPlatform
    if (app !== undefined && app.apiKey === apiKey) return { client, app }
  }
  return undefined
}

/** Checks client assertions, in the platform's order, and remembers each `jti` until it would have expired. */
export class PlatformAssertions {
  readonly #parts: {
    readonly clients: ReadonlyMap<string, SimulatorClient>
    readonly keys: ClientKeys
    readonly audiences: readonly string[]
    readonly clock: () => number
  }
  readonly #usedIds = new Map<string, number>()

  constructor(parts: {
    clients: ReadonlyMap<string, SimulatorClient>
    keys: ClientKeys
    /** The texts of the token endpoint's address; `aud` must be one of them. */
    audiences: readonly string[]
    clock: () => number
  }) {
    this.#parts = parts
  }

  /** The application that the assertion proves; throws a `PlatformProblem`. */
  async check(assertion: string): Promise<PlatformClient> {
    const { header, claims } = decode(assertion)
    const now = Math.floor(this.#parts.clock() / 1000)
    checkAlgorithm(header.alg)
    if (typeof claims.exp === 'number' && claims.exp <= now) refuse(400, `Invalid 'exp' claim ${IN} - JWT has expired`)
    const { kid } = header
    if (kid === undefined) refuse(400, `Missing 'kid' header ${IN}`)
    const found = findApp(this.#parts.clients.values(), claims.iss)
    if (found) await this.#verify(assertion, kid, found)
    if (header.typ !== 'JWT') refuse(400, `Invalid 'typ' header ${IN} - must be 'JWT'`)
    checkExpiryType(claims)
    if (claims.iss === undefined || claims.iss !== claims.sub)
      refuse(400, `Missing or non-matching 'iss'/'sub' claims ${IN}`)
    if (!found) refuse(401, `Invalid 'iss'/'sub' claims ${IN}`, `no application has the API key "${claims.iss}"`)
    this.#useOnce(claims, now)
    if (Number(claims.exp) > now + LONGEST_LIFE_SECONDS + LENIENCE_SECONDS) {
      refuse(400, `Invalid 'exp' claim ${IN} - more than 5 minutes in future`)
    }
    this.#checkAudience(claims.aud)
    return found
  }

  async #verify(assertion: string, kid: string, { client, app }: PlatformClient): Promise<void> {
    const registered = (app.jwks ?? app.jwksUri) ? app : client
    const key = await this.#parts.keys.find(registered, kid, 'RS512')
    if ('refusal' in key) refuse(401, `Invalid 'kid' header ${IN} - no matching public key`, key.refusal)
    await compactVerify(assertion, key.key).catch(() => refuse(401, 'JWT signature verification failed'))
  }

  #checkAudience(audience: unknown): void {
    const { audiences } = this.#parts
    if (audiences.some((each) => each === audience)) return
    const refusal = `aud is ${JSON.stringify(audience)}, not the platform's token endpoint: ${audiences.join(' or ')}`
    refuse(401, `Missing or invalid 'aud' claim ${IN}`, refusal)
  }

  #useOnce({ jti, exp }: JWTPayload, now: number): void {
    if (jti === undefined) refuse(400, `Missing 'jti' claim ${IN}`)
    if (typeof jti !== 'string' || jti === '') {
      refuse(400, `Invalid 'jti' claim ${IN} - must be a unique string value such as a GUID`)
    }
    for (const [id, until] of this.#usedIds) if (until < now) this.#usedIds.delete(id)
    if (this.#usedIds.has(jti)) refuse(400, `Non-unique 'jti' claim ${IN}`)
    this.#usedIds.set(jti, Number(exp))
  }
}

function decode(assertion: string): { header: ProtectedHeaderParameters; claims: JWTPayload } {
  try {
    return { header: decodeProtectedHeader(assertion), claims: decodeJwt(assertion) }
  } catch {
    // Any text may be sent here; that it is no token is all there is to know.
    return refuse(400, 'Malformed JWT in client_assertion')
  }
}

function checkAlgorithm(alg: unknown): void {
  if (alg === undefined) refuse(400, `Missing 'alg' header ${IN}`)
  if (alg !== 'RS512') refuse(400, `Invalid 'alg' header ${IN} - unsupported JWT algorithm - must be 'RS512'`)
}

function checkExpiryType({ exp }: JWTPayload): void {
  if (exp === undefined) refuse(400, `Missing 'exp' claim ${IN}`)
  if (!Number.isInteger(exp)) refuse(400, `Invalid 'exp' claim ${IN} - must be an integer`)
}
