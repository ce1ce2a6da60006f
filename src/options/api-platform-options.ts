/** What users write to call NHS APIs. */
import type { ApiPlatformEnvironment } from '../cis2/api-platforms.js'
import type { SigningKey } from './client-authentication-options.js'

/**
 * How the application calls NHS APIs for whoever is signed in: the CIS2 ID token is exchanged at the NHS API platform.
 * See [Calling NHS APIs](https://digital.nhs.uk/developer/guides-and-documentation/security-and-authorisation/user-restricted-restful-apis-nhs-cis2-separate-authentication-and-authorisation).
 */
export interface NhsApiOptions {
  /**
   * Environment of the API platform. Default: the one that pairs with the option `environment`. A pair that cannot work
   * (live with any other) is a `ConfigError`.
   */
  environment?: ApiPlatformEnvironment | undefined
  /** With the option `issuer`, in place of `environment`: the platform's token endpoint (https, or http on loopback). */
  tokenEndpoint?: string | undefined
  /** API key of the application at the API platform; not CIS2's client ID. */
  apiKey: string | undefined
  /**
   * API secret of the application at the API platform. Without it no token is refreshed: the ID token is exchanged
   * again while it lasts (about an hour), and then the user has to sign in again.
   */
  apiSecret?: string | undefined
  /**
   * Keys for the assertions sent to the API platform, RS512 only, each with the `kid` that the platform knows it by.
   * Never the keys for CIS2 by default. A key may be remote.
   */
  keys: readonly SigningKey[]
  /**
   * When the ID token is exchanged. `'first-use'` (default): when the application first calls an API in a session.
   * `'sign-in'`: after the answer of the callback is sent, at most 4 a second per process; should that fail, the first
   * use does it.
   */
  exchange?: 'first-use' | 'sign-in'
  /**
   * Longest wait for the API platform, token or API, in seconds: 1 to 60. Default 15. For another instance that obtains
   * the session's token two seconds are waited at least: should it have been killed, its turn has ended by then.
   */
  timeoutSeconds?: number
}
