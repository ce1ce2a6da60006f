/** The errors that CIS2 sends a browser back with, in place of a code. */

/** RFC 6749, section 4.1.2.1; OpenID Connect Core 1.0, section 3.1.2.6; `invalid_client` is AM's own. */
const KNOWN: ReadonlySet<string> = new Set([
  'invalid_request',
  'unauthorized_client',
  'access_denied',
  'unsupported_response_type',
  'invalid_scope',
  'server_error',
  'temporarily_unavailable',
  'interaction_required',
  'login_required',
  'account_selection_required',
  'consent_required',
  'invalid_request_uri',
  'invalid_request_object',
  'request_not_supported',
  'request_uri_not_supported',
  'registration_not_supported',
  'unmet_authentication_requirements',
  'invalid_client',
])

/**
 * The error code of a callback, for messages and events; undefined when there is none, or none of the known.
 *
 * Anybody can write such an address: only a name of the list is ever repeated.
 * @param query - Without `?`.
 */
export function knownErrorIn(query: string): string | undefined {
  const error = new URLSearchParams(query).get('error')
  return error !== null && KNOWN.has(error) ? error : undefined
}
