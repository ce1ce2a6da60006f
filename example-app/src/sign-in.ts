/** How the clinic signs its staff in: the part to copy. */
import type { Cis2Event, Cis2Options } from 'express-cis2'

/** What the clinic decides, wherever it runs; its tests use the same. */
export const decisions = {
  // Any authenticator opens the clinic; the prescription form asks for more, see pages/prescriptions.ts.
  aal: 2,
  postLogoutPath: '/signed-out',
  // Refusals go to our own error handler, see error-pages.ts.
  errors: 'next',
} as const satisfies Partial<Cis2Options>

/** What differs between your machine, integration and live. */
export interface SignInSettings {
  /** `'live'`, `'int'` or `'mock'`; or `issuer`, for the simulator. */
  environment?: Cis2Options['environment']
  issuer?: string | undefined
  clientId: string | undefined
  /** Whose public half CIS2 fetches from `/.well-known/jwks.json`. */
  privateKey: string | undefined
  /** Published beside it, and not signing: the next key, or the one before. */
  otherPrivateKey?: string | undefined
  baseUrl: string | undefined
  sessionSecret: string | undefined
  /** Read beside it, and not written with: the next secret, or the one before. */
  otherSessionSecret?: string | undefined
  redis: string | undefined
  /** How NHS APIs are called for whoever is signed in. */
  nhsApi?: Cis2Options['nhsApi']
  idleTimeoutSeconds?: number | undefined
  onEvent?: ((event: Cis2Event) => void) | undefined
}

/** The options of `cis2Auth`. */
export function signInOptions(settings: SignInSettings): Cis2Options {
  const { environment, issuer, clientId, privateKey, baseUrl, sessionSecret, redis } = settings
  const { nhsApi, idleTimeoutSeconds = 15 * 60, onEvent = () => undefined } = settings
  const { otherPrivateKey, otherSessionSecret } = settings
  return {
    ...decisions,
    ...(issuer === undefined ? { environment } : { issuer }),
    clientId,
    clientAuthentication: { method: 'private_key_jwt', keys: listed(privateKey, otherPrivateKey).map(signing) },
    baseUrl,
    session: { secret: listed(sessionSecret, otherSessionSecret), redis, idleTimeoutSeconds },
    nhsApi,
    onEvent,
  }
}

const signing = (privateKey: string | undefined) => ({ privateKey, alg: 'RS512' }) as const

/** The first one counts; the other is there while keys or secrets are changed, instance by instance. */
function listed(first: string | undefined, other: string | undefined): (string | undefined)[] {
  return other === undefined ? [first] : [first, other]
}

/** Calling NHS APIs, where the clinic is registered with the API platform. */
export function nhsApiFrom(env: Readonly<Record<string, string | undefined>>): Cis2Options['nhsApi'] {
  const { NHS_API_KEY: apiKey, NHS_API_SECRET: apiSecret, NHS_API_PRIVATE_KEY: privateKey, NHS_API_KEY_ID = '' } = env
  if (apiKey === undefined) return undefined
  return { apiKey, apiSecret, keys: [{ privateKey, kid: NHS_API_KEY_ID }], tokenEndpoint: env.NHS_API_TOKEN_ENDPOINT }
}
