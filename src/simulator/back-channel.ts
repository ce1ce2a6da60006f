/** Ends CIS2 sessions and tells the clients of each (OpenID Connect Back-Channel Logout 1.0). */
import type { SimulatorClient } from './clients.js'
import { describeCause } from './describe-cause.js'
import type { FaultBoard, SpoiledBy } from './fault-board.js'
import { usualFetch } from './fetch-over-node.js'
import { type Claims, draftOf, signDraft } from './jwt.js'
import type { KeyRing } from './keys.js'
import { openToken } from './mask.js'
import type { OpSession, OpSessions } from './op-sessions.js'
import type { OpenRequest, RequestLog } from './request-log.js'
import { type LogoutCause, logoutTokenClaims } from './tokens.js'

/** What became of one logout token. */
export interface LogoutDelivery {
  /** The client that was told. */
  readonly clientId: string
  /** Where the token was posted to. */
  readonly uri: string
  /** The CIS2 session that ended, by the client's own `sid`. */
  readonly sid: string
  /** What the relying party answered. */
  readonly status?: number
  /** Why there was no answer. */
  readonly problem?: string
}

const TIMEOUT_MILLISECONDS = 5000

/** 204 is what some frameworks make of an empty 200 (OpenID Connect Back-Channel Logout 1.0, 2.8). */
const DONE = [200, 204]

interface Parts {
  readonly issuer: string
  readonly clock: () => number
  readonly clients: ReadonlyMap<string, SimulatorClient>
  readonly sessions: OpSessions
  readonly keys: KeyRing
  readonly faults: FaultBoard
  readonly log: RequestLog
}

/** Sends logout tokens, and waits for the answers: at most five seconds each. */
export class BackChannel {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Ends a session and tells every client that has seen it. */
  async endSession(session: OpSession, cause: LogoutCause): Promise<LogoutDelivery[]> {
    this.#parts.sessions.end(session)
    const deliveries = [...session.sids].map(([clientId, sid]) => this.#tell(session, clientId, sid, cause))
    return (await Promise.all(deliveries)).flat()
  }

  async #tell(session: OpSession, clientId: string, sid: string, cause: LogoutCause): Promise<LogoutDelivery[]> {
    const { issuer, clock, clients, keys, faults } = this.#parts
    const uri = clients.get(clientId)?.backChannelLogoutUri
    if (uri === undefined) return []
    const now = Math.floor(clock() / 1000)
    const claims: Claims = logoutTokenClaims({ issuer, now, clientId, sub: session.user.sub, sid, cause })
    const struck: string[] = []
    const note: SpoiledBy = { spoiledBy: (fault) => struck.push(fault) }
    const token = await signDraft(faults.spoil('logout-token', draftOf(claims, keys.kid), note), keys)
    const { times } = faults.spoil('logout-delivery', { times: 1 }, note)
    if (times === 0) this.#noteLost(uri, session.journey, struck)
    const deliveries: LogoutDelivery[] = []
    for (let left = times; left > 0; left -= 1) {
      const entry = this.#open(uri, session.journey, struck)
      deliveries.push({ clientId, uri, sid, ...(await this.#post(uri, token, entry)) })
    }
    return deliveries
  }

  #open(uri: string, journey: string, faults: readonly string[]): OpenRequest {
    const entry = this.#parts.log.open({ method: 'POST', path: uri, from: 'cis2', to: 'app' })
    return Object.assign(entry, { journey, ...(faults.length > 0 ? { faults } : {}) })
  }

  #noteLost(uri: string, journey: string, faults: readonly string[]): void {
    this.#open(uri, journey, faults).refusal = `not sent at all: the fault ${faults.join(', ')}`
    this.#parts.log.changed()
  }

  async #post(uri: string, token: string, entry: OpenRequest): Promise<Pick<LogoutDelivery, 'status' | 'problem'>> {
    entry.sent = { logout_token: openToken(token) ?? 'a text that is no token' }
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MILLISECONDS)
      const body = new URLSearchParams({ logout_token: token }).toString()
      const headers = { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' }
      const response = await usualFetch()(uri, { method: 'POST', headers, body, redirect: 'manual', signal })
      await response.body?.cancel()
      entry.status = response.status
      if (!DONE.includes(response.status))
        entry.refusal = `the application answered ${response.status} to a logout token`
      return { status: response.status }
    } catch (cause) {
      const problem = `the application could not be reached: ${describeCause(cause)}`
      entry.refusal = problem
      return { problem }
    } finally {
      this.#parts.log.changed()
    }
  }
}
