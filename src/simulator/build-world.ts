/** Puts the parts of a simulator together. */
import { ApiPlatform } from './api-platform/api-platform.js'
import { AutomaticSignIns } from './automatic-sign-ins.js'
import { BackChannel } from './back-channel.js'
import { ClientAuthenticator } from './client-authentication.js'
import { ClientKeys } from './client-keys.js'
import { FaultBoard } from './fault-board.js'
import { KeySetReader } from './key-set-reader.js'
import { Grants } from './grants.js'
import type { KeyRing } from './keys.js'
import { OpSessions } from './op-sessions.js'
import type { SimulatorSettings } from './options.js'
import { PendingSignIns } from './pending-sign-ins.js'
import { RequestLog } from './request-log.js'
import { type Addresses, endpointText, type World } from './world.js'

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
  const cis2KeySets = new KeySetReader(log, clock)
  const platformKeySets = new KeySetReader(log, clock)
  const clientKeys = new ClientKeys(cis2KeySets)
  return {
    addresses,
    clock,
    users,
    clients,
    keySets: [cis2KeySets, platformKeySets],
    keys,
    faults,
    log,
    sessions,
    grants: new Grants(clock),
    pending: new PendingSignIns(),
    clientAuthenticator: new ClientAuthenticator({ clients, keys: clientKeys, tokenEndpoint, issuer, clock }),
    apiPlatform: new ApiPlatform({ clients, keySets: platformKeySets, keys, faults, issuer, clock }),
    automatic: new AutomaticSignIns(users, settings.signInAs),
    backChannel: new BackChannel({ issuer, clock, clients, sessions, keys, faults, log }),
    stopping,
  }
}
