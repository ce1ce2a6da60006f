/** What CIS2's token endpoint says to this client's proof, read from its answer to an invented code. */
import { Fault } from '../../../outbound/fault.js'
import { parseJsonObject } from '../../../outbound/json.js'
import { createOutbound } from '../../../outbound/outbound-http.js'
import { CIS2 } from '../../../oidc/peer.js'
import { probeClient, type ClientProbe } from '../../../oidc/probe-client.js'
import type { OutboundResponse } from '../../../outbound/outbound-http.js'
import type { StrangeAnswer } from '../stranger.js'

/** Why a client was refused, where the engine says it. */
export type Refusal = 'expired' | 'audience' | 'method' | 'unsaid'

export type TokenAnswer =
  /** The code was refused, and the client not. */
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly says: Refusal }
  /** An error of another kind, in the words of RFC 6749. */
  | { readonly kind: 'error'; readonly error: string }
  | { readonly kind: 'tokens' }
  | { readonly kind: 'strange'; readonly answer: StrangeAnswer }
  | { readonly kind: 'unreachable'; readonly fault: Fault }

const SAID: Readonly<Record<string, Refusal>> = {
  'JWT has expired': 'expired',
  'Audience validation failed': 'audience',
  'Invalid authentication method for accessing this endpoint.': 'method',
}

export async function askTokenEndpoint(probe: ClientProbe): Promise<TokenAnswer> {
  const { fetch, timeoutSeconds } = probe.config
  const outbound = createOutbound({ ...CIS2, fetch, timeoutSeconds })
  try {
    return judge(await probeClient(outbound, probe))
  } catch (error) {
    if (error instanceof Fault) return { kind: 'unreachable', fault: error }
    throw error
  } finally {
    outbound.close()
  }
}

function judge({ status, headers, body }: OutboundResponse): TokenAnswer {
  const json = parseJsonObject(body)
  const error = json?.error
  if (typeof error !== 'string') {
    if (json?.access_token !== undefined) return { kind: 'tokens' }
    return { kind: 'strange', answer: { status, headers, text: new TextDecoder().decode(body) } }
  }
  if (error === 'invalid_grant') return { kind: 'accepted' }
  if (error === 'invalid_client') return { kind: 'refused', says: SAID[String(json?.error_description)] ?? 'unsaid' }
  // What is printed is a word of ours, or of the standard's form.
  return { kind: 'error', error: /^[a-z_]{1,64}$/.test(error) ? error : 'an error' }
}
