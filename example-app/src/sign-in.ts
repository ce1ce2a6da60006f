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
  baseUrl: string | undefined
  sessionSecret: string | undefined
  redis: string | undefined
  idleTimeoutSeconds?: number | undefined
  onEvent?: ((event: Cis2Event) => void) | undefined
}

/** The options of `cis2Auth`. */
export function signInOptions(settings: SignInSettings): Cis2Options {
  const { environment, issuer, clientId, privateKey, baseUrl, sessionSecret, redis } = settings
  const { idleTimeoutSeconds = 15 * 60, onEvent = () => undefined } = settings
  return {
    ...decisions,
    ...(issuer === undefined ? { environment } : { issuer }),
    clientId,
    clientAuthentication: { method: 'private_key_jwt', keys: [{ privateKey, alg: 'RS512' }] },
    baseUrl,
    session: { secret: sessionSecret, redis, idleTimeoutSeconds },
    onEvent,
  }
}
