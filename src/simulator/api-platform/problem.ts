/** How the NHS API platform refuses. */
import { randomUUID } from 'node:crypto'

import { type Answer, jsonAnswer } from '../answer.js'

/** One of the platform's refusals: status, `error`, `error_description`. */
export interface PlatformRefusal {
  readonly status: number
  readonly error: string
  readonly description: string
  readonly headers?: Record<string, string>
}

/** The refusals that say more than that the request is wrong. */
export const REFUSALS = {
  contentType: {
    status: 415,
    error: 'invalid_request',
    // Sic: that is how the platform spells it.
    description: 'Content-Type header must be application/x-www-urlencoded',
  },
  grantType: { status: 400, error: 'unsupported_grant_type', description: 'grant_type is invalid' },
  apiKey: { status: 401, error: 'invalid_request', description: "Invalid 'iss'/'sub' claims in client_assertion JWT" },
  notApproved: {
    status: 401,
    error: 'access_denied',
    description:
      'API Key supplied does not have access to this resource. Please check the API Key you are using belongs to an app which has sufficient access to access this resource.',
  },
  rateLimit: { status: 429, error: 'too_many_requests', description: 'Rate limit exceeded' },
  noKeySet: {
    status: 403,
    error: 'public_key error',
    description:
      'You need to register a public key to use this authentication method - please contact support to configure',
  },
  keySetUnreachable: {
    status: 403,
    error: 'public_key error',
    description: "The JWKS endpoint, for your client_assertion can't be reached",
  },
  signature: { status: 401, error: 'public_key error', description: 'JWT signature verification failed' },
  issuer: {
    status: 400,
    error: 'invalid_request',
    description: "Missing or non-matching 'iss' claim in subject_token JWT",
  },
  noScopes: {
    status: 401,
    error: 'unauthorized_client',
    description:
      'you have tried to request authorization but your application is not configured to use this authorization grant type',
  },
  apiSecret: { status: 401, error: 'invalid_client', description: 'client_id or client_secret is invalid' },
  refreshToken: { status: 401, error: 'invalid_grant', description: 'refresh_token is invalid' },
  refreshOver: { status: 401, error: 'invalid_grant', description: 'refresh token refresh period has expired' },
} as const satisfies Record<string, PlatformRefusal>

/** A refusal in the platform's words, with the reason that it may not tell. */
export class PlatformProblem extends Error {
  readonly #said: PlatformRefusal
  /** For the log. */
  readonly refusal: string

  constructor(said: PlatformRefusal, refusal: string) {
    super(said.description)
    this.name = 'PlatformProblem'
    this.#said = said
    this.refusal = refusal
  }

  /** Every refusal carries a `message_id`, which the platform's support asks for. */
  toAnswer(): Answer {
    const { status, error, description, headers = {} } = this.#said
    return jsonAnswer(status, { error, error_description: description, message_id: randomUUID() }, headers)
  }
}

/** Refuses in the platform's words; `refusal`: the true reason, where the words do not tell it. */
export function refuseWith(said: PlatformRefusal, refusal: string = said.description): never {
  throw new PlatformProblem(said, refusal)
}

/** Refuses a request that is wrong: `invalid_request`, 400 unless told otherwise. */
export function refuse(description: string, status = 400, refusal?: string): never {
  refuseWith({ status, error: 'invalid_request', description }, refusal)
}
