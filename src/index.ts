/** The public names of `express-cis2`. */
export type { DrainableServer, DrainOptions } from './express/drain.js'
export { cis2Auth, type Cis2Auth, type Cis2Health } from './cis2-auth.js'
export type { Authenticate, Cis2Connection } from './express/authenticate.js'
export { requireCis2 } from './express/require-cis2.js'
export { cis2UserOf, type Cis2NhsApi, type Cis2Request, type Cis2SessionTimes } from './express/request.js'
export type { Requirement } from './cis2/requirement.js'
export type { AssuranceLevel, IdentityAssuranceLevel } from './cis2/assurance.js'
export type { Authenticator, Cis2Role, Cis2User, CodedName, ProfessionalIds, Workgroup } from './cis2/user.js'
export type { ApiPlatformEnvironment } from './cis2/api-platforms.js'
export type { NhsApiOptions } from './options/api-platform-options.js'
export type { RedisCredentials, RedisWithCredentials } from './options/redis-credentials.js'
export type { SignInContext, SignInHook } from './options/sign-in-hook.js'
export type { Cis2SessionInfo } from './session/session-info.js'
export type { Cis2Event, Cis2EventType } from './events.js'
export type {
  AssertionAlgorithm,
  ClientAuthenticationOptions,
  LocalSigningKey,
  RemoteSigningKey,
  SigningKey,
} from './options/client-authentication-options.js'
export type { Cis2Options, RouteOptions, SessionOptions } from './options/cis2-options.js'
export type { Cis2Tokens } from './cis2/tokens.js'
export type { PartHealth } from './health.js'
export {
  ApiRequestError,
  ApiTokenError,
  Cis2Error,
  ConfigError,
  CrossOriginError,
  ForbiddenError,
  InsecureTransportError,
  isCis2Error,
  LogoutTokenRefusedError,
  MethodNotAllowedError,
  MountError,
  NavigationOnlyError,
  NotMountedError,
  NotSignedInError,
  ProviderUnavailableError,
  SessionConflictError,
  SessionEndedError,
  SessionUnreadableError,
  SignInRefusedError,
  SignOutNotConfirmedError,
  StepUpRequiredError,
  StoreUnavailableError,
  type AnyCis2Error,
  type ApiTokenRefusal,
  type Cis2ErrorCode,
  type SignInRefusal,
} from './errors.js'
