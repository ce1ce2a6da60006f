/** What the token endpoint answers: the tokens, or the reason why there are none. */
import { SignInRefusedError } from '../errors.js'
import type { SignInRefusal } from '../errors.js'
import { Fault } from '../outbound/fault.js'
import { parseJsonObject, type JsonObject } from '../outbound/json.js'
import { answeredAt, mediaType, retryAfterSeconds, type OutboundResponse } from '../outbound/outbound-http.js'

/** No token of CIS2 comes near it. */
const MAX_TOKEN_LENGTH = 64 * 1024

const MAX_LIFETIME_SECONDS = 10 * 365 * 24 * 60 * 60

/** RFC 6750, section 2.1, and a little more: visible ASCII, so that it can stand in a header. */
const ACCESS_TOKEN = /^[\x21-\x7e]+$/

const ERROR_CODE = /^[a-z_]{1,64}$/

/** What CIS2's engine is known to say beside `invalid_client`. Any other text may hold anything, and is not repeated. */
const KNOWN_DESCRIPTIONS: ReadonlySet<unknown> = new Set([
  'JWT is not valid',
  'JWT has expired',
  'Audience validation failed',
  'Client authentication failed',
  'Invalid authentication method for accessing this endpoint.',
])

/** Tokens whose form has been checked, not their content. */
export interface ReceivedTokens {
  readonly idToken: string
  readonly accessToken: string
  readonly expiresInSeconds: number | undefined
}

/** The token endpoint did not accept how we authenticated. */
export class ClientRefusedError extends Error {
  /** When CIS2 answered, by its own clock. */
  readonly answeredAt: Date | undefined
  /** `error_description`, when it is one of the known texts. */
  readonly description: string | undefined

  constructor(answeredAt: Date | undefined, description: unknown) {
    super('CIS2 did not accept this client.')
    this.name = 'ClientRefusedError'
    this.answeredAt = answeredAt
    this.description = KNOWN_DESCRIPTIONS.has(description) ? String(description) : undefined
  }
}

/**
 * Reads an answer of the token endpoint.
 *
 * Throws a {@link Fault} when CIS2 cannot serve now (5xx, 429), a {@link ClientRefusedError} when it
 * does not accept this client, and a {@link SignInRefusedError} for everything else that is no tokens.
 */
export function parseTokenResponse(response: OutboundResponse): ReceivedTokens {
  assertServed(response, 'one-code')
  const isJson = mediaType(response.headers) === 'application/json'
  const body = isJson ? parseJsonObject(response.body) : undefined
  const error = typeof body?.error === 'string' ? body.error : undefined
  if (error === 'invalid_client' || (response.status === 401 && error === undefined)) {
    throw new ClientRefusedError(answeredAt(response.headers), body?.error_description)
  }
  if (error !== undefined) refuse(`CIS2 answered ${ERROR_CODE.test(error) ? error : 'an error'}${hintFor(error)}`)
  if (response.status !== 200) refuse(`CIS2 answered with status ${response.status}`)
  if (body === undefined) refuse('it is no JSON object')
  if ((body.error ?? undefined) !== undefined) refuse('it holds an error')
  return {
    idToken: readToken(body, 'id_token'),
    accessToken: readAccessToken(body),
    expiresInSeconds: readLifetime(body.expires_in),
  }
}

/**
 * Throws a {@link Fault} when an answer says that CIS2 cannot serve now.
 * @param about - `'one-code'`: what was asked for may be a stranger's invention.
 */
export function assertServed(response: OutboundResponse, about: 'one-code' | 'everybody'): void {
  if (response.status < 500 && response.status !== 429) return
  throw new Fault('status', `CIS2 answered with status ${response.status}.`, {
    retryAfterSeconds: retryAfterSeconds(response.headers),
    aboutOneCode: about === 'one-code',
  })
}

function refuse(problem: string, reason: SignInRefusal = 'token-response'): never {
  throw new SignInRefusedError(reason, `The answer of the token endpoint was refused: ${problem}.`)
}

function hintFor(error: string): string {
  if (error !== 'invalid_grant') return ''
  return ' (the code was used before or is too old, or redirect_uri is not the registered one)'
}

function readToken(body: JsonObject, name: 'id_token' | 'access_token'): string {
  const token = body[name]
  if (typeof token !== 'string' || token === '') refuse(`${name} is missing`)
  if (token.length > MAX_TOKEN_LENGTH) refuse(`${name} is too long`)
  return token
}

function readAccessToken(body: JsonObject): string {
  const type = body.token_type
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') refuse('token_type is not Bearer')
  const token = readToken(body, 'access_token')
  if (!ACCESS_TOKEN.test(token)) refuse('access_token holds characters that no token has')
  return token
}

/**
 * A number, or its digits as text: engines of CIS2's family send both. Anything else is as good as nothing: RFC 6749,
 * section 5.1, lets it be left out, and nobody is kept out for it.
 */
function readLifetime(value: unknown): number | undefined {
  const seconds = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  const isLifetime = typeof seconds === 'number' && seconds >= 0 && seconds <= MAX_LIFETIME_SECONDS
  return isLifetime ? Math.floor(seconds) : undefined
}
