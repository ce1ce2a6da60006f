/** A registration in OpenID Connect's own words (Dynamic Client Registration 1.0, 2; Back-Channel Logout 1.0, 2.2). */

/** Their words for ours. */
const OURS: Readonly<Record<string, string>> = {
  client_id: 'clientId',
  client_secret: 'clientSecret',
  redirect_uris: 'redirectUris',
  token_endpoint_auth_method: 'tokenEndpointAuthMethod',
  jwks_uri: 'jwksUri',
  jwks: 'jwks',
  backchannel_logout_uri: 'backChannelLogoutUri',
  post_logout_redirect_uris: 'postLogoutRedirectUris',
  initiate_login_uri: 'initiateLoginUri',
}

/** Part of a registration, and of no effect here: CIS2 offers one way, or the simulator needs no telling. */
const OF_NO_EFFECT = new Set([
  'client_name',
  'client_name#en',
  'client_uri',
  'description',
  'logo_uri',
  'policy_uri',
  'tos_uri',
  'contacts',
  'application_type',
  'subject_type',
  'response_types',
  'grant_types',
  'scope',
  'default_max_age',
  'require_auth_time',
  'default_acr_values',
  'id_token_signed_response_alg',
  'token_endpoint_auth_signing_alg',
  'jwks_uri_signing_algorithm',
  'backchannel_logout_session_required',
  'software_id',
  'software_version',
  'client_id_issued_at',
  'client_secret_expires_at',
])

/** Whether a registration is written in those words. */
export function isClientMetadata(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && ('client_id' in value || 'redirect_uris' in value)
}

/** The same in our words. What is not known keeps its name, so that it is refused by it. */
export function clientFromMetadata(metadata: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(metadata).flatMap(([name, value]): [string, unknown][] => {
    const ours = OURS[name]
    if (ours !== undefined) return [[ours, value]]
    if (name === 'userinfo_signed_response_alg') return [['userInfo', value === 'none' ? 'json' : 'signed']]
    return OF_NO_EFFECT.has(name) ? [] : [[name, value]]
  })
  // The method of a registration that names none (2).
  return { tokenEndpointAuthMethod: 'client_secret_basic', ...Object.fromEntries(entries) }
}

/** A registration in either words, as the rules for clients take it. */
export function inOurWords(value: unknown): unknown {
  return isClientMetadata(value) ? clientFromMetadata(value) : value
}
