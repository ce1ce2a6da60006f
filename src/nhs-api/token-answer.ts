/** What the platform's token endpoint answers: tokens, or the reason why there are none. */
import { ApiTokenError } from '../errors.js'
import { parseJsonObject, type JsonObject } from '../outbound/json.js'
import { mediaType, type OutboundResponse } from '../outbound/outbound-http.js'
import { refusalOf } from './refusals.js'

/** No token of the platform comes near it. */
const MAX_TOKEN_LENGTH = 16 * 1024

/** The platform's tokens live ten minutes, what refreshes them twelve hours. A day is nobody's. */
const MAX_LIFETIME_SECONDS = 86_400

/** RFC 6750, section 2.1, and a little more: visible ASCII, so that it can stand in a header. */
const TOKEN = /^[\x21-\x7e]+$/

/** Tokens as they came. */
export interface GivenTokens {
  readonly accessToken: string
  readonly expiresInSeconds: number
  /** Undefined when the platform gave none. */
  readonly refreshToken: string | undefined
  readonly refreshExpiresInSeconds: number
}

/** Throws an `ApiTokenError` for everything that is no tokens. */
export function parseTokenAnswer(response: OutboundResponse): GivenTokens {
  const isJson = mediaType(response.headers) === 'application/json'
  const body = isJson ? parseJsonObject(response.body) : undefined
  if (response.status !== 200 || (body !== undefined && 'error' in body)) throw refusalOf(response, body)
  if (body === undefined) throw odd('is no JSON object')
  if (typeof body.token_type !== 'string' || body.token_type.toLowerCase() !== 'bearer') throw odd('is of another type')
  return {
    accessToken: readToken(body, 'access_token') ?? lacks('access_token'),
    expiresInSeconds: readLifetime(body, 'expires_in') ?? lacks('expires_in'),
    refreshToken: readToken(body, 'refresh_token'),
    // One of unknown life is not relied on.
    refreshExpiresInSeconds: readLifetime(body, 'refresh_token_expires_in') ?? 0,
  }
}

function readToken(body: JsonObject, name: string): string | undefined {
  const token = body[name]
  if (token === undefined) return undefined
  if (typeof token === 'string' && TOKEN.test(token) && token.length <= MAX_TOKEN_LENGTH) return token
  throw odd(`has an odd ${name}`)
}

/** Digits as text, as the platform has it; a number is taken as well. */
function readLifetime(body: JsonObject, name: string): number | undefined {
  const value = body[name]
  if (value === undefined) return undefined
  const seconds = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value
  if (typeof seconds === 'number' && seconds > 0 && seconds <= MAX_LIFETIME_SECONDS) return Math.floor(seconds)
  throw odd(`has an odd ${name}`)
}

function lacks(name: string): never {
  throw odd(`lacks ${name}`)
}

function odd(problem: string): ApiTokenError {
  return new ApiTokenError('unavailable', `The answer of the NHS API platform cannot be used: it ${problem}.`)
}
