/** The platform's own tokens. CIS2's logout tokens do not reach them: they live to their end. */
import { randomBytes } from 'node:crypto'

const ACCESS_TOKEN_SECONDS = 599
const REFRESH_TOKEN_SECONDS = 43_199
/** Counted from the exchange: no refresh token lives on beyond it, whatever its own end. */
const REFRESH_PERIOD_SECONDS = 43_200

/** What was exchanged: whose tokens these are. */
export interface Exchanged {
  readonly apiKey: string
  /** API scopes of the user's level. */
  readonly scopes: readonly string[]
  /** `person_roleid` of the ID token. */
  readonly roleId: string | undefined
  /** CIS2's handle on the session: for the log. */
  readonly sessionHandle: unknown
  /** Epoch milliseconds of the exchange. */
  readonly at: number
}

interface Issued {
  readonly exchanged: Exchanged
  readonly expiresAt: number
}

interface Refreshable extends Issued {
  readonly count: number
}

/** Why a refresh token is not taken, or what it stands for. */
export type TakenRefreshToken = 'invalid' | 'over' | Refreshable

/** Gives tokens and takes them back. */
export class ApiTokens {
  readonly #accessTokens = new Map<string, Issued>()
  readonly #refreshTokens = new Map<string, Refreshable>()
  readonly #clock: () => number

  constructor(clock: () => number) {
    this.#clock = clock
  }

  /** An answer's tokens. All values are texts, as the platform has it. */
  give(exchanged: Exchanged, count = 0): Record<string, string> {
    this.#forgetOld()
    const now = this.#clock()
    const [accessToken, refreshToken] = [newToken(), newToken()]
    this.#accessTokens.set(accessToken, { exchanged, expiresAt: now + ACCESS_TOKEN_SECONDS * 1000 })
    this.#refreshTokens.set(refreshToken, { exchanged, expiresAt: now + REFRESH_TOKEN_SECONDS * 1000, count })
    return {
      access_token: accessToken,
      expires_in: String(ACCESS_TOKEN_SECONDS),
      token_type: 'Bearer',
      refresh_token: refreshToken,
      refresh_token_expires_in: String(REFRESH_TOKEN_SECONDS),
      refresh_count: String(count),
    }
  }

  /** A refresh token works once, for the application that it was given to. */
  takeRefreshToken(token: string, apiKey: string): TakenRefreshToken {
    const found = this.#refreshTokens.get(token)
    if (found?.exchanged.apiKey !== apiKey || found.expiresAt <= this.#clock()) return 'invalid'
    if (found.exchanged.at + REFRESH_PERIOD_SECONDS * 1000 <= this.#clock()) return 'over'
    this.#refreshTokens.delete(token)
    return found
  }

  /** For the log. */
  sessionHandleOf(refreshToken: string | null): unknown {
    return this.#refreshTokens.get(refreshToken ?? '')?.exchanged.sessionHandle
  }

  findAccessToken(token: string): Exchanged | undefined {
    const found = this.#accessTokens.get(token)
    return found && found.expiresAt > this.#clock() ? found.exchanged : undefined
  }

  #forgetOld(): void {
    const now = this.#clock()
    for (const tokens of [this.#accessTokens, this.#refreshTokens]) {
      for (const [token, { expiresAt }] of tokens) {
        // The oldest come first.
        if (expiresAt > now) break
        tokens.delete(token)
      }
    }
  }
}

function newToken(): string {
  return randomBytes(32).toString('base64url')
}
