/** How this client proves itself at the token endpoint, by the one method that it is registered for. */
import { createSecretKey } from 'node:crypto'

import { ClientSecretPost, type ClientAuth } from 'openid-client'

import { SignInRefusedError } from '../errors.js'
import type { ClientAuthenticationConfig, ParsedSigningKey } from '../options/cis2-config.js'
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
      return { apply: basicProof(authentication.clientSecret), assertion: undefined }
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

/** One assertion, signed; for whoever else wants one of us. Rejects with a `Fault` when a remote signer fails. */
export function signAssertion(key: ParsedSigningKey, request: ProofRequest): Promise<string> {
  return signWith(key, assertionFor(request, key.alg, key.kid), request.timeoutMs)
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

/**
 * RFC 6749, section 2.3.1. Form encoding leaves `-`, `.` and `_` alone: an id like `1234.apps.national` is sent as it
 * is, which servers that do not decode need. openid-client would encode those too.
 */
function basicProof(secret: string): ClientAuth {
  return function sendBasic(_server, client, _body, headers) {
    const credentials = `${formEncoded(client.client_id)}:${formEncoded(secret)}`
    headers.set('authorization', `Basic ${Buffer.from(credentials).toString('base64')}`)
  }
}

function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1)
}

function assertionProof(signed: string): ClientAuth {
  return function sendAssertion(_server, client, body) {
    body.set('client_id', client.client_id)
    body.set('client_assertion_type', ASSERTION_TYPE)
    body.set('client_assertion', signed)
  }
}

export interface ClientRefusal {
  /** Undefined when a secret was sent as it is. */
  readonly assertion: Assertion | undefined
  /** CIS2's own words, when they are known ones. */
  readonly description: string | undefined
  /** `''`, or a sentence about the two clocks. */
  readonly clockHint: string
}

/** What usually is behind `invalid_client`, with all that may be shown of what was sent. */
export function describeClientRefusal(
  method: ClientAuthenticationConfig['method'],
  { assertion, description, clockHint }: ClientRefusal,
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
  const said = description === undefined ? '' : `, saying "${description}"`
  return `CIS2 did not accept this client (invalid_client)${said}. Likely causes: ${causes.join('; ')}.${clockHint}${sent}`
}
