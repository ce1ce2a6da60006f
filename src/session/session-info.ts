/** What a list of a user's sessions says of each. */
import type { AssuranceLevel } from '../cis2/assurance.js'

/**
 * One of a user's live sessions, as `listSessions` returns it: for a page "where you are signed in". Times are epoch
 * seconds. Frozen.
 *
 * @see [OWASP ASVS 5.0, 7.5.2](https://github.com/OWASP/ASVS)
 */
export interface Cis2SessionInfo {
  /** Names the session for `endSessions({ sub, id })`, as long as it lives. It opens nothing: it is no cookie. */
  readonly id: string
  /** When the session began; a step-up and a change of role begin a new one. */
  readonly signedInAt: number
  /** When it ends if no further request slides it. */
  readonly idleExpiresAt: number
  /** When it ends at the latest. */
  readonly absoluteExpiresAt: number
  /** The authenticator assurance level that its sign-in reached. */
  readonly aal: AssuranceLevel
  /** Full code of the selected role; missing where none was selected. */
  readonly role?: string
  /** ODS code of the selected role's organisation. */
  readonly organisation?: string
  /** Whether it is the session of the request that asks; always `false` from `auth.listSessions`. */
  readonly current: boolean
}
