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

export interface MetadataExpectation {
  readonly issuer: string
  readonly allowedEndpointOrigins: readonly string[]
  /** False: nobody is ever sent to the end-session endpoint, and one that cannot be used is as good as none. */
  readonly idpLogout?: boolean
}

/**
 * Takes what we use from a discovery document.
 *
 * Throws a {@link Fault} of kind `issuer` or `endpoint`. What the document says about algorithms,
 * authentication methods and PKCE is not read: the configuration decides, a document cannot lower it.
 */
export function parseMetadata(document: JsonObject, config: MetadataExpectation): ProviderMetadata {
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
  function optionalEndpoint(name: string, isUsed: boolean): string | undefined {
    const isMissing =
      document[name] === undefined || (!isUsed && endpointProblem(document[name], origins) !== undefined)
    return isMissing ? undefined : endpoint(name)
  }
  return Object.freeze({
    issuer,
    authorizationEndpoint: endpoint('authorization_endpoint'),
    tokenEndpoint: endpoint('token_endpoint'),
    userInfoEndpoint: endpoint('userinfo_endpoint'),
    jwksUri: endpoint('jwks_uri'),
    endSessionEndpoint: optionalEndpoint('end_session_endpoint', config.idpLogout !== false),
    requiresIssuerInCallback: document.authorization_response_iss_parameter_supported === true,
  })
}
