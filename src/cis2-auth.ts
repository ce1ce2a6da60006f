/** `cis2Auth(options)`: reads the options, builds the parts, hands back the middleware. */
import type { Duplex } from 'node:stream'

import type { Router } from 'express'

import { createEmit } from './events.js'
import { assertCalled } from './express/assert-called.js'
import { createAuthenticate, type Authenticate } from './express/authenticate.js'
import { assertNamesSessions, assertNamesUser, type NamedSessions } from './express/ended-sessions.js'
import type { DrainableServer, DrainOptions } from './express/drain.js'
import { createMiddleware } from './express/middleware.js'
import { mountable } from './express/mountable.js'
import { refuseUpgrade } from './express/refuse-upgrade.js'
import { createRequireCis2, type RequireCis2 } from './express/require-cis2.js'
import type { PartHealth } from './health.js'
import { createNhsApi } from './nhs-api/create-nhs-api.js'
import { signAssertion } from './oidc/client-authentication.js'
import { createProvider } from './oidc/create-provider.js'
import type { Cis2Options } from './options/cis2-options.js'
import { orConfigError } from './options/or-config-error.js'
import { parseOptions } from './options/parse-options.js'
import { createSessions } from './session/create-sessions.js'
import type { Cis2SessionInfo } from './session/session-info.js'
import { createDeveloperLines } from './telemetry/developer-lines.js'
import { createTelemetry } from './telemetry/telemetry.js'

/** State of the middleware and of what it depends on. Holds no secrets. */
export interface Cis2Health {
  /** `down` while the store is; `degraded` while CIS2 or the API platform is not reached: signed-in users carry on. */
  readonly status: 'ok' | 'degraded' | 'down'
  /** CIS2: whether discovery, keys and the last exchange went well. */
  readonly provider: PartHealth
  /** The session store: whether it takes reads and writes. */
  readonly store: PartHealth
  /** The NHS API platform, with the option `nhsApi`: `down` after five calls in a row without an answer of use. */
  readonly nhsApi?: PartHealth
}

/** The middleware that {@link cis2Auth} makes. */
export interface Cis2Auth extends Router {
  /** Resolves when CIS2 is discovered and the store reachable; rejects with the reason when that cannot be. */
  ready(): Promise<void>
  /** Never rejects, asks nobody: returns what is known. */
  health(): Promise<Cis2Health>
  /**
   * Ends a user's sessions, those of one CIS2 session, or one of a user's by the `id` that `listSessions` gives, on
   * every node. Returns how many were ended. Rejects with `StoreUnavailableError` when the store did not confirm, with
   * `ConfigError` when it is nobody's name.
   */
  endSessions(which: { sub: string } | { sid: string } | { sub: string; id: string }): Promise<number>
  /**
   * The live sessions of a user, newest first, at most the newest 1,000: for an administrator's page. Costs two round
   * trips, whatever the number of sessions in the store. Rejects with `StoreUnavailableError`, and with `ConfigError`
   * when `sub` is nobody's name.
   *
   * @see [OWASP ASVS 5.0, 7.5.2](https://github.com/OWASP/ASVS)
   */
  listSessions(which: { sub: string }): Promise<Cis2SessionInfo[]>
  /**
   * The guard `requireCis2`, bound to this instance: it judges this instance's session and no other. An app with
   * several `cis2Auth` guards its routes with these.
   */
  readonly requireCis2: RequireCis2
  /**
   * Who is behind a request that Express does not see: `server.on('upgrade')`, `ws`, Socket.IO's `allowRequest`. The same
   * decision as the guard's, and `Origin`, where there is one, must be `baseUrl`'s, whatever the requirement says. Does not
   * slide the session unless `extendSession: true` is asked for. Rejects with the guard's errors; `ConfigError` when the
   * requirement is misspelt.
   *
   * @example
   * ```ts
   * const server = createServer(app)
   * const sockets = new WebSocketServer({ noServer: true })
   *
   * server.on('upgrade', (req, socket, head) => {
   *   auth.authenticate(req, { aal: 3 }).then(
   *     ({ user, signal }) => {
   *       sockets.handleUpgrade(req, socket, head, (ws) => {
   *         ws.send(`Hello ${user.name}`)
   *         signal.addEventListener('abort', () => ws.close(4001, 'session ended'))
   *       })
   *     },
   *     (error: unknown) => auth.refuseUpgrade(socket, error),
   *   )
   * })
   * ```
   *
   * @see [RFC 6455, section 10.2](https://www.rfc-editor.org/rfc/rfc6455#section-10.2)
   */
  readonly authenticate: Authenticate
  /** Writes the HTTP answer that an error of `authenticate` stands for, and ends the socket. */
  refuseUpgrade(socket: Duplex, error: unknown): void
  /**
   * Ends a server without cutting anybody's request, for SIGTERM: it takes no new connections, answers what is under way
   * with `Connection: close`, closes idle connections, cuts those that are left after `withinSeconds` (default 8), and
   * then releases everything as `close()` does. Rejects with `ConfigError` when it is given no server.
   *
   * @example
   * ```ts
   * const server = app.listen(3000)
   * process.once('SIGTERM', () => void auth.drain(server))
   * ```
   */
  drain(server: DrainableServer, options?: DrainOptions): Promise<void>
  /** Releases the timers and connections that it opened, and closes what `authenticate` watches. */
  close(): Promise<void>
}

/**
 * Signs NHS staff in with NHS CIS2 Authentication. Mount it at the root of the app.
 *
 * Throws `ConfigError`, naming every problem, when an option is missing, misspelt or unsafe. Then it connects and
 * discovers in the background: until that has succeeded, signing in answers 503 and nobody is let through.
 *
 * @example
 * ```ts
 * app.use(cis2Auth({
 *   environment: 'int',
 *   clientId: process.env.CIS2_CLIENT_ID,
 *   clientAuthentication: { method: 'private_key_jwt', keys: [{ privateKey: process.env.CIS2_PRIVATE_KEY }] },
 *   baseUrl: 'https://clinic.example.nhs.uk',
 *   session: { secret: process.env.SESSION_SECRET, redis: process.env.REDIS_URL },
 * }))
 * ```
 *
 * @see [NHS CIS2
 * Authentication](https://digital.nhs.uk/services/care-identity-service/applications-and-services/cis2-authentication)
 * @see [OpenID Connect Core 1.0](https://openid.net/specs/openid-connect-core-1_0.html)
 */
export function cis2Auth(options: Cis2Options): Cis2Auth {
  assertCalled(options, 'cis2Auth was handed to Express without being called: write app.use(cis2Auth({ … }))')
  const config = parseOptions(options)
  const { measure, count } = createTelemetry()
  const listener = config.onEvent ?? createDeveloperLines(process.env.NODE_ENV, writeToStderr)
  const emit = createEmit(listener, config.clock, count)
  const sessions = orConfigError('session.redis cannot be connected to', () =>
    createSessions(config, emit, undefined, measure),
  )
  const provider = createProvider(config, emit, measure)
  const nhsApi =
    config.nhsApi === undefined
      ? undefined
      : createNhsApi({ nhsApi: config.nhsApi, config, sign: signAssertion, emit, measure })
  const { middleware, instance, drain } = createMiddleware({ config, provider, sessions, emit, nhsApi })

  async function close(): Promise<void> {
    nhsApi?.close()
    provider.close()
    await sessions.close()
  }

  return Object.assign(mountable(middleware), {
    requireCis2: createRequireCis2(instance),
    authenticate: createAuthenticate({ config, sessions, emit }),
    refuseUpgrade,
    async ready() {
      await Promise.all([provider.ready(), sessions.ready()])
    },
    health(): Promise<Cis2Health> {
      const health = {
        provider: provider.health(),
        store: sessions.health(),
        ...(nhsApi === undefined ? {} : { nhsApi: nhsApi.health() }),
      }
      return Promise.resolve({ status: overall(health), ...health })
    },
    async endSessions(which: NamedSessions) {
      assertNamesSessions(which)
      return 'id' in which ? sessions.endListed(which, 'administrator') : sessions.endAll(which, 'administrator')
    },
    async listSessions(which: { sub: string }) {
      assertNamesUser(which)
      return sessions.list(which.sub)
    },
    async drain(server: DrainableServer, options?: DrainOptions) {
      await drain(server, options)
      await close()
    },
    close,
  })
}

function writeToStderr(line: string): void {
  process.stderr.write(line)
}

function overall({ provider, store, nhsApi }: Omit<Cis2Health, 'status'>): Cis2Health['status'] {
  if (store.status === 'down') return 'down'
  return [provider, store, nhsApi].every((part) => part === undefined || part.status === 'ok') ? 'ok' : 'degraded'
}
