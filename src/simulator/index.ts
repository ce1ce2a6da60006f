/** A CIS2 simulator: NHS CIS2 Authentication as an engineer meets it, on loopback, faults included. */
export {
  type AuthenticatorName,
  authenticatorNamed,
  knownAuthenticators,
  type SimulatorAuthenticator,
} from './authenticators.js'
export type { NextSignInTexts } from './automatic-sign-ins.js'
export type { LogoutDelivery } from './back-channel.js'
export { theCast } from './cast.js'
export {
  type ApiPlatformApp,
  DEMO_CLIENT,
  type PublishedKeys,
  type SimulatorClient,
  type TokenEndpointAuthMethod,
} from './clients.js'
export {
  describeFaults,
  type FaultDescription,
  type FaultName,
  type FaultOutcome,
  type FaultPlace,
  type FaultValue,
  type FaultValueKind,
} from './faults/index.js'
export { AM_REALM_PATH, type SimulatorOptions } from './options.js'
export { SimulatorOptionsError } from './options-error.js'
export type { Participant, SimulatorRequest } from './request-log.js'
export { type Simulator, startSimulator } from './simulator.js'
export { readSimulatorFile } from './simulator-file.js'
export type { LogoutCause } from './tokens.js'
export type { SimulatorUser } from './users.js'
