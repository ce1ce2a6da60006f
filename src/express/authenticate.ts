/** `auth.authenticate(req)`: the guard's decision for what stays open: a WebSocket, an upgrade, a stream. */
import type { IncomingMessage } from 'node:http'

import { decideAccess, shortKey } from '../cis2/access.js'
import type { AccessCheck } from '../cis2/access-subject.js'
import { refusedKey } from '../cis2/refused-key.js'
import { parseRequirement, type ParsedRequirement, type Requirement } from '../cis2/requirement.js'
import type { Cis2User } from '../cis2/user.js'
import { CrossOriginError, ForbiddenError, isCis2Error, NotSignedInError, StepUpRequiredError } from '../errors.js'
import type { AttendedSession, SignedInSession } from '../session/sessions.js'
import { lazyUser } from './load-user.js'
import type { Parts } from './parts.js'
import type { Cis2SessionTimes } from './request.js'
import { whereRefused } from './where-refused.js'

/** Who is behind a connection that stays open. */
export interface Cis2Connection {
  /** Who is signed in, as `req.cis2User`. */
  readonly user: Cis2User
  /** Times of the session when it was read, in epoch seconds. */
  readonly session: Cis2SessionTimes
  /**
   * Fires when the session is over, for whatever reason, with a `SessionEndedError`: at once on the instance that ended
   * it, within five seconds on every other. With `StoreUnavailableError` when the store has been out of reach for 30
   * seconds. Nothing fires once the request's socket is closed.
   */
  readonly signal: AbortSignal
}

/** Makes the guard's decision about a request that Express does not see: the type of `auth.authenticate`. */
export type Authenticate = (req: IncomingMessage, requirement?: Requirement<IncomingMessage>) => Promise<Cis2Connection>

type CreateParts = Pick<Parts, 'config' | 'sessions' | 'emit'>

export function createAuthenticate({ config, sessions, emit }: CreateParts): Authenticate {
  async function attended(req: IncomingMessage, requirement: Requirement<IncomingMessage>) {
    const parsed = parseRequirement<IncomingMessage>(requirement)
    assertOwnOrigin(req, config.baseUrl.origin)
    // Opening a connection is no sign of life unless the application says so: pages reconnect by themselves.
    const found = await sessions.attend(req, requirement.extendSession !== true)
    if (found === undefined) throw new NotSignedInError()
    await assertAccess(req, found.session, parsed, config.clock() / 1000)
    return found
  }

  return async function authenticate(req, requirement = {}) {
    try {
      return connectionOf(req, await attended(req, requirement))
    } catch (error) {
      if (isCis2Error(error) && error.code !== 'CIS2_CONFIG')
        emit({ type: 'access.refused', reason: error.code, ...whereRefused(req, error) })
      throw error
    }
  }
}

/** Cross-site WebSocket hijacking: browsers send cookies with an upgrade from any page, and no preflight. RFC 6455, section 10.2. */
function assertOwnOrigin({ headers }: IncomingMessage, ownOrigin: string): void {
  if (headers.origin !== undefined && headers.origin !== ownOrigin) throw new CrossOriginError()
  const site = headers['sec-fetch-site']
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw new CrossOriginError()
}

async function assertAccess(
  req: IncomingMessage,
  session: SignedInSession,
  requirement: ParsedRequirement<IncomingMessage>,
  now: number,
): Promise<void> {
  const { subject } = session
  const results = new Map<AccessCheck<IncomingMessage>, boolean>()
  for (;;) {
    const decision = decideAccess(subject, requirement, now, results)
    if (decision.outcome === 'pass') return
    if (decision.outcome === 'not-signed-in') throw new NotSignedInError()
    if (decision.outcome === 'step-up') throw new StepUpRequiredError(decision, shortKey(subject, decision))
    if (decision.outcome === 'forbidden')
      throw new ForbiddenError(undefined, { key: refusedKey(subject, requirement, results) })
    const held: unknown = await decision.check(lazyUser(session), req)
    results.set(decision.check, held === true)
  }
}

function connectionOf(req: IncomingMessage, { session, watch }: AttendedSession): Cis2Connection {
  const { signal, release } = watch()
  if (req.socket.destroyed) release()
  else req.socket.once('close', release)
  const { signedInAt, idleExpiresAt, absoluteExpiresAt } = session
  return Object.freeze({
    user: lazyUser(session),
    session: Object.freeze({ signedInAt, idleExpiresAt, absoluteExpiresAt }),
    signal,
  })
}
