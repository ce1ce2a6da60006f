/** The NHS API platform's token endpoint: a CIS2 ID token for an access token to NHS APIs, and refreshing that one. */
import { randomBytes } from 'node:crypto'

import { type Answer, jsonAnswer } from '../answer.js'
import type { SimulatorClient } from '../clients.js'
import type { KeyRing } from '../keys.js'
import { sameText } from '../same-text.js'
import { findApp, type PlatformAssertions } from './client-assertion.js'
import { PlatformProblem, refuse } from './problem.js'
import { checkSubjectToken } from './subject-token.js'

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

const ACCESS_TOKEN_SECONDS = 599
const REFRESH_TOKEN_SECONDS = 3599

interface Refresh {
  readonly apiKey: string
  readonly expiresAt: number
  readonly count: number
}

/** What came of a request: `ops` is the session handle of the ID token that was exchanged. */
export interface PlatformReply {
  readonly answer: Answer
  readonly refusal?: string
  readonly ops?: unknown
}

interface Parts {
  readonly clients: ReadonlyMap<string, SimulatorClient>
  readonly assertions: PlatformAssertions
  readonly keys: KeyRing
  readonly issuer: string
  readonly clock: () => number
}

/** Exchanges and refreshes. Each refresh token works once. */
export class ApiPlatform {
  readonly #parts: Parts
  readonly #refreshTokens = new Map<string, Refresh>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async reply(form: URLSearchParams): Promise<PlatformReply> {
    try {
      const grantType = form.get('grant_type')
      if (grantType === EXCHANGE) return await this.#exchange(form)
      if (grantType === 'refresh_token') return this.#refresh(form)
      return refuse(400, 'grant_type is invalid')
    } catch (error) {
      if (!(error instanceof PlatformProblem)) throw error
      return { answer: error.toAnswer(), refusal: error.refusal }
    }
  }

  async #exchange(form: URLSearchParams): Promise<PlatformReply> {
    if (form.get('client_assertion_type') !== JWT_BEARER) {
      refuse(400, `Missing or invalid client_assertion_type - must be '${JWT_BEARER}'`)
    }
    if (form.get('subject_token_type') !== ID_TOKEN) {
      refuse(400, `missing or invalid subject_token_type - must be '${ID_TOKEN}'`)
    }
    const subjectToken = form.get('subject_token') ?? refuse(400, 'Missing subject_token')
    const assertion = form.get('client_assertion') ?? refuse(400, 'Missing client_assertion')
    const { app } = await this.#parts.assertions.check(assertion)
    const { keys, issuer } = this.#parts
    const now = Math.floor(this.#parts.clock() / 1000)
    const claims = await checkSubjectToken(subjectToken, { keys, issuer, now })
    const answer = jsonAnswer(200, { ...this.#tokens(app.apiKey, 0), issued_token_type: ACCESS_TOKEN })
    return { answer, ops: claims['org.forgerock.openidconnect.ops'] }
  }

  #refresh(form: URLSearchParams): PlatformReply {
    const app = findApp(this.#parts.clients.values(), form.get('client_id'))?.app
    if (!app || !sameText(form.get('client_secret') ?? '', app.apiSecret ?? '')) {
      throw new PlatformProblem(401, 'client_id or client_secret is invalid', undefined, 'invalid_client')
    }
    const token = form.get('refresh_token') ?? ''
    const found = this.#refreshTokens.get(token)
    if (found?.apiKey !== app.apiKey || found.expiresAt <= this.#parts.clock()) {
      throw new PlatformProblem(401, 'refresh_token is invalid', undefined, 'invalid_grant')
    }
    this.#refreshTokens.delete(token)
    return { answer: jsonAnswer(200, this.#tokens(app.apiKey, found.count + 1)) }
  }

  /** All values are texts, as the platform has it. */
  #tokens(apiKey: string, count: number): Record<string, string> {
    const refreshToken = randomBytes(32).toString('base64url')
    const expiresAt = this.#parts.clock() + REFRESH_TOKEN_SECONDS * 1000
    this.#refreshTokens.set(refreshToken, { apiKey, expiresAt, count })
    return {
      access_token: randomBytes(32).toString('base64url'),
      expires_in: String(ACCESS_TOKEN_SECONDS),
      token_type: 'Bearer',
      refresh_token: refreshToken,
      refresh_token_expires_in: String(REFRESH_TOKEN_SECONDS),
      refresh_count: String(count),
    }
  }
}
