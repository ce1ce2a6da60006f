/** How this client proves itself at the token endpoint, by the one method that it is registered for. */
import { createSecretKey } from 'node:crypto'

import { ClientSecretBasic, ClientSecretPost, type ClientAuth } from 'openid-client'

import { SignInRefusedError } from '../errors.js'
import type { ClientAuthenticationConfig, ParsedSigningKey } from '../options.js'
import { buildAssertion, signLocally, signRemotely, type Assertion } from './client-assertion.js'
import { keyToSignWith } from './signing-keys.js'

/** RFC 7523, section 2.2. */
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** Proof for one request to the token endpoint. Never used twice. */
export interface ClientProof {
  readonly apply: ClientAuth
  /** What was signed, for the diagnosis of a refusal; undefined for plain secrets. */
  readonly assertion: Assertion | undefined
}

export interface ProofRequest {
  readonly clientId: string
  readonly tokenEndpoint: string
  /** Epoch milliseconds. */
  readonly now: number
  /** For a remote signer. */
  readonly timeoutMs: number
}

/** Rejects with a `Fault` when a remote signer fails, with a {@link SignInRefusedError} when no key may sign yet. */
export async function createClientProof(
  authentication: ClientAuthenticationConfig,
  request: ProofRequest,
): Promise<ClientProof> {
  switch (authentication.method) {
    case 'client_secret_post':
      return { apply: ClientSecretPost(authentication.clientSecret), assertion: undefined }
    case 'client_secret_basic':
      return { apply: ClientSecretBasic(authentication.clientSecret), assertion: undefined }
    case 'client_secret_jwt': {
      const assertion = assertionFor(request, 'HS256', undefined)
      const secret = createSecretKey(authentication.clientSecret, 'utf8')
      return { assertion, apply: assertionProof(await signLocally(assertion, secret)) }
    }
    case 'private_key_jwt': {
      const key = keyToSignWith(authentication.keys, request.now)
      if (key === undefined) {
        throw new SignInRefusedError('client-authentication', 'The "notBefore" of every signing key is in the future.')
      }
      const assertion = assertionFor(request, key.alg, key.kid)
      return { assertion, apply: assertionProof(await signWith(key, assertion, request.timeoutMs)) }
    }
  }
}

function assertionFor(request: ProofRequest, alg: string, kid: string | undefined): Assertion {
  const { clientId, tokenEndpoint, now } = request
  return buildAssertion({ clientId, tokenEndpoint, alg, kid, nowSeconds: Math.floor(now / 1000) })
}

async function signWith(key: ParsedSigningKey, assertion: Assertion, timeoutMs: number): Promise<string> {
  if (key.privateKey !== undefined) return signLocally(assertion, key.privateKey)
  if (key.sign !== undefined) return signRemotely(assertion, key.sign, timeoutMs)
  throw new SignInRefusedError('client-authentication', 'The signing key has neither "privateKey" nor "sign".')
}

function assertionProof(signed: string): ClientAuth {
  return function sendAssertion(_server, client, body) {
    body.set('client_id', client.client_id)
    body.set('client_assertion_type', ASSERTION_TYPE)
    body.set('client_assertion', signed)
  }
}

/** What usually is behind `invalid_client`, with all that may be shown of what was sent. */
export function describeClientRefusal(
  method: ClientAuthenticationConfig['method'],
  assertion: Assertion | undefined,
  clockHint: string,
): string {
  const causes = [
    ...(assertion === undefined ? ['the secret is wrong'] : []),
    ...(assertion?.header.kid === undefined
      ? []
      : [
          `kid "${assertion.header.kid}" is not among the published keys that CIS2 has read (publish 24 hours before use)`,
          'CIS2 cannot reach the JWKS address (public https, no login in front of it)',
        ]),
    ...(assertion === undefined ? [] : ['":443" was lost from the issuer, so that "aud" is not the token endpoint']),
    'the client ID belongs to another environment',
    `the client is registered for another method than ${method}`,
  ]
  const sent =
    assertion === undefined
      ? ''
      : ` Sent were header ${JSON.stringify(assertion.header)} and claims ${JSON.stringify(assertion.claims)}.`
  return `CIS2 did not accept this client (invalid_client). Likely causes: ${causes.join('; ')}.${clockHint}${sent}`
}
