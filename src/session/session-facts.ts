/** What may be told of a session from outside. */
import type { AssuranceLevel } from '../cis2/assurance.js'

/** What a user is told of a session that is not the request's own: nothing that opens it. */
export interface SessionFacts {
  /** Epoch seconds. */
  readonly signedInAt: number
  /** `auth_time`, in epoch seconds. */
  readonly authenticatedAt: number
  readonly aal: AssuranceLevel
  /** Full code of the selected role, and ODS code of its organisation. */
  readonly role?: string
  readonly organisation?: string
}
