/** Redeeming an authorization code: one request, made by openid-client, over our transport. */
import { authorizationCodeGrant, customFetch, type ClientAuth } from 'openid-client'

import { SignInRefusedError } from '../errors.js'
import { Fault, isError, sanitizedCause } from '../outbound/fault.js'
import type { ProviderMetadata } from './metadata.js'
import { answeredAt, type Outbound, type OutboundResponse } from '../outbound/outbound-http.js'
import type { SignInSecrets } from './provider.js'
import { createLibraryConfiguration, type LibraryClient } from './server-metadata.js'
import { parseTokenResponse, type ReceivedTokens } from './token-response.js'

export interface CodeExchange {
  readonly metadata: ProviderMetadata
  readonly client: LibraryClient
  readonly authentication: ClientAuth
  readonly secrets: SignInSecrets
  /** The raw query of the callback, already judged. */
  readonly query: string
  readonly redirectUri: string
  /** On the scale of {@link performance.now}. */
  readonly deadline: number
}

/** What the token endpoint sent, and whether openid-client, with checks of its own, agrees with it. */
export interface ExchangedTokens {
  readonly tokens: ReceivedTokens
  /** When CIS2 answered, by its own clock. */
  readonly answeredAt: Date | undefined
  /** Throws when openid-client found fault with the answer. Called after our own, more precise, checks. */
  readonly assertLibraryAgrees: () => void
}

/**
 * Sends the code once. There is no second try: a code that was sent may have been used up.
 *
 * Rejects with a {@link Fault}, a `ClientRefusedError` or a {@link SignInRefusedError}. The ID token
 * that it resolves with has not been verified.
 */
export async function exchangeCode(outbound: Outbound, exchange: CodeExchange): Promise<ExchangedTokens> {
  const { metadata, secrets } = exchange
  let received: { tokens: ReceivedTokens; answeredAt: Date | undefined } | undefined
  let failure: Error | undefined
  const configuration = createLibraryConfiguration(metadata, exchange.client, withRedirectUri(exchange))
  configuration[customFetch] = async function fetchTokens(_address, { headers, body }) {
    try {
      // The library's form; as text, for one of another realm (a DOM test environment's) is none to Node's fetch.
      const response = await sendCode(outbound, exchange, headers, (body as URLSearchParams).toString())
      const tokens = parseTokenResponse(response)
      received = { tokens, answeredAt: answeredAt(response.headers) }
      return answerFor(tokens)
    } catch (error) {
      failure = isError(error) ? error : new Error('The request could not be made.')
      throw failure
    }
  }
  let objection: unknown
  try {
    await authorizationCodeGrant(configuration, new URL(`${exchange.redirectUri}?${exchange.query}`), {
      expectedState: secrets.state,
      expectedNonce: secrets.nonce,
      idTokenExpected: true,
      ...(secrets.codeVerifier === undefined ? {} : { pkceCodeVerifier: secrets.codeVerifier }),
    })
  } catch (error) {
    objection = error
  }
  if (failure !== undefined) throw failure
  if (received === undefined) throw objectionRefusal(objection)
  return {
    ...received,
    assertLibraryAgrees() {
      if (objection !== undefined) throw objectionRefusal(objection)
    },
  }
}

/**
 * What has been parsed, for openid-client to judge as well. Only what a sign-in rests on: a refresh token, a scope or a
 * lifetime of odd form is nothing that we use, and must not keep anybody out.
 */
function answerFor({ idToken, accessToken }: ReceivedTokens): Response {
  const body = { id_token: idToken, access_token: accessToken, token_type: 'bearer' }
  const response = new Response(null, { headers: { 'content-type': 'application/json' } })
  return Object.assign(response, { json: () => Promise.resolve(body) })
}

/** Byte for byte as in the authorization request; the library would send what `URL` makes of it. */
function withRedirectUri({ authentication, redirectUri }: CodeExchange): ClientAuth {
  return function authenticate(server, client, body, headers) {
    body.set('redirect_uri', redirectUri)
    authentication(server, client, body, headers)
  }
}

async function sendCode(
  outbound: Outbound,
  { metadata, deadline }: CodeExchange,
  headers: Record<string, string>,
  body: string,
): Promise<OutboundResponse> {
  try {
    return await outbound.send(metadata.tokenEndpoint, { endpoint: 'token', method: 'POST', headers, body, deadline })
  } catch (error) {
    if (error instanceof Fault && (error.kind === 'redirect' || error.kind === 'too-large')) {
      throw new SignInRefusedError('token-response', `The answer of the token endpoint was refused. ${error.message}`)
    }
    throw error
  }
}

/** The library's errors hold the code, the claims or the answer: only name and code are kept. */
function objectionRefusal(objection: unknown): SignInRefusedError {
  return new SignInRefusedError('token-response', 'openid-client refused the answer of CIS2.', {
    cause: sanitizedCause(objection),
  })
}
