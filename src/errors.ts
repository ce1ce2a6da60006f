/** Every error that leaves this package, and how to tell them apart. */
import type { NotSignedInError, StepUpRequiredError, ForbiddenError } from './errors/access-errors.js'
import type { ConfigError, MountError, SessionConflictError, NotMountedError } from './errors/configuration-errors.js'
import type { ApiTokenError, ApiRequestError } from './errors/nhs-api-errors.js'
import type {
  CrossOriginError,
  MethodNotAllowedError,
  NavigationOnlyError,
  InsecureTransportError,
} from './errors/request-errors.js'
import type {
  LogoutTokenRefusedError,
  SignOutNotConfirmedError,
  StoreUnavailableError,
  SessionUnreadableError,
  SessionEndedError,
} from './errors/session-errors.js'
import type { SignInRefusedError, ProviderUnavailableError } from './errors/sign-in-errors.js'

export { NotSignedInError, StepUpRequiredError, ForbiddenError } from './errors/access-errors.js'
export { type Cis2ErrorCode, docsOf, Cis2Error } from './errors/cis2-error.js'
export { ConfigError, MountError, SessionConflictError, NotMountedError } from './errors/configuration-errors.js'
export { type ApiTokenRefusal, ApiTokenError, ApiRequestError } from './errors/nhs-api-errors.js'
export {
  CrossOriginError,
  MethodNotAllowedError,
  NavigationOnlyError,
  InsecureTransportError,
} from './errors/request-errors.js'
export {
  StoreUnavailableError,
  SessionUnreadableError,
  SessionEndedError,
  SignOutNotConfirmedError,
  LogoutTokenRefusedError,
} from './errors/session-errors.js'
export { type SignInRefusal, SignInRefusedError, ProviderUnavailableError } from './errors/sign-in-errors.js'

/** Every error of this package; narrows by `code`. */
export type AnyCis2Error =
  | ConfigError
  | MountError
  | SessionConflictError
  | NotMountedError
  | NotSignedInError
  | StepUpRequiredError
  | ForbiddenError
  | CrossOriginError
  | MethodNotAllowedError
  | NavigationOnlyError
  | InsecureTransportError
  | SignInRefusedError
  | LogoutTokenRefusedError
  | SignOutNotConfirmedError
  | ProviderUnavailableError
  | StoreUnavailableError
  | SessionUnreadableError
  | ApiTokenError
  | ApiRequestError
  | SessionEndedError

/**
 * Whether a value is one of this package's errors, whichever build made it. Narrows by `code` from there.
 *
 * @example
 * ```ts
 * const showNoAccess: ErrorRequestHandler = (error, _req, res, next) => {
 *   if (isCis2Error(error) && error.code === 'CIS2_FORBIDDEN') res.status(error.status).render('no-access')
 *   else next(error)
 * }
 * app.use(showNoAccess)
 * ```
 */
export function isCis2Error(value: unknown): value is AnyCis2Error {
  return value instanceof Error && 'code' in value && typeof value.code === 'string' && value.code.startsWith('CIS2_')
}
