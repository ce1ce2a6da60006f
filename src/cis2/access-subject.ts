/** What a guard judges, and how an application adds a rule of its own. */
import type { AssuranceLevel } from './assurance.js'
import type { Cis2User } from './user.js'

/** What the guard's rule is judged on: the few facts of a session that every request reads. */
export interface AccessSubject {
  readonly sub: string
  readonly aal: AssuranceLevel
  /** Epoch seconds. */
  readonly authenticatedAt: number
  readonly selectedRole?: SelectedRoleCodes
}

/** The selected role, reduced to the codes that a requirement can name. */
export interface SelectedRoleCodes {
  readonly id: string
  readonly code: string
  readonly jobRole: string
  readonly organisation: string
  readonly activities: readonly string[]
  /** Codes and names alike. */
  readonly workgroups: readonly string[]
}

/** A rule of the application's own. Answering false, throwing and rejecting all refuse. */
export type AccessCheck<Request = unknown> = (user: Cis2User, req: Request) => boolean | Promise<boolean>
