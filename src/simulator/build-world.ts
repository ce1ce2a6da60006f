/** Puts the parts of a simulator together. */
import { ApiPlatform } from './api-platform/api-platform.js'
import { PlatformAssertions } from './api-platform/client-assertion.js'
import { BackChannel } from './back-channel.js'
import { ClientAuthenticator } from './client-authentication.js'
import { ClientKeys } from './client-keys.js'
import { FaultBoard } from './fault-board.js'
import { Grants } from './grants.js'
import type { KeyRing } from './keys.js'
import { OpSessions } from './op-sessions.js'
import type { SimulatorSettings } from './options.js'
import { PendingSignIns } from './pending-sign-ins.js'
import { RequestLog } from './request-log.js'
import { type Addresses, endpointText, PLATFORM_TOKEN_PATHS, type World } from './world.js'

/** A simulator without its port. */
export function buildWorld(
  settings: SimulatorSettings,
  addresses: Addresses,
  keys: KeyRing,
  stopping: AbortSignal,
): World {
  const { clock, users } = settings
  const { issuer } = addresses
  const clients = new Map(settings.clients.map((client) => [client.clientId, client]))
  const log = new RequestLog(clock)
  const sessions = new OpSessions()
  const faults = new FaultBoard(settings.faults)
  const tokenEndpoint = endpointText(addresses, '/access_token')
  const clientKeys = new ClientKeys(log, clock)
  // The platform is another host in life; here it is reached where the simulator listens, or under what it displays.
  const origins = [addresses.url, addresses.origin]
  const audiences = origins.flatMap((origin) => PLATFORM_TOKEN_PATHS.map((path) => `${origin}${path}`))
  const assertions = new PlatformAssertions({ clients, keys: clientKeys, audiences, clock })
  return {
    addresses,
    clock,
    users,
    clients,
    keys,
    faults,
    log,
    sessions,
    grants: new Grants(clock),
    pending: new PendingSignIns(),
    clientAuthenticator: new ClientAuthenticator({ clients, keys: clientKeys, tokenEndpoint, issuer, clock }),
    apiPlatform: new ApiPlatform({ clients, assertions, keys, issuer, clock }),
    backChannel: new BackChannel({ issuer, clock, clients, sessions, keys, faults, log }),
    stopping,
  }
}
