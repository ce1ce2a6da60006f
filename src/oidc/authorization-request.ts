/** The address that the browser is sent to. */
import { hash } from 'node:crypto'

import { buildAuthorizationUrl, type Configuration } from 'openid-client'

import type { ProviderMetadata } from './metadata.js'
import type { AuthorizationRequest } from './provider.js'
import { createLibraryConfiguration, withParametersOf, type LibraryClient } from './server-metadata.js'

/** Made once per discovered document: what it takes from the clock plays no part in an address. */
const configurations = new WeakMap<LibraryClient, { metadata: ProviderMetadata; configuration: Configuration }>()

function configurationFor(metadata: ProviderMetadata, client: LibraryClient): Configuration {
  const made = configurations.get(client)
  if (made?.metadata === metadata) return made.configuration
  const configuration = createLibraryConfiguration(metadata, client)
  configurations.set(client, { metadata, configuration })
  return configuration
}

/** Always the code flow, with `state` and `nonce`; PKCE by S256, whatever the discovery document says about it. */
export function buildAuthorizationAddress(
  metadata: ProviderMetadata,
  client: LibraryClient,
  request: AuthorizationRequest,
): string {
  const parameters: Record<string, string> = {
    response_type: 'code',
    scope: request.scope,
    redirect_uri: request.redirectUri,
    state: request.state,
    nonce: request.nonce,
    acr_values: request.acrValues,
  }
  if (request.prompt !== undefined) parameters.prompt = request.prompt
  if (request.maxAgeSeconds !== undefined) parameters.max_age = String(request.maxAgeSeconds)
  if (request.codeVerifier !== undefined) {
    // RFC 7636, section 4.2. The library's own goes by way of another thread, which takes a fiftieth of a sign-in.
    parameters.code_challenge = hash('sha256', request.codeVerifier, 'base64url')
    parameters.code_challenge_method = 'S256'
  }
  const built = buildAuthorizationUrl(configurationFor(metadata, client), parameters)
  return withParametersOf(metadata.authorizationEndpoint, built)
}
