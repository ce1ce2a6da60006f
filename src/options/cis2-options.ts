/** What users write. */
import type { Cluster, Redis } from 'ioredis'

import type { AssuranceLevel, IdentityAssuranceLevel } from '../cis2/assurance.js'
import type { Cis2Event } from '../events.js'
import type { NhsApiOptions } from './api-platform-options.js'
import type { RedisWithCredentials } from './redis-credentials.js'
import type { SignInHook } from './sign-in-hook.js'
import type { ClientAuthenticationOptions } from './client-authentication-options.js'

/**
 * Where the package answers. Each is a path below `baseUrl`'s, or `false` to leave the route out; two routes on one
 * path, or a path with a query, are a `ConfigError`.
 */
export interface RouteOptions {
  /**
   * Begins a sign-in: redirects to CIS2. Default `/login`. Left out, guards answer 401 to pages too, and
   * `req.cis2.signIn()` is the way in.
   */
  login?: string | false
  /**
   * Where CIS2 sends the browser back; register this address with CIS2. Default `/callback`. Left out, nobody can sign
   * in.
   */
  callback?: string | false
  /** Ends the session, on `POST` from the same origin; a `GET` from elsewhere shows a button. Default `/logout`. */
  logout?: string | false
  /** Begins a sign-in in which CIS2 asks for the role anew. Default `/change-role`. */
  changeRole?: string | false
  /**
   * Where CIS2 tells that a session has ended; register this address with CIS2. Default `/backchannel-logout`. Left
   * out, sessions end by time and by sign-out only.
   */
  backChannelLogout?: string | false
  /**
   * The public keys, which CIS2 fetches to check client assertions; register this address. Default
   * `/.well-known/jwks.json`. Answers 404 without `private_key_jwt`.
   */
  jwks?: string | false
  /** `GET` tells when the session ends without extending it, `POST` extends it. Default `/session`. */
  session?: string | false
}

/** How sessions are kept, how long, and where. */
export interface SessionOptions {
  /**
   * Seals what is kept in the store and signs the cookies: text of 32 characters or more, from a secret store. With a
   * list, the first seals and all open: put a new secret first, and take the old one out after
   * `absoluteTimeoutSeconds`.
   */
  secret: string | undefined | readonly (string | undefined)[]
  /**
   * Where sessions are kept: a URL (`redis:` or `rediss:`, without options in its query), an ioredis `Redis` or
   * `Cluster` client, which is duplicated with bounded options and left alone, either of them with `credentials` that end,
   * or `'memory'`, for development: accepted only when `baseUrl` is on loopback and `NODE_ENV` is not `production`, and
   * whatever `NODE_ENV` says, requests of other machines are answered 500.
   */
  redis: string | Redis | Cluster | RedisWithCredentials | undefined
  /**
   * How long a session lives after the last request that slides it, in seconds. Default 900 (15 minutes); longer needs
   * `dangerouslyAllowLongSessions`. Then the user signs in again.
   *
   * @see [OWASP ASVS 5.0, 7.3.1](https://github.com/OWASP/ASVS)
   */
  idleTimeoutSeconds?: number
  /**
   * How long a session lives after the user authenticated, however active she is, in seconds. Default 43200 (12 hours);
   * longer needs `dangerouslyAllowLongSessions`. A step-up and a change of role count as authenticating.
   *
   * @see [OWASP ASVS 5.0, 7.3.2](https://github.com/OWASP/ASVS)
   */
  absoluteTimeoutSeconds?: number
  /** Whether a sign-in ends the user's other sessions, on every device. Default `false`: they live on beside it. */
  onePerUser?: boolean
  /**
   * Whether sign-ins and sign-outs wait until a Redis replica has them, so that a failover cannot undo them. Default
   * `'prefer'`: waits a moment if there is a replica, and a missing answer is the event `replication.short`.
   * `'require'`: a missing answer refuses with 503. `'off'`: nobody waits.
   *
   * @see [Redis, WAIT](https://redis.io/docs/latest/commands/wait/)
   */
  confirmReplicas?: 'off' | 'prefer' | 'require'
  /**
   * Name of the session cookie. Default `__Host-cis2-` and 8 hex digits of `baseUrl` and `clientId`; without `__Host-`
   * when `baseUrl` is http on loopback. Two applications on one host need two names.
   */
  cookieName?: string
  /**
   * Start of every key in Redis. Default `cis2:`, 8 hex digits of `baseUrl` and `clientId`, `:`. Instances of one
   * application share it; two applications must not.
   */
  keyPrefix?: string
  /**
   * Allows timeouts longer than 15 minutes idle and 12 hours in all, which NHS England's guidance does not. Default
   * `false`: longer ones are a `ConfigError`.
   */
  dangerouslyAllowLongSessions?: boolean
}

/**
 * The options of `cis2Auth`. All are checked at once when it is called: every problem in one `ConfigError`, unknown
 * names refused with the nearest known one, no secret printed. Those that usually come from the environment may be
 * `undefined` in TypeScript; an empty or missing one is a problem.
 */
export interface Cis2Options {
  /**
   * Which CIS2: `'live'`, `'int'` (integration), `'dep'` (deployment: its host is known, realm and port are taken to be
   * those of `'int'`) or `'mock'` (the hosted mock authorisation service, which takes `client_secret_post` only).
   * Exactly one of `environment` and `issuer` is given.
   *
   * @see [NHS CIS2 Authentication,
   * environments](https://digital.nhs.uk/services/care-identity-service/applications-and-services/cis2-authentication)
   */
  environment?: 'live' | 'int' | 'dep' | 'mock' | undefined
  /**
   * Any other CIS2, or the simulator, by its issuer, with or without `:443`; `http:` only on loopback. Its discovery
   * address is taken for it. What discovery says is compared with it, and a difference other than `:443` keeps `/login`
   * at 503. In place of `environment`.
   */
  issuer?: string | undefined
  /** The client ID of your registration, for example `123456789012.apps.national`. It differs per environment. */
  clientId: string | undefined
  /** How the application proves to CIS2 that it is itself, as registered. */
  clientAuthentication: ClientAuthenticationOptions
  /**
   * Public address of the application, for example `https://clinic.example.nhs.uk` or `https://example.nhs.uk/clinic`.
   * Every own address and the cookie's `Secure` follow it, never `Host` or `X-Forwarded-*`. `http:` only on loopback.
   */
  baseUrl: string | undefined
  /**
   * The authenticator assurance level that every sign-in must reach. Default 3. With 2, users may sign in with AAL2 and
   * AAL3 authenticators. 1 is for test users, and refused for `live`. A weaker sign-in is answered 403.
   */
  aal?: AssuranceLevel
  /**
   * Texts to send as `acr_values` in place of the usual ones, by the level that is asked for: `{ 3: 'AAL3_FIDO2' }`.
   * Default `AAL1_USERPASS`, `AAL2_OR_AAL3_ANY`, `AAL3_ANY`. What comes back is judged by level, whatever was asked
   * for.
   *
   * @see [OpenID Connect Core 1.0, section 3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)
   */
  acrValues?: { 1?: string; 2?: string; 3?: string }
  /**
   * The least `id_assurance_level`: how well the person's identity was proved. Default 3, as NHS staff have. A lower or
   * missing one is answered 403. 0 switches the check off.
   */
  identityAssuranceLevel?: IdentityAssuranceLevel
  /**
   * What to ask CIS2 for, separated by single spaces; `openid` must be among them. Default
   * `openid profile email nhsperson nationalrbacaccess associatedorgs selectedrole`. Add `professionalmemberships` for
   * registration numbers. One that your registration lacks makes CIS2 refuse every sign-in.
   */
  scopes?: string
  /**
   * `'login'` makes CIS2 authenticate the user afresh at each sign-in. Default `'login'`. With `false` a CIS2 session
   * may be reused, and `max_age` is sent instead; a step-up and a change of role still send `login`.
   *
   * @see [OpenID Connect Core 1.0, section 3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)
   */
  prompt?: 'login' | false
  /**
   * The oldest authentication (`auth_time`) that a sign-in may rest on, in seconds, 60 to 43200. Default 300. An older
   * or missing one is answered 403. Always checked, also sent as `max_age` when `prompt` is `false`.
   */
  maxAuthAgeSeconds?: number
  /**
   * Whether a PKCE challenge (S256) is sent. Default `true`.
   *
   * @see [RFC 7636](https://www.rfc-editor.org/rfc/rfc7636)
   */
  pkce?: boolean
  /**
   * Which UserInfo is accepted: `'any'` takes JSON or a signed JWT, by `Content-Type`; `'signed'` refuses plain JSON.
   * Default `'any'`. Set `'signed'` when you registered for signed UserInfo.
   *
   * @see [OpenID Connect Core 1.0, section 5.3](https://openid.net/specs/openid-connect-core-1_0.html#UserInfo)
   */
  userInfo?: 'any' | 'signed'
  /** Where the package answers. Default: the path that each member names. */
  routes?: RouteOptions
  /** Where a sign-in lands that has no `returnTo`: a path below `baseUrl`'s. Default `/`. */
  defaultReturnPath?: string
  /** Where a sign-out lands: a path below `baseUrl`'s. Default `/`. Choose one that needs no sign-in. */
  postLogoutPath?: string
  /**
   * Whether a sign-out also sends the browser to CIS2's end-session endpoint. Default `false`: it is not confirmed that
   * CIS2 offers it to applications.
   *
   * @see [OpenID Connect RP-Initiated Logout 1.0](https://openid.net/specs/openid-connect-rpinitiated-1_0.html)
   */
  idpLogout?: boolean
  /** How sessions are kept, how long, and where. */
  session: SessionOptions
  /**
   * Origins beside the issuer's that discovery may name as endpoints, for example `https://keys.example.nhs.uk`.
   * Default none: an endpoint elsewhere keeps `/login` at 503, since secrets would be sent there.
   */
  allowedEndpointOrigins?: readonly string[]
  /**
   * The `typ` that a logout token may have: `'any'` takes none, `JWT` and `logout+jwt`; `'logout+jwt'` that alone.
   * Default `'any'`. Another is answered 400 and ends nothing.
   *
   * @see [OpenID Connect Back-Channel Logout 1.0, section
   * 2.4](https://openid.net/specs/openid-connect-backchannel-1_0.html#LogoutToken)
   */
  logoutTokenType?: 'any' | 'logout+jwt'
  /**
   * Who answers refusals: `'respond'`, the package with a page or problem+json; `'next'`, the application's own error
   * handler, which gets the error. Default `'respond'`. Redirects happen in both.
   *
   * @see [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)
   */
  errors?: 'respond' | 'next'
  /**
   * Calling NHS APIs (PDS, EPS, e-RS …) for the user who is signed in. Default: none, and `req.cis2.nhsApi` refuses.
   */
  nhsApi?: NhsApiOptions | undefined
  /**
   * Is told every outcome: the audit stream. Default: nobody is told, but outside production (and tests) a line on stderr
   * tells of each refused sign-in and each outage, naming nobody. Keep what it says as you keep medical records; it
   * is the one place where user, role and organisation are named. What it throws harms nobody's sign-in.
   */
  onEvent?: (event: Cis2Event) => void
  /**
   * The application's own step in a sign-in: awaited after every check has passed and before the session exists. For
   * making the local user, refusing an organisation, putting a local id into the session. The members of the plain
   * object that it returns are the new session's `req.session` data (over what a step-up or a change of role carries
   * along). What it throws refuses the sign-in: 403 `CIS2_SIGN_IN_REFUSED` with `reason: 'application'` and the thrown
   * value as `cause`; the session that the user had is unharmed. It has `timeoutSeconds`; later is refused too.
   * Default: none.
   */
  onSignIn?: SignInHook
  /**
   * How CIS2 is reached, for a proxy or a private network: same signature as the global `fetch`, which is the default.
   * It must not follow redirects when told `redirect: 'error'`.
   */
  fetch?: typeof fetch
  /** Bound on each call to CIS2, in seconds, 1 to 60. Default 5. A later answer counts as none: 503. */
  timeoutSeconds?: number
  /**
   * How far CIS2's clock and ours may differ, in seconds, 0 to 300. Default 30. It applies to `exp`, `iat` and
   * `auth_time`.
   */
  clockToleranceSeconds?: number
  /** Tells the time in epoch milliseconds. Default `Date.now`. For tests: with it nothing has to wait. */
  clock?: () => number
}

/** The name of a route, as in {@link RouteOptions}. */
export type RouteName = keyof RouteOptions
