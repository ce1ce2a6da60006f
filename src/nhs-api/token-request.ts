/** The two requests to the platform's token endpoint. */
import type { NhsApiConfig } from '../options/cis2-config.js'
import type { OutboundRequest } from '../outbound/outbound-http.js'

/** RFC 8693, section 2.1; RFC 7523, section 2.2. */
const EXCHANGE = {
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
} as const

/** An ID token for a token to NHS APIs. The assertion is used once, whatever comes of it: the platform burns it first. */
export function exchangeRequest(idToken: string, assertion: string, deadline: number): OutboundRequest {
  return formPost('exchange', { ...EXCHANGE, subject_token: idToken, client_assertion: assertion }, deadline)
}

/** A refresh token for a new pair. The one sent is used up by it. */
export function refreshRequest(
  refreshToken: string,
  { apiKey, apiSecret = '' }: Pick<NhsApiConfig, 'apiKey' | 'apiSecret'>,
  deadline: number,
): OutboundRequest {
  const form = { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: apiKey, client_secret: apiSecret }
  return formPost('refresh', form, deadline)
}

function formPost(
  endpoint: 'exchange' | 'refresh',
  form: Readonly<Record<string, string>>,
  deadline: number,
): OutboundRequest {
  return {
    endpoint,
    method: 'POST',
    // Exactly so: the platform refuses a charset behind it.
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams(form).toString(),
    deadline,
  }
}
