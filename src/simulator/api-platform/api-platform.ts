/** The NHS API platform's token endpoint: a CIS2 ID token for an access token to NHS APIs, and refreshing that one. */
import { type Answer, jsonAnswer } from '../answer.js'
import type { ApiPlatformApp, SimulatorClient } from '../clients.js'
import type { FaultBoard, SpoiledBy } from '../fault-board.js'
import type { KeySetReader } from '../key-set-reader.js'
import type { KeyRing } from '../keys.js'
import { sameText } from '../same-text.js'
import { ApiTokens, type Exchanged } from './api-tokens.js'
import { checkProof, findApp, type PlatformClient } from './application-proof.js'
import { AssertionClaims } from './client-assertion.js'
import { PlatformProblem, refuse, REFUSALS, refuseWith } from './problem.js'
import { RateLimit } from './rate-limit.js'
import { checkSubjectToken, sessionHandleIn } from './subject-token.js'

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** Of an application that names none: the Personal Demographics Service, which takes AAL2 and AAL3. */
const USUAL_SCOPES = [2, 3].map((level) => `urn:nhsd:apim:user-nhs-cis2:aal${level}:personal-demographics-service`)

/** What was posted, and to where. */
export interface PlatformRequest {
  readonly form: URLSearchParams
  /** As sent, parameters included. */
  readonly contentType: string | undefined
  /** The texts of the address posted to; the assertion's `aud` must be one of them. */
  readonly audiences: readonly string[]
  readonly journey: string | undefined
  /** Hears of faults that strike. */
  readonly note: SpoiledBy
}

interface Parts {
  readonly clients: ReadonlyMap<string, SimulatorClient>
  readonly keySets: KeySetReader
  readonly keys: KeyRing
  readonly faults: FaultBoard
  readonly issuer: string
  readonly clock: () => number
}

/** Exchanges and refreshes, its checks in the platform's order. */
export class ApiPlatform {
  readonly #parts: Parts
  readonly #assertions: AssertionClaims
  readonly #rateLimit: RateLimit
  readonly tokens: ApiTokens

  constructor(parts: Parts) {
    this.#parts = parts
    this.#assertions = new AssertionClaims(parts.clock)
    this.#rateLimit = new RateLimit(parts.clock)
    this.tokens = new ApiTokens(parts.clock)
  }

  /** The answer, and the true reason where it is a refusal. */
  async reply(request: PlatformRequest): Promise<{ readonly answer: Answer; readonly refusal?: string }> {
    try {
      return { answer: jsonAnswer(200, await this.#tokensFor(request)) }
    } catch (error) {
      if (!(error instanceof PlatformProblem)) throw error
      return { answer: error.toAnswer(), refusal: error.refusal }
    }
  }

  /** CIS2's handle on the session that a request is about. */
  sessionHandleOf(form: URLSearchParams): unknown {
    return sessionHandleIn(form.get('subject_token')) ?? this.tokens.sessionHandleOf(form.get('refresh_token'))
  }

  #tokensFor(request: PlatformRequest): Promise<Record<string, string>> | Record<string, string> {
    const { contentType, form } = request
    if (contentType !== 'application/x-www-form-urlencoded') {
      refuseWith(REFUSALS.contentType, `Content-Type is "${contentType ?? ''}"; no charset may follow the type`)
    }
    switch (form.get('grant_type')) {
      case EXCHANGE:
        return this.#exchange(request)
      case 'refresh_token':
        return this.#refresh(request)
      case null:
        return refuse('grant_type is missing')
      default:
        return refuseWith(REFUSALS.grantType)
    }
  }

  async #exchange({ form, audiences, journey, note }: PlatformRequest): Promise<Record<string, string>> {
    if (form.get('client_assertion_type') !== JWT_BEARER) {
      refuse(`Missing or invalid client_assertion_type - must be '${JWT_BEARER}'`)
    }
    if (form.get('subject_token_type') !== ID_TOKEN) {
      refuse(`missing or invalid subject_token_type - must be '${ID_TOKEN}'`)
    }
    const assertion = this.#assertions.check(form.get('client_assertion'))
    const { clients, keySets, keys, issuer, clock } = this.#parts
    const known = findApp(clients.values(), assertion.apiKey)
    if (!known) refuseWith(REFUSALS.apiKey, `no application has the API key "${assertion.apiKey}"`)
    this.#admit(known, 'exchange', note)
    await checkProof(known, assertion, { keySets, audiences, journey })
    const now = Math.floor(clock() / 1000)
    const claims = await checkSubjectToken(form.get('subject_token'), { keys, issuer, now })
    const exchanged: Exchanged = {
      apiKey: known.app.apiKey,
      scopes: scopesFor(known.app, claims.authentication_assurance_level),
      roleId: typeof claims.selected_roleid === 'string' ? claims.selected_roleid : undefined,
      sessionHandle: claims['org.forgerock.openidconnect.ops'],
      at: clock(),
    }
    return { ...this.tokens.give(exchanged), issued_token_type: ACCESS_TOKEN }
  }

  #refresh({ form, note }: PlatformRequest): Record<string, string> {
    const known = findApp(this.#parts.clients.values(), form.get('client_id'))
    if (!known || !sameText(form.get('client_secret') ?? '', known.app.apiSecret ?? '')) {
      return refuseWith(REFUSALS.apiSecret, secretProblem(known))
    }
    this.#admit(known, 'refresh', note)
    const token = form.get('refresh_token')
    if (token === null) return refuse('refresh_token is missing')
    const taken = this.tokens.takeRefreshToken(token, known.app.apiKey)
    if (taken === 'invalid') {
      refuseWith(
        REFUSALS.refreshToken,
        'the refresh_token was never given to this application, is used, or has expired',
      )
    }
    if (taken === 'over') refuseWith(REFUSALS.refreshOver, 'the exchange was 12 hours ago')
    return this.tokens.give(taken.exchanged, taken.count + 1)
  }

  /** From the API key on faults may strike, and the rate limit holds. */
  #admit({ app }: PlatformClient, grant: 'exchange' | 'refresh', note: SpoiledBy): void {
    const { refusal } = this.#parts.faults.spoil('api-request', { grant, refusal: undefined }, note)
    if (refusal) refuseWith(refusal, `a fault: ${refusal.description}`)
    if (!this.#rateLimit.allows(app.apiKey, app.requestsPerMinute)) refuseWith(REFUSALS.rateLimit)
  }
}

function secretProblem(known: PlatformClient | undefined): string {
  if (!known) return 'client_id is not the API key of an application'
  return known.app.apiSecret === undefined ? 'the application has no apiSecret' : 'client_secret is wrong'
}

/** Those that speak of the user's level, exactly: an AAL3 sign-in does not bring what is for AAL2. */
function scopesFor({ scopes = USUAL_SCOPES }: ApiPlatformApp, level: unknown): string[] {
  const kept = scopes.filter((scope) => scope.includes(`:aal${String(level)}:`))
  const registered = scopes.join(', ') || 'none'
  if (kept.length === 0) {
    refuseWith(REFUSALS.noScopes, `no scope of the application is for AAL${String(level)}; registered: ${registered}`)
  }
  return kept
}
