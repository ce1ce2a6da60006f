/** What the browser brings back from CIS2: read from the raw query, judged before anything is sent anywhere. */
import { createHash, timingSafeEqual } from 'node:crypto'

import { knownErrorIn } from '../cis2/authorization-errors.js'
import { ProviderUnavailableError, SignInRefusedError } from '../errors.js'
import type { SignInRefusal } from '../errors.js'

/** Node's own limit for a request line with its headers is 16 KB. */
const MAX_QUERY_LENGTH = 16 * 1024

/** Parameters of other flows: their presence means that somebody mixes answers. */
const FOREIGN = ['id_token', 'access_token', 'token_type', 'token', 'response'] as const

/** Names that matter, which a query may not dress up as lists (`code[]`, `code[a]`). */
const KNOWN = new Set<string>(['code', 'state', 'iss', 'error', 'error_description', 'error_uri', ...FOREIGN])

/** RFC 6749, appendix A.11: one or more printable ASCII characters. */
const CODE = /^[\x20-\x7e]{1,4096}$/

export interface CallbackExpectation {
  readonly state: string
  readonly issuer: string
  readonly requiresIssuer: boolean
}

/**
 * The authorization code of a callback.
 *
 * Throws a {@link SignInRefusedError}, or a {@link ProviderUnavailableError} when CIS2 says
 * `temporarily_unavailable`. `error_description` is not read at all: it may hold anything.
 * @param query - Without `?`.
 */
export function parseCallbackQuery(query: string, expected: CallbackExpectation): string {
  if (query.length > MAX_QUERY_LENGTH) refuse('response', 'it is too long')
  try {
    return readCode(query, expected)
  } catch (error) {
    throw nameError(error, knownErrorIn(query))
  }
}

/** What is refused for its state or issuer may still say what CIS2 objected to. */
function nameError(error: unknown, code: string | undefined): unknown {
  if (code === undefined || !(error instanceof SignInRefusedError) || error.message.includes(code)) return error
  return new SignInRefusedError(error.reason, error.message, { cause: new Error(`CIS2 answered ${code}.`) })
}

function readCode(query: string, expected: CallbackExpectation): string {
  const parameters = new URLSearchParams(query)
  assertPlainParameters(parameters)
  if (!isSameText(parameters.get('state'), expected.state)) refuse('state', 'state is not the one that was sent')
  const error = parameters.get('error')
  assertIssuer(parameters.get('iss'), expected, error !== null)
  if (error !== null) throw authorizationError(knownErrorIn(query))
  const code = parameters.get('code') ?? ''
  if (!CODE.test(code)) refuse('response', 'code is missing or odd')
  return code
}

function refuse(reason: SignInRefusal, problem: string): never {
  throw new SignInRefusedError(reason, `The answer that the browser brought from CIS2 was refused: ${problem}.`)
}

/** RFC 6749, section 3.1: no parameter more than once. Unknown parameters are ignored. */
function assertPlainParameters(parameters: URLSearchParams): void {
  const names = [...parameters.keys()]
  if (new Set(names).size !== names.length) refuse('response', 'a parameter appears twice')
  for (const name of names) {
    const base = name.replace(/\[.*/s, '')
    if (base !== name && KNOWN.has(base)) refuse('response', 'a parameter is dressed up as a list')
  }
  if (FOREIGN.some((name) => parameters.has(name))) refuse('response', 'it belongs to another flow')
}

/** RFC 9207: stops an answer of one provider from being redeemed at another. */
function assertIssuer(issuer: string | null, expected: CallbackExpectation, isError: boolean): void {
  if (issuer === null) {
    // An error without it carries nothing that could be redeemed.
    if (expected.requiresIssuer && !isError) refuse('issuer', 'iss is missing')
  } else if (issuer !== expected.issuer) {
    refuse('issuer', 'iss is not the discovered issuer')
  }
}

function authorizationError(error: string | undefined): Error {
  if (error === 'access_denied') {
    return new SignInRefusedError(
      'access-denied',
      'CIS2 answered access_denied: the sign-in was cancelled or not allowed.',
    )
  }
  if (error === 'temporarily_unavailable') return new ProviderUnavailableError('CIS2 answered temporarily_unavailable.')
  return new SignInRefusedError('provider-error', `CIS2 answered ${error ?? 'an unknown error'} instead of a code.`)
}

function isSameText(received: string | null, expected: string): boolean {
  return received !== null && timingSafeEqual(sha256(received), sha256(expected))
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
