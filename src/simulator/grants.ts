/** Codes and access tokens given out. A code works once; used twice, it takes its tokens with it (RFC 6749, 4.1.2). */
import { randomBytes } from 'node:crypto'

import type { AuthorizationRequest } from './authorization-request.js'
import type { OpSession } from './op-sessions.js'

const CODE_SECONDS = 120
/** As recorded: one second less than an hour. */
export const ACCESS_TOKEN_SECONDS = 3599

/** What a code stands for. */
export interface Grant {
  readonly request: AuthorizationRequest
  readonly session: OpSession
  /** The ID token's `acr`. */
  readonly acr: string
  /** `person_roleid`, when the ID token is to name one. */
  readonly roleId: string | undefined
  readonly journey: string
}

interface Code {
  readonly grant: Grant
  readonly expiresAt: number
  used: boolean
  readonly accessTokens: string[]
}

interface AccessToken {
  readonly grant: Grant
  readonly expiresAt: number
}

/** Why a code was not taken, or what it stands for. */
export type TakenCode = { readonly grant: Grant } | { readonly refusal: string }

/** Everything given out and not yet forgotten. */
export class Grants {
  readonly #codes = new Map<string, Code>()
  readonly #accessTokens = new Map<string, AccessToken>()
  readonly #clock: () => number

  constructor(clock: () => number) {
    this.#clock = clock
  }

  giveCode(grant: Grant): string {
    this.#forgetOld()
    const code = randomBytes(20).toString('base64url')
    this.#codes.set(code, { grant, expiresAt: this.#clock() + CODE_SECONDS * 1000, used: false, accessTokens: [] })
    return code
  }

  /** Takes a code for the client that it was given to. `problemWith` says what else is wrong with the attempt. */
  takeCode(code: string, clientId: string, problemWith: (grant: Grant) => string | undefined): TakenCode {
    const found = this.#codes.get(code)
    if (!found) return { refusal: 'the code is not known: never given out, or forgotten since' }
    if (found.grant.request.client.clientId !== clientId) {
      return { refusal: 'the code was given to another client' }
    }
    if (found.used) {
      for (const token of found.accessTokens) this.#accessTokens.delete(token)
      return { refusal: 'the code was used before; the tokens it gave are revoked' }
    }
    if (found.expiresAt <= this.#clock()) return { refusal: `the code is older than ${CODE_SECONDS} seconds` }
    const problem = problemWith(found.grant)
    if (problem !== undefined) return { refusal: problem }
    found.used = true
    return { grant: found.grant }
  }

  /** The sign-in that a code belongs to. */
  journeyOf(code: string | null): string | undefined {
    return this.#codes.get(code ?? '')?.grant.journey
  }

  giveAccessToken(code: string, grant: Grant): string {
    const token = randomBytes(32).toString('base64url')
    this.#codes.get(code)?.accessTokens.push(token)
    this.#accessTokens.set(token, { grant, expiresAt: this.#clock() + ACCESS_TOKEN_SECONDS * 1000 })
    return token
  }

  findAccessToken(token: string): Grant | undefined {
    const found = this.#accessTokens.get(token)
    return found && found.expiresAt > this.#clock() ? found.grant : undefined
  }

  /** Used and expired codes are remembered for an hour, so that a late second use is still noticed. */
  #forgetOld(): void {
    const now = this.#clock()
    for (const [code, { expiresAt }] of this.#codes) if (expiresAt + 3_600_000 < now) this.#codes.delete(code)
    for (const [token, { expiresAt }] of this.#accessTokens) if (expiresAt < now) this.#accessTokens.delete(token)
  }
}
