/** What an application's assertion says, checked in the platform's order. Its signature and audience come later. */
import { decodeJwt, decodeProtectedHeader, type JWTPayload, type ProtectedHeaderParameters } from 'jose'

import { refuse } from './problem.js'

const LONGEST_LIFE_SECONDS = 300
/** The platform allows for clocks that differ a little, at both ends. */
const LENIENCE_SECONDS = 10
const JTI_KEPT_SECONDS = 30 * 24 * 3600

const IN = 'in client_assertion JWT'

/** An assertion whose claims are in order; nothing is proved yet. */
export interface ClaimedAssertion {
  readonly token: string
  readonly kid: string
  readonly apiKey: string
  readonly audience: unknown
}

/** Checks what assertions claim, and remembers each `jti` for 30 days, whatever became of its assertion. */
export class AssertionClaims {
  readonly #usedIds = new Map<string, number>()
  readonly #clock: () => number

  constructor(clock: () => number) {
    this.#clock = clock
  }

  /** Throws a `PlatformProblem`. A `jti` is burned here, before it is known who signed. */
  check(token: string | null): ClaimedAssertion {
    const { header, claims } = decode(token ?? refuse('Missing client_assertion'))
    const now = Math.floor(this.#clock() / 1000)
    checkAlgorithm(header.alg)
    if (typeof claims.exp === 'number' && claims.exp + LENIENCE_SECONDS <= now) {
      refuse(`Invalid 'exp' claim ${IN} - JWT has expired`)
    }
    const { kid } = header
    if (!kid) refuse(`Missing 'kid' header ${IN}`)
    if (String(header.typ).toUpperCase() !== 'JWT') refuse(`Invalid 'typ' header ${IN} - must be 'JWT'`)
    checkExpiryType(claims)
    const { iss: apiKey, aud: audience } = claims
    if (!apiKey || apiKey !== claims.sub) refuse(`Missing or non-matching 'iss'/'sub' claims ${IN}`)
    this.#useOnce(apiKey, claims.jti, now)
    if (Number(claims.exp) > now + LONGEST_LIFE_SECONDS + LENIENCE_SECONDS) {
      refuse(`Invalid 'exp' claim ${IN} - more than 5 minutes in future`)
    }
    return { token: token ?? '', kid, apiKey, audience }
  }

  #useOnce(apiKey: string, jti: unknown, now: number): void {
    if (jti === undefined) refuse(`Missing 'jti' claim ${IN}`)
    if (typeof jti !== 'string' || jti === '') {
      refuse(`Invalid 'jti' claim ${IN} - must be a unique string value such as a GUID`)
    }
    for (const [id, until] of this.#usedIds) {
      // The oldest come first.
      if (until >= now) break
      this.#usedIds.delete(id)
    }
    const id = JSON.stringify([apiKey, jti])
    if (this.#usedIds.has(id)) refuse(`Non-unique 'jti' claim ${IN}`)
    this.#usedIds.set(id, now + JTI_KEPT_SECONDS)
  }
}

function decode(assertion: string): { header: ProtectedHeaderParameters; claims: JWTPayload } {
  try {
    return { header: decodeProtectedHeader(assertion), claims: decodeJwt(assertion) }
  } catch {
    // Any text may be sent here; that it is no token is all there is to know.
    return refuse('Malformed JWT in client_assertion')
  }
}

function checkAlgorithm(alg: unknown): void {
  if (!alg) refuse(`Missing 'alg' header ${IN}`)
  if (alg !== 'RS512') refuse(`Invalid 'alg' header ${IN} - unsupported JWT algorithm - must be 'RS512'`)
}

function checkExpiryType({ exp }: JWTPayload): void {
  if (exp === undefined) refuse(`Missing 'exp' claim ${IN}`)
  if (!Number.isInteger(exp)) refuse(`Invalid 'exp' claim ${IN} - must be an integer`)
}
