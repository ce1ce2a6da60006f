/** Where an option stands that was written at another level: `redis` beside `session`, `clientId` inside of it. */
import type { Cis2Options, RouteOptions, SessionOptions } from './cis2-options.js'
import type { NhsApiOptions } from './api-platform-options.js'

// The compiler refuses these tables when an option is added and not listed here.
const TOP = {
  ...{ environment: '', issuer: '', clientId: '', clientAuthentication: '', baseUrl: '', aal: '', acrValues: '' },
  ...{ identityAssuranceLevel: '', scopes: '', prompt: '', maxAuthAgeSeconds: '', pkce: '', userInfo: '', routes: '' },
  ...{ defaultReturnPath: '', postLogoutPath: '', idpLogout: '', session: '', allowedEndpointOrigins: '' },
  ...{ logoutTokenType: '', errors: '', nhsApi: '', onEvent: '', onSignIn: '', fetch: '', timeoutSeconds: '' },
  ...{ clockToleranceSeconds: '', clock: '' },
} satisfies Record<keyof Cis2Options, ''>

const SESSION = {
  ...{ secret: '', redis: '', idleTimeoutSeconds: '', absoluteTimeoutSeconds: '', onePerUser: '', confirmReplicas: '' },
  ...{ cookieName: '', keyPrefix: '', dangerouslyAllowLongSessions: '' },
} satisfies Record<keyof SessionOptions, ''>

const ROUTES = {
  ...{ login: '', callback: '', logout: '', changeRole: '', backChannelLogout: '', jwks: '', session: '' },
} satisfies Record<keyof RouteOptions, ''>

const NHS_API = { apiKey: '', apiSecret: '', exchange: '' } satisfies Partial<Record<keyof NhsApiOptions, ''>>

/** Names that other session and OpenID Connect packages have for the same thing. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  maxage: 'session.idleTimeoutSeconds',
  ttl: 'session.idleTimeoutSeconds',
  store: 'session.redis',
  redisurl: 'session.redis',
  redisclient: 'session.redis',
  sessionsecret: 'session.secret',
  cookiesecret: 'session.secret',
  appurl: 'baseUrl',
  discoveryurl: 'issuer',
  issuerbaseurl: 'issuer',
}

// The later ones give way: a name that stands at two places is meant at the first.
const PLACES: ReadonlyMap<string, string> = new Map(
  [
    ...Object.entries(ELSEWHERE),
    ...placesOf('nhsApi.', NHS_API),
    ...placesOf('routes.', ROUTES),
    ...placesOf('clientAuthentication.keys[0].', { privateKey: '', publicKey: '', kid: '', alg: '', notBefore: '' }),
    ...placesOf('clientAuthentication.', { method: '', keys: '', clientSecret: '' }),
    ...placesOf('session.', SESSION),
    ...placesOf('', TOP),
  ].map(([name, place]) => [name.toLowerCase(), place]),
)

function placesOf(path: string, names: Readonly<Record<string, ''>>): [string, string][] {
  return Object.keys(names).map((name) => [name, path + name])
}

/** The whole name of the option that is meant by a name at the wrong level; undefined where the spelling is to blame. */
export function placeOf(name: string, known: readonly string[]): string | undefined {
  const plain = plainly(name)
  return known.some((here) => plainly(here) === plain) ? undefined : PLACES.get(plain)
}

function plainly(name: string): string {
  return name.replaceAll(/[_-]/g, '').toLowerCase()
}
