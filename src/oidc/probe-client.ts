/** Whether CIS2 takes this client's proof: one request as a sign-in makes it, with a code that nobody was given. */
import { randomBytes } from 'node:crypto'

import type { Cis2Config, ClientAuthenticationConfig } from '../options/cis2-config.js'
import type { Outbound, OutboundResponse } from '../outbound/outbound-http.js'
import { createClientProof } from './client-authentication.js'
import { exchangeCode } from './code-exchange.js'
import type { ProviderMetadata } from './metadata.js'

export interface ClientProbe {
  readonly config: Cis2Config
  readonly metadata: ProviderMetadata
  readonly redirectUri: string
  /** Another than the configured, to find out which would be taken. */
  readonly authentication?: ClientAuthenticationConfig
  /** `aud` of an assertion; the discovered token endpoint unless given. */
  readonly audience?: string
}

/**
 * What the token endpoint answers. The code is random and was never given out, so that no answer can hold a user's tokens.
 * Rejects with a `Fault` when there is no answer.
 */
export async function probeClient(outbound: Outbound, probe: ClientProbe): Promise<OutboundResponse> {
  const { config, metadata, redirectUri, authentication = config.clientAuthentication } = probe
  const { audience = metadata.tokenEndpoint } = probe
  const proof = await createClientProof(authentication, {
    clientId: config.clientId,
    tokenEndpoint: audience,
    now: config.clock(),
    timeoutMs: config.timeoutSeconds * 1000,
  })
  const [code, state] = [invented(), invented()]
  let answer: OutboundResponse | undefined
  let failure: unknown
  const listening: Outbound = {
    ...outbound,
    async send(...request) {
      try {
        return (answer = await outbound.send(...request))
      } catch (error) {
        failure = error
        throw error
      }
    },
  }
  try {
    await exchangeCode(listening, {
      metadata,
      client: config,
      authentication: proof.apply,
      secrets: { state, nonce: invented(), codeVerifier: config.pkce ? invented() : undefined },
      query: new URLSearchParams({ code, state, iss: metadata.issuer }).toString(),
      redirectUri,
      deadline: performance.now() + config.timeoutSeconds * 1000,
    })
  } catch (error) {
    // A refusal is what is expected; it is read from the answer itself.
    if (answer === undefined) throw failure ?? error
  }
  if (answer === undefined) throw new Error('The token endpoint was not asked.')
  return answer
}

/** 256 bits: no code of a user's is ever met by chance. */
function invented(): string {
  return randomBytes(32).toString('base64url')
}
