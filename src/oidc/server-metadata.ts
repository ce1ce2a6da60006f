/** The discovered metadata in the shape that openid-client takes. */
import { Configuration, clockSkew, clockTolerance, type ClientAuth } from 'openid-client'

import type { ProviderMetadata } from './metadata.js'

/** What openid-client has to know of this client. */
export interface LibraryClient {
  readonly clientId: string
  readonly idTokenAlgorithms: readonly string[]
  readonly clockToleranceSeconds: number
  readonly clock: () => number
}

/**
 * In seconds. Our own checks decide to the second. The library asks the machine's clock, at another instant, and adds
 * whole seconds: it must not refuse the second that we allow.
 */
const BETWEEN_TWO_CLOCKS = 1

/**
 * openid-client's view of CIS2, made per use, so that the two clocks are compared when it counts.
 *
 * Of the addresses the library makes only parameters and a request that our own transport sends to
 * the discovered text. It wants https even on loopback, hence {@link asHttps}.
 */
export function createLibraryConfiguration(
  metadata: ProviderMetadata,
  client: LibraryClient,
  authentication?: ClientAuth,
): Configuration {
  const configuration = new Configuration(
    {
      issuer: metadata.issuer,
      authorization_endpoint: asHttps(metadata.authorizationEndpoint),
      token_endpoint: asHttps(metadata.tokenEndpoint),
      ...(metadata.endSessionEndpoint === undefined
        ? {}
        : { end_session_endpoint: asHttps(metadata.endSessionEndpoint) }),
      authorization_response_iss_parameter_supported: metadata.requiresIssuerInCallback,
      // The configured list in place of the discovered one: the document cannot widen it.
      id_token_signing_alg_values_supported: [...client.idTokenAlgorithms],
    },
    client.clientId,
    {
      [clockSkew]: Math.round((client.clock() - Date.now()) / 1000),
      [clockTolerance]: client.clockToleranceSeconds + BETWEEN_TWO_CLOCKS,
    },
    authentication,
  )
  // Waiting is bounded by our own transport.
  configuration.timeout = undefined
  return configuration
}

function asHttps(address: string): string {
  return address.replace(/^http:/i, 'https:')
}

/** The library's parameters behind the endpoint's text as discovered, which `URL` would rewrite. */
export function withParametersOf(endpoint: string, built: URL): string {
  // `%20` means a space everywhere, `+` only where a query is read as a form.
  return `${endpoint.split('?', 1)[0] ?? endpoint}${built.search.replaceAll('+', '%20')}`
}
