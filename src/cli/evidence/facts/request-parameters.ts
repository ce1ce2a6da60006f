/** The authorization request, parameter by parameter. */
import type { ParameterRow } from '../report.js'

const MEANINGS: Readonly<Record<string, string>> = {
  response_type: 'The authorization code flow, which is the only one that CIS2 offers.',
  client_id: 'The registered client; in the rehearsal a made-up one.',
  redirect_uri: 'Where CIS2 sends the browser back; compared with what is registered, to the last character.',
  scope: 'What CIS2 is asked for.',
  state: 'Ties the answer to this browser; signed, and used once.',
  nonce: 'Ties the ID token to this sign-in.',
  acr_values: 'How strongly the user is to authenticate. What counts is the level that the signed ID token says.',
  prompt: 'login: the user authenticates afresh (NHS CIA Ses Req 002).',
  max_age: 'The oldest authentication that CIS2 may rest on, in seconds.',
  code_challenge: 'Ties the code to this application (PKCE, RFC 7636).',
  code_challenge_method: 'How the challenge was made.',
}

/** Made anew for each request. */
const RANDOM = new Set(['state', 'nonce', 'code_challenge'])

export function describeRequest(sent: URLSearchParams): ParameterRow[] {
  return [...sent].map(([parameter, value]) => ({
    parameter,
    sent: RANDOM.has(parameter) ? `(made for each request, ${value.length} characters)` : value,
    meaning: MEANINGS[parameter] ?? 'Not one that this package sends: the application adds it.',
    proof: 'run now',
  }))
}
