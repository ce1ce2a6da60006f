/** The token of a session: kept, refreshed or exchanged; once at a time over all instances, and only while it lives. */
import { setTimeout as delay } from 'node:timers/promises'

import { ApiTokenError, isCis2Error, NotSignedInError, StepUpRequiredError } from '../errors.js'
import type { Emit } from '../events.js'
import type { Cis2Config, NhsApiConfig } from '../options/cis2-config.js'
import { isUsable, LEAST_LIFE_MS, parseToken, textOfToken, withoutRefresh, type ApiToken } from './api-token.js'
import { toApiTokenError, type Platform } from './platform.js'
import { roleIdOf, type ApiSession } from './session.js'
import type { GivenTokens } from './token-answer.js'
import type { KeptToken, Turn } from './token-slot.js'

/** While another instance has the turn, in milliseconds. */
const POLL_MS = 100
/** A turn is waited for so long at least, in milliseconds: that of an instance that was killed has ended by then. */
const LEAST_WAIT_MS = 2_000
/** A turn ends by itself three times as late. */
const PROLONG_EVERY_MS = 500

export interface Tokens {
  /**
   * A token that has 60 seconds to live or more, of this session and role. Rejects with an {@link ApiTokenError}, with
   * a {@link StepUpRequiredError} when only a new authentication helps, with a {@link NotSignedInError} when the session
   * has ended, and with a `StoreUnavailableError`.
   */
  obtain(session: ApiSession): Promise<ApiToken>
  /** Exchanges the ID token afresh, whatever token there is, unless that has been done since `exchangedBefore`. */
  renew(session: ApiSession, exchangedBefore: number): Promise<ApiToken | undefined>
}

export interface TokensParts {
  readonly nhsApi: NhsApiConfig
  readonly config: Pick<Cis2Config, 'clock' | 'maxAuthAgeSeconds'>
  readonly platform: Platform
  readonly emit: Emit
  /** Default: that of the machine. */
  readonly timer?: Timer
}

/** Time that passes, whatever the clock says; in milliseconds. */
export interface Timer {
  now(): number
  pause(milliseconds: number): Promise<unknown>
}

const MACHINE: Timer = { now: () => performance.now(), pause: delay }

/** What was found in the slot, and whether that will do. */
interface Seen {
  readonly kept: KeptToken
  readonly token: ApiToken | undefined
}

export function createTokens({ nhsApi, config, platform, emit, timer = MACHINE }: TokensParts): Tokens {
  const { tokenEndpoint, apiSecret, timeoutSeconds } = nhsApi
  const { clock, maxAuthAgeSeconds } = config
  /** By session: those that obtain a token in this process at this moment. */
  const underWay = new Map<string, Promise<ApiToken>>()

  async function look(session: ApiSession): Promise<Seen> {
    const kept = await session.slot.read()
    if (kept === undefined) throw new NotSignedInError('The session has ended.')
    return { kept, token: parseToken(kept.text, { roleId: roleIdOf(session), tokenEndpoint }) }
  }

  async function obtainAlone(session: ApiSession, first: Seen): Promise<ApiToken> {
    const until = timer.now() + Math.max(timeoutSeconds * 1000, LEAST_WAIT_MS)
    for (let seen = first; ; seen = await look(session)) {
      if (isUsable(seen.token, clock())) return seen.token
      const taken = await takeTurn(session, seen)
      if (taken !== 'busy' && taken !== undefined) return taken
      if (timer.now() > until) {
        throw new ApiTokenError('unavailable', 'Another instance is exchanging the ID token, and takes too long.')
      }
      if (taken === 'busy') await timer.pause(POLL_MS)
    }
  }

  /** Undefined: what was seen is there no more. */
  async function takeTurn(session: ApiSession, { kept, token }: Seen): Promise<ApiToken | 'busy' | undefined> {
    const refreshToken = refreshTokenOf(token)
    // Gone from the session before it is sent: whatever becomes of this process, nobody sends it again.
    const keep = token === undefined || refreshToken === undefined ? undefined : textOfToken(withoutRefresh(token))
    const claimed = await session.slot.claim(kept, keep)
    if (claimed.state === 'over') throw new NotSignedInError('The session has ended.')
    if (claimed.state === 'busy') return 'busy'
    if (claimed.state === 'changed') return undefined
    return during(session, claimed.turn, () => useTurn(session, claimed.turn, token, refreshToken))
  }

  function refreshTokenOf(token: ApiToken | undefined): string | undefined {
    if (apiSecret === undefined || token === undefined) return undefined
    return token.refreshExpiresAt - clock() > LEAST_LIFE_MS ? token.refreshToken : undefined
  }

  /** Keeps the turn while the work lasts, gives it back when it fails, and reports that. */
  async function during<T>(session: ApiSession, turn: Turn, work: () => Promise<T>): Promise<T> {
    const prolonging = setInterval(() => {
      turn.prolong().catch(function endsByItself() {})
    }, PROLONG_EVERY_MS).unref()
    try {
      return await work()
    } catch (error) {
      await turn.release().catch(function endsByItself() {})
      reportRefused(session, error)
      throw error
    } finally {
      clearInterval(prolonging)
    }
  }

  async function useTurn(
    session: ApiSession,
    turn: Turn,
    token: ApiToken | undefined,
    refreshToken: string | undefined,
  ): Promise<ApiToken | undefined> {
    if (token !== undefined && refreshToken !== undefined) {
      const refreshed = await platform.refresh(refreshToken)
      if (refreshed.tokens !== undefined) {
        return settle(session, turn, { ...token, ...lives(refreshed.tokens) }, 'refreshed')
      }
      if (!refreshed.isSpent) {
        await turn.settle(textOfToken(token))
        throw refreshed.error
      }
      reportRefused(session, refreshed.error)
    }
    return exchange(session, turn)
  }

  async function exchange(session: ApiSession, turn: Turn): Promise<ApiToken | undefined> {
    const { subject } = turn
    const idTokenExpiresAt = (subject?.idTokenExpiresAt ?? 0) * 1000
    if (subject === undefined || idTokenExpiresAt - clock() < LEAST_LIFE_MS) {
      throw new StepUpRequiredError({ maxAuthAgeSeconds })
    }
    const exchangedAt = clock()
    const given = await platform.exchange(subject.idToken)
    const roleId = roleIdOf(session)
    return settle(session, turn, { ...lives(given), roleId, tokenEndpoint, exchangedAt, idTokenExpiresAt }, 'obtained')
  }

  /** Undefined: the session has ended meanwhile, or another has written. What was got is dropped then. */
  async function settle(
    session: ApiSession,
    turn: Turn,
    token: ApiToken,
    how: 'obtained' | 'refreshed',
  ): Promise<ApiToken | undefined> {
    if (!(await turn.settle(textOfToken(token)))) return undefined
    emit({ type: `api-token.${how}`, ...about(session) })
    return token
  }

  function lives(
    given: GivenTokens,
  ): Pick<ApiToken, 'accessToken' | 'expiresAt' | 'refreshToken' | 'refreshExpiresAt'> {
    const now = clock()
    return {
      accessToken: given.accessToken,
      expiresAt: now + given.expiresInSeconds * 1000,
      refreshToken: given.refreshToken,
      refreshExpiresAt: now + given.refreshExpiresInSeconds * 1000,
    }
  }

  function reportRefused(session: ApiSession, error: unknown): void {
    const known = isCis2Error(error) ? error : toApiTokenError(error)
    const reason = known.code === 'CIS2_API_TOKEN' ? known.reason : known.code
    emit({ type: 'api-token.refused', ...about(session), reason, cause: known.message })
  }

  return {
    async obtain(session) {
      const seen = await look(session)
      if (isUsable(seen.token, clock())) return seen.token
      const { name } = session.slot
      const running = underWay.get(name)
      if (running !== undefined) return running
      const started = obtainAlone(session, seen).finally(() => underWay.delete(name))
      underWay.set(name, started)
      return started
    },
    async renew(session, exchangedBefore) {
      const { kept, token } = await look(session)
      if (token !== undefined && token.exchangedAt >= exchangedBefore) return token
      const claimed = await session.slot.claim(kept, undefined)
      if (claimed.state !== 'mine') return undefined
      return during(session, claimed.turn, () => exchange(session, claimed.turn))
    },
  }
}

/** Who, for the audit stream. */
function about({ subject, correlationId }: ApiSession): Omit<Parameters<Emit>[0], 'type'> {
  const { sub, aal, selectedRole } = subject
  return {
    sub,
    aal,
    ...(correlationId === undefined ? {} : { correlationId }),
    ...(selectedRole === undefined ? {} : { role: selectedRole.code, organisation: selectedRole.organisation }),
  }
}
