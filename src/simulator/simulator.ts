/** Starts the simulator: puts the parts together and listens. */
import express, { type Express } from 'express'

import { type NextSignInTexts, readNextSignIn } from './automatic-sign-ins.js'
import type { LogoutDelivery } from './back-channel.js'
import { buildWorld } from './build-world.js'
import type { SimulatorClient } from './clients.js'
import { fetchThrough } from './display-fetch.js'
import { endSessionsOf } from './end-sessions.js'
import { problemWithFault } from './faults/check-fault.js'
import type { FaultName, FaultValue } from './faults/index.js'
import { KeyRing } from './keys.js'
import { startListening, stopListening } from './listen.js'
import { parseClient, parseSimulatorOptions, type SimulatorOptions } from './options.js'
import { SimulatorOptionsError } from './options-error.js'
import type { SimulatorRequest } from './request-log.js'
import { registerClient } from './register-client.js'
import { addRoutes } from './routes/index.js'
import { StateFolder } from './state.js'
import type { LogoutCause } from './tokens.js'
import type { SimulatorUser } from './users.js'
import type { World } from './world.js'

/** A running simulator. */
export interface Simulator {
  /** Where it listens, for example `http://127.0.0.1:9000`. */
  readonly url: string
  /** The issuer's text as displayed. */
  readonly issuer: string
  /** As PEM, with `https`: what `NODE_EXTRA_CA_CERTS` and browsers must be told to trust. Made anew at each start. */
  readonly certificate: string | undefined
  /** Reaches the simulator under its displayed address too, with or without the port; for `cis2Auth`'s `fetch`. */
  readonly fetch: typeof fetch
  /** Everybody who can sign in. */
  readonly users: readonly SimulatorUser[]
  /** Every registered client, those added later included. */
  readonly clients: readonly SimulatorClient[]
  /** Registers a client; one of the same `clientId` is replaced. */
  addClient(client: SimulatorClient): void
  /**
   * Takes the card out of the reader: ends the sessions that the user began with a smartcard, and tells their clients.
   */
  removeSmartcard(sub: string): Promise<LogoutDelivery[]>
  /**
   * Ends all CIS2 sessions of a user and tells their clients. Default cause: `SESSION_TERMINATION`, an administrator.
   */
  endSession(sub: string, cause?: LogoutCause): Promise<LogoutDelivery[]>
  /**
   * The next sign-in comes straight back, without a page: as a user (name, e-mail address or user ID), in a role
   * (`person_roleid`, role code or its last part; default: the first), to one client or whichever comes first.
   *
   * @throws {SimulatorOptionsError} when nobody, or no role of hers, is meant.
   */
  nextSignIn(next: NextSignInTexts): void
  /** A new key signs from now on. The one before stays published until the next rotation. */
  rotateKeys(): Promise<void>
  /** Sets a fault, with a value of its own where the fault takes one. */
  setFault(name: FaultName, value?: FaultValue): void
  /** Switches every fault off. */
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
 * ```ts
 * const simulator = await startSimulator()
 * // … point the application at simulator.issuer …
 * await simulator.stop()
 * ```
 *
 * @throws {SimulatorOptionsError} when options are wrong, listing every problem.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const settings = parseSimulatorOptions(options)
  const state = settings.state === undefined ? undefined : new StateFolder(settings.state)
  const keys = await KeyRing.make(state)
  const { server, addresses } = await startListening(settings, state)
  const stopping = new AbortController()
  const world = buildWorld(settings, addresses, keys, stopping.signal)
  server.on('request', buildApp(world))
  return {
    url: addresses.url,
    issuer: addresses.issuer,
    certificate: addresses.certificate,
    fetch: fetchThrough(addresses),
    users: world.users,
    get clients() {
      return [...world.clients.values()]
    },
    get requests() {
      return world.log.entries
    },
    ...controls(world),
    stop: () => stopListening(server, stopping),
  }
}

function controls(
  world: World,
): Pick<
  Simulator,
  'addClient' | 'removeSmartcard' | 'endSession' | 'nextSignIn' | 'rotateKeys' | 'setFault' | 'clearFaults'
> {
  return {
    addClient(client) {
      registerClient(world, parseClient(client))
    },
    removeSmartcard: (sub) => endSessionsOf(world, sub, 'SESSION_TERMINATION', true),
    endSession: (sub, cause = 'SESSION_TERMINATION') => endSessionsOf(world, sub, cause),
    nextSignIn(texts) {
      const next = readNextSignIn(texts, world.users)
      if ('problem' in next) throw new SimulatorOptionsError([`nextSignIn: ${next.problem}`])
      world.automatic.next = next
    },
    rotateKeys: () => world.keys.rotate(),
    setFault(name, value = true) {
      const problem = problemWithFault(name, value)
      if (problem !== undefined) throw new SimulatorOptionsError([problem])
      world.faults.set(name, value)
    },
    clearFaults() {
      world.faults.clear()
    },
  }
}

function buildApp(world: World): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  addRoutes(app, world)
  return app
}
