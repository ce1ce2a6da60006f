/** The platform's token endpoint: called with fresh assertions, bounded, and left alone while it is down or says so. */
import type { PartHealth } from '../health.js'
import { ApiTokenError } from '../errors.js'
import type { Cis2Config, NhsApiConfig, ParsedSigningKey } from '../options/cis2-config.js'
import { createCircuitBreaker } from '../outbound/circuit-breaker.js'
import { Fault, sanitizedCause } from '../outbound/fault.js'
import { createOutbound, type OutboundRequest } from '../outbound/outbound-http.js'
import type { Measure } from '../telemetry/telemetry.js'
import { createKeyRing } from './key-ring.js'
import { parseTokenAnswer, type GivenTokens } from './token-answer.js'
import { exchangeRequest, refreshRequest } from './token-request.js'

/** Who is called, in messages and in telemetry. */
export const PLATFORM = { peer: 'The NHS API platform', kind: 'nhs-api' } as const

/** Makes one assertion: RS512, `aud` the token endpoint's text, a `jti` of its own. */
export type SignAssertion = (
  key: ParsedSigningKey,
  request: {
    readonly clientId: string
    readonly tokenEndpoint: string
    readonly now: number
    readonly timeoutMs: number
  },
) => Promise<string>

export interface PlatformParts {
  readonly nhsApi: NhsApiConfig
  readonly config: Pick<Cis2Config, 'fetch' | 'clock'>
  readonly sign: SignAssertion
  readonly measure: Measure | undefined
}

/** What came of a refresh token that was to be sent. */
export type Refreshed =
  | { readonly tokens: GivenTokens }
  /** `isSpent`: it was sent, and no answer says that it is still good. */
  | { readonly tokens: undefined; readonly error: ApiTokenError; readonly isSpent: boolean }

export interface Platform {
  /** Rejects with an {@link ApiTokenError}. */
  exchange(idToken: string): Promise<GivenTokens>
  /** Sent once. Never rejects. */
  refresh(refreshToken: string): Promise<Refreshed>
  health(): PartHealth
  close(): void
}

export function createPlatform({ nhsApi, config, sign, measure }: PlatformParts): Platform {
  const { clock, fetch } = config
  const { tokenEndpoint, apiKey: clientId, timeoutSeconds } = nhsApi
  const outbound = createOutbound({ ...PLATFORM, fetch, timeoutSeconds }, measure)
  const keyRing = createKeyRing(nhsApi.keys, clock)
  let health: PartHealth = { status: 'ok', since: Math.floor(clock() / 1000) }
  let pausedUntil = -Infinity

  const breaker = createCircuitBreaker({
    // Every other refusal is an answer, and shows that the platform is there.
    judge: (error) => (toApiTokenError(error).reason === 'unavailable' ? 'failure' : 'answer'),
    refuse: (retryAfterSeconds) =>
      new ApiTokenError('unavailable', 'The NHS API platform does not answer; it is not asked for some seconds.', {
        retryAfterSeconds,
      }),
    onOpened(error) {
      const { cause } = toApiTokenError(error)
      health = { status: 'down', since: sinceWhenDown(), reason: cause instanceof Fault ? cause.kind : 'answer' }
    },
    onClosed() {
      health = { status: 'ok', since: Math.floor(clock() / 1000) }
    },
  })

  function sinceWhenDown(): number {
    return health.status === 'down' ? health.since : Math.floor(clock() / 1000)
  }

  function assertNotPaused(): void {
    const waitMs = pausedUntil - performance.now()
    if (waitMs <= 0) return
    const retryAfterSeconds = Math.ceil(waitMs / 1000)
    throw new ApiTokenError('rate-limited', 'The NHS API platform asked for a pause.', { retryAfterSeconds })
  }

  async function post(request: OutboundRequest): Promise<GivenTokens> {
    return parseTokenAnswer(await outbound.send(tokenEndpoint, request))
  }

  /** A new assertion for each try: one that was sent is burned. */
  async function exchangeWithKeys(idToken: string): Promise<GivenTokens> {
    const deadline = performance.now() + timeoutSeconds * 1000
    const [first, ...others] = keyRing.inForce()
    for (const key of [first, ...others]) {
      if (key === undefined) break
      const timeoutMs = deadline - performance.now()
      const assertion = await sign(key, { clientId, tokenEndpoint, now: clock(), timeoutMs })
      try {
        return await post(exchangeRequest(idToken, assertion, deadline))
      } catch (error) {
        const isLast = key === (others.at(-1) ?? first)
        if (!isUnknownKey(error) || isLast) throw error
        keyRing.putLast(key)
      }
    }
    throw new ApiTokenError('key-set', 'The "notBefore" of every key in nhsApi.keys is in the future.')
  }

  async function guarded(work: () => Promise<GivenTokens>): Promise<GivenTokens> {
    try {
      assertNotPaused()
      return await breaker.run(work)
    } catch (error) {
      const known = toApiTokenError(error)
      const { reason, retryAfterSeconds } = known
      if (reason === 'rate-limited' && retryAfterSeconds !== undefined) {
        pausedUntil = Math.max(pausedUntil, performance.now() + retryAfterSeconds * 1000)
      }
      throw known
    }
  }

  return {
    exchange: (idToken) => guarded(() => exchangeWithKeys(idToken)),
    async refresh(refreshToken) {
      const request = { isSent: false }
      try {
        const tokens = await guarded(() => {
          request.isSent = true
          return post(refreshRequest(refreshToken, nhsApi, performance.now() + timeoutSeconds * 1000))
        })
        return { tokens }
      } catch (error) {
        const known = toApiTokenError(error)
        const neverArrived = known.cause instanceof Fault && known.cause.isUnsent
        return {
          tokens: undefined,
          error: known,
          isSpent: request.isSent && !neverArrived && known.reason !== 'rate-limited',
        }
      }
    },
    health: () => health,
    close() {
      outbound.close()
    },
  }
}

function isUnknownKey(error: unknown): boolean {
  return error instanceof ApiTokenError && error.reason === 'key-set'
}

/** Whatever failed, as the error that leaves this package. Of a library's own only name and code are kept. */
export function toApiTokenError(error: unknown): ApiTokenError {
  if (error instanceof ApiTokenError) return error
  if (error instanceof Fault) {
    const { message, retryAfterSeconds } = error
    return new ApiTokenError('unavailable', message, { cause: error, retryAfterSeconds })
  }
  return new ApiTokenError('unavailable', 'A call to the NHS API platform failed.', { cause: sanitizedCause(error) })
}
