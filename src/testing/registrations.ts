/** `options()`: options for an application under test, and its registration with the simulator that fits them. */
import { randomBytes } from 'node:crypto'

import type { Cis2Config } from '../options/cis2-config.js'
import type { NhsApiOptions } from '../options/api-platform-options.js'
import type { Cis2Options, SessionOptions } from '../options/cis2-options.js'
import { parseOptions } from '../options/parse-options.js'
import { publicAddress } from '../primitives/public-address.js'
import type { SimulatorClient } from '../simulator/clients.js'
import { platformAppFor, type NhsApiFor } from './api-platform.js'
import type { AppUnderTest } from './supertest-agent.js'
import { TestCis2Error } from './test-cis2-error.js'

/** Options of `cis2Auth` that a test may set; the others are the kit's own. */
export interface TestOptions extends Partial<
  Omit<Cis2Options, 'environment' | 'issuer' | 'clock' | 'session' | 'nhsApi'>
> {
  /** Session options of a test; without `redis` sessions are kept in memory. */
  readonly session?: Partial<SessionOptions>
  /** With `startTestCis2({ nhsApi: true })`: over what the kit sets. */
  readonly nhsApi?: Partial<NhsApiOptions> | undefined
}

/** Complete options for `cis2Auth`. */
export interface TestCis2Options extends Cis2Options {
  /** The simulator's issuer. */
  issuer: string
  /** The client that was registered with the simulator for these options. */
  clientId: string
  /** `http://127.0.0.1:…`, where nothing but the kit listens; for a browser, the address that you give. */
  baseUrl: string
  /** Stands still, except for `advance(seconds)`. */
  clock: () => number
}

/** One call of `options()`: an application, or several instances of it. */
export interface Registration {
  readonly config: Cis2Config
  /** Those whose agents have signed somebody in. */
  readonly apps: Set<AppUnderTest>
}

export interface Surroundings {
  readonly issuer: string
  readonly origin: string
  readonly clock: () => number
  /** Reaches the simulator in whichever test environment. */
  readonly fetch: typeof fetch
  readonly addClient: (client: SimulatorClient) => void
  /** Undefined: applications get no `nhsApi` of the kit's. */
  readonly nhsApiFor: NhsApiFor | undefined
}

const OWN: readonly string[] = ['environment', 'issuer', 'clock']

/** Everything that was handed out by `options()`. */
export class Registrations {
  readonly #all: Registration[] = []
  readonly #surroundings: Surroundings
  readonly #secret = randomBytes(32).toString('hex')

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings
  }

  /** Registers a client that fits. Throws `ConfigError` when `cis2Auth` would. */
  add(overrides: TestOptions): TestCis2Options {
    const refused = Object.keys(overrides).filter((name) => OWN.includes(name))
    if (refused.length > 0) {
      throw new TestCis2Error(`options() sets ${refused.join(' and ')} itself: ${OWN.join(', ')} are the test kit's.`)
    }
    const options = this.#complete(overrides)
    const config = parseOptions(options)
    this.#surroundings.addClient(clientFor(config, `${this.#surroundings.origin}/back-channel/${this.#all.length}`))
    this.#all.push({ config, apps: new Set() })
    return options
  }

  at(index: number): Registration | undefined {
    return this.#all[index]
  }

  /** Whether an application under test says that it is there. */
  isBaseOrigin(origin: string): boolean {
    return this.#all.some(({ config }) => config.baseUrl.origin === origin)
  }

  /** The newest of this client. */
  ofClient(clientId: string | null): Registration | undefined {
    return this.#all.findLast(({ config }) => config.clientId === clientId)
  }

  /** The newest that a browser can reach. Throws {@link TestCis2Error} when none says where it listens. */
  reachable(): Registration {
    const { origin } = this.#surroundings
    const found = this.#all.findLast(({ config }) => config.baseUrl.origin !== origin)
    if (found !== undefined) return found
    throw new TestCis2Error(
      "A browser needs an application that listens: give cis2Auth options({ baseUrl: 'http://localhost:3000' }), with its address.",
    )
  }

  /** Where an application may begin a sign-in, the newest first, each once. */
  loginPaths(): string[] {
    const paths = this.#all.flatMap(({ config }) => publicPath(config, 'login') ?? []).reverse()
    return [...new Set(paths)]
  }

  #complete({ session, nhsApi, ...overrides }: TestOptions): TestCis2Options {
    const { issuer, origin, clock, fetch, nhsApiFor } = this.#surroundings
    const number = this.#all.length + 1
    // Without the kit's, a test gives it whole, or hears what is missing.
    const completed = nhsApiFor?.(number, nhsApi) ?? (nhsApi as NhsApiOptions | undefined)
    return {
      fetch,
      clientAuthentication: { method: 'client_secret_post', clientSecret: 'known-to-the-simulator-alone' },
      ...overrides,
      clientId: overrides.clientId ?? `app-under-test${number === 1 ? '' : `-${number}`}`,
      baseUrl: overrides.baseUrl ?? origin,
      session: { secret: this.#secret, redis: 'memory', ...session },
      ...(completed === undefined ? {} : { nhsApi: completed }),
      issuer,
      clock,
    }
  }
}

/** Public path of a route; undefined when it is switched off. */
export function publicPath({ baseUrl, routes }: Cis2Config, route: keyof Cis2Config['routes']): string | undefined {
  const path = routes[route]
  return path === false ? undefined : baseUrl.path + path
}

function clientFor(config: Cis2Config, backChannelLogoutUri: string): SimulatorClient {
  const { baseUrl, clientId, clientAuthentication, postLogoutPath, routes, userInfo } = config
  const address = publicAddress(baseUrl)
  const apiPlatform = platformAppFor(config)
  return {
    clientId,
    redirectUris: [`${address}${String(routes.callback)}`],
    postLogoutRedirectUris: [`${address}${postLogoutPath}`],
    userInfo: userInfo === 'signed' ? 'signed' : 'json',
    tokenEndpointAuthMethod: clientAuthentication.method,
    ...(clientAuthentication.method === 'private_key_jwt'
      ? { jwks: { keys: clientAuthentication.keys.map(({ publicJwk }) => publicJwk) } }
      : { clientSecret: clientAuthentication.clientSecret }),
    ...(apiPlatform === undefined ? {} : { apiPlatform }),
    ...(routes.backChannelLogout === false ? {} : { backChannelLogoutUri }),
  }
}
