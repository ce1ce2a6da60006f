/** The platform's refusals in its own words, and what each means for whoever has to mend it. */
import { ApiTokenError, type ApiTokenRefusal } from '../errors.js'
import { type JsonObject } from '../outbound/json.js'
import { retryAfterSeconds, type OutboundResponse } from '../outbound/outbound-http.js'

interface Meaning {
  readonly reason: ApiTokenRefusal
  readonly cause: string
}

/** By `error_description` first, in this order: the platform's codes say little. */
const BY_TEXT: readonly (readonly [RegExp, Meaning])[] = [
  [/'kid' header in client_assertion/, keySet('it has no key of that kid; it reads a key set once an hour')],
  [/register a public key/, keySet('no key set is registered for the application')],
  [/JWKS endpoint/, keySet('it cannot reach the key set of the application')],
  [/'iss'\/'sub' claims in client_assertion/, apiKey('it does not know the API key, or not in this environment')],
  [/'exp' claim in client_assertion/, { reason: 'assertion', cause: 'the clock of this machine is wrong' }],
  [/client_assertion/, { reason: 'assertion', cause: 'it found fault with the assertion' }],
  [/'iss' claim in subject_token/, { reason: 'issuer', cause: 'the ID token is of a CIS2 that it does not pair with' }],
  [/'exp' claim in subject_token/, { reason: 'expired', cause: 'the ID token has expired by its clock' }],
  [/subject_token/, { reason: 'issuer', cause: 'it found fault with the ID token' }],
]

const NOT_SUBSCRIBED =
  'the application is subscribed to no API at the level of this sign-in, whatever the platform’s own words say'

const BY_ERROR: Readonly<Record<string, Meaning>> = {
  'public_key error': keySet('the signature does not fit the key that it has for that kid'),
  invalid_client: apiKey('API key or API secret are wrong'),
  unauthorized_client: { reason: 'not-authorised', cause: NOT_SUBSCRIBED },
  access_denied: { reason: 'not-authorised', cause: 'the application is not approved for the API, or not subscribed' },
  invalid_grant: { reason: 'expired', cause: 'the refresh token is used up, or its time is over' },
}

const UNKNOWN: Meaning = { reason: 'assertion', cause: 'it refused the request' }

function keySet(cause: string): Meaning {
  return { reason: 'key-set', cause }
}

function apiKey(cause: string): Meaning {
  return { reason: 'api-key', cause }
}

/** The platform's texts about a JWT: they name claims, and hold no value. Any other text is not repeated. */
const SAFE_TEXT = /^[\w .,'/():-]{1,200}$/

/** A refusal that the platform has answered; `body` is undefined when it was no JSON object. */
export function refusalOf(response: OutboundResponse, body: JsonObject | undefined): ApiTokenError {
  const { status, headers } = response
  const said = `${describe(body)}${messageIdOf(body)}`
  if (status === 429) {
    const wait = retryAfterSeconds(headers)
    return new ApiTokenError('rate-limited', `The NHS API platform allows no more requests now${said}.`, {
      retryAfterSeconds: wait,
    })
  }
  if (status >= 500 || body === undefined) {
    return new ApiTokenError('unavailable', `The NHS API platform answered with status ${String(status)}${said}.`, {
      retryAfterSeconds: retryAfterSeconds(headers),
    })
  }
  const { reason, cause } = meaningOf(body)
  return new ApiTokenError(reason, `The NHS API platform gave no token: ${cause}${said}.`)
}

function meaningOf({ error, error_description: text }: JsonObject): Meaning {
  const found = typeof text === 'string' ? BY_TEXT.find(([pattern]) => pattern.test(text)) : undefined
  if (found !== undefined) return found[1]
  return typeof error === 'string' && Object.hasOwn(BY_ERROR, error) ? (BY_ERROR[error] ?? UNKNOWN) : UNKNOWN
}

function describe(body: JsonObject | undefined): string {
  const text = body?.error_description
  return typeof text === 'string' && SAFE_TEXT.test(text) ? `, saying "${text}"` : ''
}

/** What the platform's support asks for. */
function messageIdOf(body: JsonObject | undefined): string {
  const id = body?.message_id
  return typeof id === 'string' && /^[\w:-]{1,64}$/.test(id) ? ` (message_id ${id})` : ''
}
