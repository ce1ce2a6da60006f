/** The address that signs out at CIS2; OpenID Connect RP-Initiated Logout 1.0, section 2. */
import { buildEndSessionUrl } from 'openid-client'

import type { ProviderMetadata } from './metadata.js'
import { createLibraryConfiguration, withParametersOf, type LibraryClient } from './server-metadata.js'

/** Servers on the way cut longer request lines. */
const MAX_ADDRESS_LENGTH = 8 * 1024

export interface EndSessionRequest {
  readonly idToken: string
  readonly postLogoutRedirectUri: string
  readonly state: string
}

/** Undefined when CIS2 has no such endpoint. Without the hint when the address would get too long. */
export function buildEndSessionAddress(
  metadata: ProviderMetadata,
  client: LibraryClient,
  request: EndSessionRequest,
): string | undefined {
  const endpoint = metadata.endSessionEndpoint
  if (endpoint === undefined) return undefined
  const configuration = createLibraryConfiguration(metadata, client)
  const parameters = { post_logout_redirect_uri: request.postLogoutRedirectUri, state: request.state }
  function addressWith(hint: { id_token_hint?: string }): string {
    return withParametersOf(endpoint ?? '', buildEndSessionUrl(configuration, { ...hint, ...parameters }))
  }
  const address = addressWith({ id_token_hint: request.idToken })
  return address.length <= MAX_ADDRESS_LENGTH ? address : addressWith({})
}
