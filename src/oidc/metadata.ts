/** CIS2's discovery document: what we take from it, and what we refuse in it. */
import { endpointProblem, isSameIssuer } from './endpoint-rules.js'
import { Fault } from '../outbound/fault.js'
import type { JsonObject } from '../outbound/json.js'

/** Issuer and endpoints as the document spells them, `:443` included. */
export interface ProviderMetadata {
  readonly issuer: string
  readonly authorizationEndpoint: string
  readonly tokenEndpoint: string
  readonly userInfoEndpoint: string
  readonly jwksUri: string
  readonly endSessionEndpoint: string | undefined
  /** Whether every callback must carry `iss`; RFC 9207. */
  readonly requiresIssuerInCallback: boolean
}

/**
 * Takes what we use from a discovery document.
 *
 * Throws a {@link Fault} of kind `issuer` or `endpoint`. What the document says about algorithms,
 * authentication methods and PKCE is not read: the configuration decides, a document cannot lower it.
 */
export function parseMetadata(
  document: JsonObject,
  config: { issuer: string; allowedEndpointOrigins: readonly string[] },
): ProviderMetadata {
  const issuer = document.issuer
  if (typeof issuer !== 'string' || !isSameIssuer(issuer, config.issuer)) {
    throw new Fault(
      'issuer',
      `The discovery document is that of another issuer than the configured ${config.issuer}; only a missing ":443" is forgiven.`,
    )
  }
  const origins = new Set([config.issuer, ...config.allowedEndpointOrigins].map((text) => new URL(text).origin))
  function endpoint(name: string): string {
    const address = document[name]
    const problem = endpointProblem(address, origins)
    if (typeof address !== 'string' || problem !== undefined) {
      throw new Fault('endpoint', `In the discovery document, ${name} ${problem ?? 'is no address'}.`)
    }
    return address
  }
  return Object.freeze({
    issuer,
    authorizationEndpoint: endpoint('authorization_endpoint'),
    tokenEndpoint: endpoint('token_endpoint'),
    userInfoEndpoint: endpoint('userinfo_endpoint'),
    jwksUri: endpoint('jwks_uri'),
    endSessionEndpoint: document.end_session_endpoint === undefined ? undefined : endpoint('end_session_endpoint'),
    requiresIssuerInCallback: document.authorization_response_iss_parameter_supported === true,
  })
}
