/**
 * `fakeCis2Auth(user)`: every request is this user's. The middleware itself, with nobody to ask and nothing to sign in
 * to.
 */

import type { Cis2Auth } from '../cis2-auth.js'
import { toAccessSubject } from '../cis2/user-from-claims.js'
import type { Cis2User } from '../cis2/user.js'
import { ConfigError } from '../errors.js'
import { createEmit } from '../events.js'
import { assertCalled } from '../express/assert-called.js'
import { createAuthenticate } from '../express/authenticate.js'
import type { NamedSessions } from '../express/ended-sessions.js'
import type { DrainableServer, DrainOptions } from '../express/drain.js'
import { createMiddleware } from '../express/middleware.js'
import { mountable } from '../express/mountable.js'
import { refuseUpgrade } from '../express/refuse-upgrade.js'
import { createRequireCis2 } from '../express/require-cis2.js'
import type { Cis2Config } from '../options/cis2-config.js'
import type { SessionOptions } from '../options/cis2-options.js'
import { parseOptions } from '../options/parse-options.js'
import { createSessions } from '../session/create-sessions.js'
import type { Cis2SessionInfo } from '../session/session-info.js'
import type { Loaded, Sessions, SignedInSession } from '../session/sessions.js'
import { createFakeProvider } from './fake-provider.js'
import type { TestOptions } from './registrations.js'

/** Options of `cis2Auth` that change what a test sees, such as `errors: 'next'` or `routes`. */
export interface FakeOptions extends Omit<TestOptions, 'session'> {
  /** Session options that change what a test sees, such as `idleTimeoutSeconds`. */
  readonly session?: Partial<Omit<SessionOptions, 'redis'>>
  /** Tells the time in epoch milliseconds. Default `Date.now`. */
  readonly clock?: () => number
}

const CLIENT = {
  clientId: 'fake',
  clientAuthentication: { method: 'client_secret_post', clientSecret: 'fake' },
} as const

/**
 * Stands in for `cis2Auth` in a unit test: no network, no sign-in. Every request is the user's; without one, nobody's.
 *
 * Guards judge the user as they would any other, and refuse in the same way; `req.cis2User`, `req.cis2` and
 * `req.session` are there. Signing out holds for the request in which it happens.
 *
 * Throws `ConfigError` when `user` is none, or an option is wrong.
 *
 * @param user - What `aUser({ … })` returned; undefined: nobody is signed in.
 *
 * @example
 * ```ts
 * const app = express().use(fakeCis2Auth(aUser({ role: 'R8000', aal: 2 })))
 * ```
 */
export function fakeCis2Auth(user?: Cis2User, { session, ...options }: FakeOptions = {}): Cis2Auth {
  assertCalled(user, 'fakeCis2Auth was handed to Express without being called: write app.use(fakeCis2Auth(user))')
  assertUser(user)
  const config = parseOptions({
    issuer: 'https://fake-cis2.invalid',
    baseUrl: 'http://127.0.0.1',
    ...CLIENT,
    ...options,
    session: { secret: 'kept by nobody, for it protects nothing', ...session, redis: 'memory' },
  })
  const emit = createEmit(config.onEvent, config.clock)
  const sessions = sessionsOf(user, config, createSessions(config, emit))
  const provider = createFakeProvider(config.clientId, config.clock)
  const { middleware, instance, drain } = createMiddleware({
    config,
    provider,
    sessions,
    emit,
    nhsApi: undefined,
  })
  return Object.assign(mountable(middleware), {
    requireCis2: createRequireCis2(instance),
    authenticate: createAuthenticate({ config, sessions, emit }),
    refuseUpgrade,
    ready: () => Promise.resolve(),
    health: () =>
      Promise.resolve({ status: 'ok' as const, provider: provider.health(), store: { ...sessions.health() } }),
    endSessions: (which: NamedSessions) =>
      'id' in which ? sessions.endListed(which, 'administrator') : sessions.endAll(which, 'administrator'),
    listSessions: ({ sub }: { sub: string }) => sessions.list(sub),
    async drain(server: DrainableServer, drainOptions?: DrainOptions) {
      await drain(server, drainOptions)
      await sessions.close()
    },
    close: () => sessions.close(),
  })
}

/** Real sessions for the application's own data; who is signed in is said here. */
function sessionsOf(user: Cis2User | undefined, config: Cis2Config, sessions: Sessions): Sessions {
  const signedIn = user === undefined ? undefined : signedInSession(user, config)
  return {
    ...sessions,
    // She is signed in without a cookie.
    isStranger: (req) => signedIn === undefined && sessions.isStranger(req),
    async load(req, res, passive): Promise<Loaded> {
      await sessions.load(req, res, passive)
      return { store: 'ok', session: signedIn }
    },
    // It never ends by itself, and nobody else can end it.
    attend: () => Promise.resolve(signedIn && { session: signedIn, watch: watchForEver }),
    watch: () => (signedIn === undefined ? undefined : watchForEver()),
    list(sub) {
      const current = signedIn?.subject.sub === sub ? [infoOf(signedIn)] : []
      return Promise.resolve(current)
    },
    async status(req, res, extend) {
      await sessions.load(req, res, !extend)
      if (signedIn === undefined) return { signedIn: false }
      const { idleExpiresAt, absoluteExpiresAt } = signedIn
      return { signedIn: true, idleExpiresAt, absoluteExpiresAt }
    },
  }
}

function watchForEver() {
  return { signal: new AbortController().signal, release() {} }
}

/** Her one session: the one that asks. */
function infoOf({ subject, signedInAt, idleExpiresAt, absoluteExpiresAt }: SignedInSession): Cis2SessionInfo {
  const { aal, selectedRole } = subject
  const role = selectedRole && { role: selectedRole.code, organisation: selectedRole.organisation }
  return Object.freeze({ id: 'fake', signedInAt, idleExpiresAt, absoluteExpiresAt, aal, ...role, current: true })
}

function signedInSession(user: Cis2User, { clock, session }: Cis2Config): SignedInSession {
  return {
    subject: toAccessSubject(user),
    sid: undefined,
    signedInAt: user.authenticatedAt,
    get idleExpiresAt() {
      return Math.floor(clock() / 1000) + session.idleTimeoutSeconds
    },
    absoluteExpiresAt: user.authenticatedAt + session.absoluteTimeoutSeconds,
    user: () => user,
    // Without the option nhsApi nobody looks into it.
    apiToken: () => ({
      name: 'fake',
      read: () => Promise.resolve(undefined),
      claim: () => Promise.resolve({ state: 'over' }),
    }),
    tokens: () =>
      Promise.resolve({
        idToken: 'fake-id-token',
        accessToken: 'fake-access-token',
        accessTokenExpiresAt: undefined,
        idTokenExpiresAt: undefined,
      }),
  }
}

/** The mistake people make: the details of a user in place of a user. */
function assertUser(user: unknown): void {
  if (user === undefined) return
  const { sub, aal, roles } = typeof user === 'object' && user !== null ? (user as Partial<Cis2User>) : {}
  if (sub !== undefined && aal !== undefined && roles !== undefined) return
  throw new ConfigError(['fakeCis2Auth() takes a user, as aUser({ … }) makes one, or nothing'])
}
