/** What the guard refuses with. */
import { Cis2Error } from './cis2-error.js'

/** Nobody is signed in. */
export class NotSignedInError extends Cis2Error {
  readonly code = 'CIS2_NOT_SIGNED_IN'
  readonly status = 401
  /** The level that the guard asks of the sign-in to come; undefined when it asks for none. */
  readonly aal: 1 | 2 | 3 | undefined
  /** The greatest age in seconds that the guard accepts, alike. */
  readonly maxAuthAgeSeconds: number | undefined

  constructor(
    message = 'This route needs a signed-in user.',
    needed: { aal?: 1 | 2 | 3 | undefined; maxAuthAgeSeconds?: number | undefined } = {},
  ) {
    super(message)
    this.aal = needed.aal
    this.maxAuthAgeSeconds = needed.maxAuthAgeSeconds
  }
}

/** The user is signed in, but with a weaker method, or longer ago, than the route asks for. RFC 9470. */
export class StepUpRequiredError extends Cis2Error {
  readonly code = 'CIS2_STEP_UP_REQUIRED'
  readonly status = 401
  /** The level to reach, when the level was too low. */
  readonly aal: 1 | 2 | 3 | undefined
  /** The greatest age in seconds, when the authentication was too old. */
  readonly maxAuthAgeSeconds: number | undefined
  /** Which of the two this sign-in does not satisfy; the level when it is both. Undefined when no guard asked. */
  readonly key: 'aal' | 'maxAuthAgeSeconds' | undefined

  constructor(
    needed: { aal?: 1 | 2 | 3 | undefined; maxAuthAgeSeconds?: number | undefined },
    key?: 'aal' | 'maxAuthAgeSeconds',
  ) {
    super('This route needs a stronger or more recent sign-in.')
    this.aal = needed.aal
    this.maxAuthAgeSeconds = needed.maxAuthAgeSeconds
    this.key = key
  }
}

/** The user's selected role, activity, organisation or workgroup does not allow this route. */
export class ForbiddenError extends Cis2Error {
  readonly code = 'CIS2_FORBIDDEN'
  readonly status = 403
  /** The key of the requirement that refused; `anyOf` when each alternative fails for a reason of its own. */
  readonly key: 'roles' | 'activities' | 'organisations' | 'workgroups' | 'check' | 'anyOf' | undefined

  constructor(
    message = "The user's selected role does not allow this route.",
    options?: { cause?: unknown; key?: ForbiddenError['key'] },
  ) {
    super(message, options)
    this.key = options?.key
  }
}
