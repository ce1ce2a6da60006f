/** The audit stream: one event per outcome, in one stable shape. */
import { createHash } from 'node:crypto'

import type { AssuranceLevel } from './cis2/assurance.js'
import type { RoleCounts } from './cis2/user-from-claims.js'

/** What happened, in one word; stable across minor versions. `docs/reference/events.md` says when each comes. */
export type Cis2EventType =
  | 'sign-in.started'
  | 'sign-in.succeeded'
  | 'sign-in.refused'
  | 'step-up.succeeded'
  | 'step-up.refused'
  | 'role.changed'
  | 'session.ended'
  | 'access.refused'
  | 'back-channel-logout.refused'
  | 'provider.unavailable'
  | 'provider.recovered'
  | 'store.unavailable'
  | 'store.recovered'
  | 'credentials.unavailable'
  | 'credentials.recovered'
  | 'replication.short'
  | 'keys.rotated'
  | 'api-token.obtained'
  | 'api-token.refreshed'
  | 'api-token.refused'

/**
 * One outcome, as `onEvent` is told: frozen, members that do not apply left out. Never holds a token, a secret, a
 * cookie or a session id.
 */
export interface Cis2Event {
  /** What happened. */
  readonly type: Cis2EventType
  /** When, by the option `clock`: ISO 8601, UTC, for example `2026-11-28T09:15:00.000Z`. */
  readonly at: string
  /**
   * Joins the events and the answer of one request, and all those of one sign-in, from `sign-in.started` on; also in the
   * problem+json and on the page of a refusal.
   */
  readonly correlationId?: string
  /** Whose session or sign-in it is: CIS2's identifier of the person. Missing where it is not known. */
  readonly sub?: string
  /** First 16 hex digits of SHA-256 of CIS2's `sid`: joins events of one CIS2 session, names none. */
  readonly sidHash?: string
  /** The authenticator assurance level that was reached. */
  readonly aal?: AssuranceLevel
  /** Code of the selected role, for example `S8000:G8000:R8001`. */
  readonly role?: string
  /** ODS code of the selected role's organisation. */
  readonly organisation?: string
  /**
   * Of a sign-in that succeeded: how many roles CIS2 sent, how many of them could be read (each needs an id, a role code
   * and an organisation), and whether the selected one is among those. When they differ, tell the CIS2 team.
   */
  readonly roles?: RoleCounts
  /** Why: a `SignInRefusal` of a refused sign-in, why a session ended, the error's code of a refused access. */
  readonly reason?: string
  /** Of a refused access: the request's method. */
  readonly method?: string
  /**
   * Of a refused access: the path of Express's route as the application wrote it, `/patients/:id`, without that of the
   * router it is on; never the address, which may name a person. Missing where the guard stands on no route.
   */
  readonly route?: string
  /** Of a refused access: the key of the guard's requirement that refused, such as `roles`, `aal` or `crossOrigin`. */
  readonly key?: string
  /** What lay behind it, for the operator: the kind of a fault or the check that failed, never a value of a person. */
  readonly cause?: string
  /** How many the event stands for: with `replication.short`, writes that no replica is known to have. */
  readonly count?: number
}

/** What the parts of the package call; adds `at`, and never throws. */
export type Emit = (event: Omit<Cis2Event, 'at'>) => void

/**
 * Builds {@link Emit} over the `onEvent` option. A listener that throws harms nobody's sign-in.
 * @param count - Told of every event, whether anybody listens or not; never throws.
 */
export function createEmit(
  onEvent: ((event: Cis2Event) => unknown) | undefined,
  clock: () => number,
  count: (event: Pick<Cis2Event, 'type' | 'reason'>) => void = function countNothing() {},
): Emit {
  return function emit(event) {
    count(event)
    if (onEvent === undefined) return
    try {
      const told = onEvent(Object.freeze({ ...event, at: new Date(clock()).toISOString() }))
      // The type lets an async function in; nobody would catch what that one throws, and the process would end.
      if (typeof told === 'object') Promise.resolve(told).catch(ignore)
    } catch {
      ignore()
    }
  }
}

/** The listener is the application's: its fault must neither refuse nor admit anybody. */
function ignore(): void {}

/** What the audit stream says in place of CIS2's `sid`. */
export function sidHashOf(sid: string): string {
  return createHash('sha256').update(sid).digest('hex').slice(0, 16)
}
