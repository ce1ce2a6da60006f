/** Everything one simulator consists of; each route gets it, nothing is shared between two simulators. */
import type { ApiPlatform } from './api-platform/api-platform.js'
import type { AutomaticSignIns } from './automatic-sign-ins.js'
import type { BackChannel } from './back-channel.js'
import type { ClientAuthenticator } from './client-authentication.js'
import type { SimulatorClient } from './clients.js'
import type { FaultBoard } from './fault-board.js'
import type { Grants } from './grants.js'
import type { KeySetReader } from './key-set-reader.js'
import type { KeyRing } from './keys.js'
import type { OpSessions } from './op-sessions.js'
import type { PendingSignIns } from './pending-sign-ins.js'
import type { RequestLog } from './request-log.js'
import type { SimulatorUser } from './users.js'

/** Where things are, as texts that are shown and never parsed again. */
export interface Addresses {
  /** Where the simulator listens, for example `http://127.0.0.1:9000`. */
  readonly url: string
  /** As displayed: with its port, if it was given with one. */
  readonly issuer: string
  /** Scheme, host and port of the issuer, as displayed. */
  readonly origin: string
  /** Path of the issuer: where the provider's routes are mounted. */
  readonly basePath: string
  readonly port: number
  /** As PEM, when the simulator listens with TLS. */
  readonly certificate: string | undefined
}

/** Where the NHS API platform exchanges tokens: the real one, and its mock service. */
export const PLATFORM_TOKEN_PATHS = ['/oauth2/token', '/oauth2-mock/token']

/** The text of one of the provider's endpoints, `/access_token` for example. */
export function endpointText(addresses: Addresses, path: string): string {
  return `${addresses.issuer}${path}`
}

/** The parts of a running simulator. */
export interface World {
  readonly addresses: Addresses
  /** Epoch milliseconds. */
  readonly clock: () => number
  readonly users: readonly SimulatorUser[]
  readonly clients: Map<string, SimulatorClient>
  /** What CIS2 and the API platform keep of the clients' published keys. */
  readonly keySets: readonly KeySetReader[]
  readonly keys: KeyRing
  readonly faults: FaultBoard
  readonly log: RequestLog
  readonly sessions: OpSessions
  readonly grants: Grants
  readonly pending: PendingSignIns
  readonly clientAuthenticator: ClientAuthenticator
  readonly backChannel: BackChannel
  readonly apiPlatform: ApiPlatform
  readonly automatic: AutomaticSignIns
  /** Set off when the simulator stops. */
  readonly stopping: AbortSignal
}

/** Epoch seconds by the simulator's clock. */
export function secondsNow(world: Pick<World, 'clock'>): number {
  return Math.floor(world.clock() / 1000)
}
