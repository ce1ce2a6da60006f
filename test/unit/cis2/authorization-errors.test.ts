import { knownErrorIn } from '../../../src/cis2/authorization-errors.js'

describe('knownErrorIn', () => {
  it.each([
    // RFC 6749, section 4.1.2.1
    ...['invalid_request', 'unauthorized_client', 'access_denied', 'unsupported_response_type', 'invalid_scope'],
    ...['server_error', 'temporarily_unavailable'],
    // OpenID Connect Core 1.0, section 3.1.2.6
    ...['interaction_required', 'login_required', 'account_selection_required', 'consent_required'],
    ...['invalid_request_uri', 'invalid_request_object'],
    ...['request_not_supported', 'request_uri_not_supported', 'registration_not_supported'],
    // OpenID Connect Core Unmet Authentication Requirements 1.0, section 2
    'unmet_authentication_requirements',
    // AM's own
    'invalid_client',
  ])('tells %s', (error) => {
    expect(knownErrorIn(`state=x&error=${error}&error_description=words`)).toBe(error)
  })

  it.each([
    '',
    'error',
    'error=',
    'error=Access_Denied',
    'error=somebody+writes+here',
    'Error=access_denied',
    'x=null',
  ])('repeats nothing of %j: anybody can write such an address', (query) => {
    expect(knownErrorIn(query)).toBeUndefined()
  })
})
