/** Starts the simulator: puts the parts together and listens. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import express, { type Express } from 'express'

import { BackChannel, type LogoutDelivery } from './back-channel.js'
import { isSmartcard } from './authenticators.js'
import { ClientAuthenticator } from './client-authentication.js'
import { ClientKeys } from './client-keys.js'
import type { SimulatorClient } from './clients.js'
import { fetchThrough } from './display-fetch.js'
import { FaultBoard } from './fault-board.js'
import { type FaultName, type FaultValue, isFaultName } from './faults/index.js'
import { Grants } from './grants.js'
import { KeyRing } from './keys.js'
import { OpSessions } from './op-sessions.js'
import {
  AM_REALM_PATH,
  parseClient,
  parseSimulatorOptions,
  type SimulatorOptions,
  SimulatorOptionsError,
  type SimulatorSettings,
  unknownFault,
} from './options.js'
import { PendingSignIns } from './pending-sign-ins.js'
import { RequestLog, type SimulatorRequest } from './request-log.js'
import { addRoutes } from './routes/index.js'
import type { LogoutCause } from './tokens.js'
import type { SimulatorUser } from './users.js'
import { type Addresses, endpointText, type World } from './world.js'

/** A running simulator. */
export interface Simulator {
  /** Where it listens, for example `http://127.0.0.1:9000`. */
  readonly url: string
  /** The issuer's text as displayed. */
  readonly issuer: string
  /** Reaches the simulator under its displayed address too, with or without the port; for `cis2Auth`'s `fetch`. */
  readonly fetch: typeof fetch
  readonly users: readonly SimulatorUser[]
  readonly clients: readonly SimulatorClient[]
  /** Registers a client; one of the same `clientId` is replaced. */
  addClient(client: SimulatorClient): void
  /** Takes the card out of the reader: ends the sessions that the user began with a smartcard, and tells their clients. */
  removeSmartcard(sub: string): Promise<LogoutDelivery[]>
  /** Ends all CIS2 sessions of a user and tells their clients. Default cause: `SESSION_TERMINATION`, an administrator. */
  endSession(sub: string, cause?: LogoutCause): Promise<LogoutDelivery[]>
  /** A new key signs from now on. The one before stays published until the next rotation. */
  rotateKeys(): Promise<void>
  /** Sets a fault, with a value of its own where the fault takes one. */
  setFault(name: FaultName, value?: FaultValue): void
  clearFaults(): void
  /** Every request to the simulator and from it, oldest first, secrets masked, with the true reason of each refusal. */
  readonly requests: readonly SimulatorRequest[]
  /** Closes the port and every connection. */
  stop(): Promise<void>
}

/**
 * Starts a CIS2 simulator on loopback, at a free port unless told otherwise.
 *
 * @example
 * const simulator = await startSimulator({ clients: [myClient] })
 * // … point the application at simulator.issuer …
 * await simulator.stop()
 *
 * @throws {SimulatorOptionsError} when options are wrong, listing every problem.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const settings = parseSimulatorOptions(options)
  const [server, keys] = await Promise.all([listen(settings), KeyRing.make()])
  const addresses = addressesOf(settings, server.address() as AddressInfo)
  const stopping = new AbortController()
  const world = buildWorld(settings, addresses, keys, stopping.signal)
  server.on('request', buildApp(world))
  return {
    url: addresses.url,
    issuer: addresses.issuer,
    fetch: fetchThrough(addresses),
    users: world.users,
    get clients() {
      return [...world.clients.values()]
    },
    get requests() {
      return world.log.entries
    },
    ...controls(world),
    stop: () => stop(server, stopping),
  }
}

function controls(
  world: World,
): Pick<Simulator, 'addClient' | 'removeSmartcard' | 'endSession' | 'rotateKeys' | 'setFault' | 'clearFaults'> {
  const endSessions = async (sub: string, cause: LogoutCause, onlySmartcards: boolean) => {
    const sessions = world.sessions
      .ofUser(sub)
      .filter(({ authenticator }) => !onlySmartcards || isSmartcard(authenticator.name))
    return (await Promise.all(sessions.map((session) => world.backChannel.endSession(session, cause)))).flat()
  }
  return {
    addClient(client) {
      world.clients.set(client.clientId, parseClient(client))
    },
    removeSmartcard: (sub) => endSessions(sub, 'SESSION_TERMINATION', true),
    endSession: (sub, cause = 'SESSION_TERMINATION') => endSessions(sub, cause, false),
    rotateKeys: () => world.keys.rotate(),
    setFault(name, value = true) {
      if (!isFaultName(name)) throw new SimulatorOptionsError([unknownFault(name)])
      world.faults.set(name, value)
    },
    clearFaults() {
      world.faults.clear()
    },
  }
}

async function listen({ host, port }: SimulatorSettings): Promise<Server> {
  const server = createServer()
  server.listen(port, host)
  await once(server, 'listening')
  return server
}

async function stop(server: Server, stopping: AbortController): Promise<void> {
  stopping.abort()
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

/** Addresses that mean "all interfaces" cannot be connected to everywhere; loopback can. */
function reachableHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

function addressesOf({ host, issuer: displayed, https }: SimulatorSettings, { port }: AddressInfo): Addresses {
  const url = `${https ? 'https' : 'http'}://${reachableHost(host)}:${port}`
  const issuer = displayed ?? `${url}${AM_REALM_PATH}`
  return { url, issuer, basePath: new URL(issuer).pathname, port }
}

function buildWorld(settings: SimulatorSettings, addresses: Addresses, keys: KeyRing, stopping: AbortSignal): World {
  const { clock, users } = settings
  const { issuer } = addresses
  const clients = new Map(settings.clients.map((client) => [client.clientId, client]))
  const log = new RequestLog(clock)
  const sessions = new OpSessions()
  const faults = new FaultBoard(settings.faults)
  const tokenEndpoint = endpointText(addresses, '/access_token')
  const clientKeys = new ClientKeys(log, clock)
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
    backChannel: new BackChannel({ issuer, clock, clients, sessions, keys, faults, log }),
    stopping,
  }
}

function buildApp(world: World): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  addRoutes(app, world)
  return app
}
