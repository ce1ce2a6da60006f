/** Reads the parameters of `/authorize`, and refuses as AM does. */
import { type AcrDecision, decideAcr } from './authenticators.js'
import type { SimulatorClient } from './clients.js'
import { SCOPES } from './scopes.js'

/** An authorization request that passed its checks. */
export interface AuthorizationRequest {
  readonly client: SimulatorClient
  readonly redirectUri: string
  readonly scopes: readonly string[]
  readonly state: string | undefined
  readonly nonce: string | undefined
  readonly codeChallenge: { readonly value: string; readonly method: 'S256' | 'plain' } | undefined
  readonly acr: AcrDecision
  readonly prompts: ReadonlySet<string>
  /** Seconds, at least 1. */
  readonly maxAge: number | undefined
  /** Whom the application means. CIS2 is not known to look at it. */
  readonly loginHint: string | undefined
}

/** The request cannot be answered by a redirect: a page says so. */
export interface PageRefusal {
  readonly page: { readonly error: string; readonly description: string }
  readonly refusal: string
}

/** The application is told by a redirect. */
export interface RedirectRefusal {
  readonly redirectUri: string
  readonly state: string | undefined
  readonly error: string
  readonly description: string
  readonly refusal: string
}

export type ParsedAuthorization = { readonly request: AuthorizationRequest } | PageRefusal | RedirectRefusal

/** A client and a redirect URI that are known to belong together, or why no redirect may happen. */
function findClient(
  parameters: URLSearchParams,
  clients: ReadonlyMap<string, SimulatorClient>,
): { client: SimulatorClient; redirectUri: string } | PageRefusal {
  const clientId = parameters.get('client_id')
  const client = clientId === null ? undefined : clients.get(clientId)
  if (!client) {
    const refusal = clientId === null ? 'client_id is missing' : `no client "${clientId}" is registered`
    return { page: { error: 'invalid_client', description: 'Client authentication failed' }, refusal }
  }
  const redirectUri = parameters.get('redirect_uri')
  if (redirectUri === null || !client.redirectUris.includes(redirectUri)) {
    const description = 'The redirection URI provided does not match a pre-registered value.'
    const registered = client.redirectUris.join(' and ')
    const refusal =
      redirectUri === null
        ? 'redirect_uri is missing'
        : `redirect_uri "${redirectUri}" is not registered, to the last character; registered: ${registered}`
    return { page: { error: 'redirect_uri_mismatch', description }, refusal }
  }
  return { client, redirectUri }
}

interface Problem {
  readonly error: string
  readonly description: string
  readonly refusal?: string
}

function invalid(description: string): Problem {
  return { error: 'invalid_request', description }
}

function scopeProblem(scope: string | null): Problem | undefined {
  if (scope === null || scope.trim() === '') {
    return { error: 'invalid_scope', description: 'No scope requested and no default scope configured' }
  }
  const asked = scope.split(' ')
  const unknown = asked.filter((name) => !Object.hasOwn(SCOPES, name))
  if (unknown.length > 0) {
    return { error: 'invalid_scope', description: `Unknown/invalid scope(s): [${unknown.join(', ')}]` }
  }
  return asked.includes('openid') ? undefined : invalid('Missing expected scope=openid from request')
}

function promptProblem(prompts: ReadonlySet<string>): Problem | undefined {
  const known = [...prompts].every((prompt) => ['none', 'login', 'consent'].includes(prompt))
  if (known && !(prompts.has('none') && prompts.size > 1)) return undefined
  return { ...invalid('Prompt parameter is invalid or unsupported'), refusal: `prompt "${[...prompts].join(' ')}"` }
}

function challengeProblem(parameters: URLSearchParams): Problem | undefined {
  const method = parameters.get('code_challenge_method')
  if (method !== null && method !== 'S256' && method !== 'plain')
    return invalid('Invalid value for code_challenge_method')
  if (method !== null && !parameters.has('code_challenge')) return invalid("Missing parameter, 'code_challenge'")
  return undefined
}

function firstProblem(parameters: URLSearchParams, prompts: ReadonlySet<string>): Problem | undefined {
  const repeated = [...parameters.keys()].find((name) => parameters.getAll(name).length > 1)
  if (repeated !== undefined) return invalid(`Invalid Request, duplicate request parameter found : ${repeated}`)
  const responseType = parameters.get('response_type')
  if (responseType === null) return invalid("Missing parameter, 'response_type'")
  if (responseType !== 'code') {
    return {
      error: 'unsupported_response_type',
      description: 'Client does not support this response type.',
      refusal: `response_type "${responseType}": CIS2 offers the code flow only`,
    }
  }
  const responseMode = parameters.get('response_mode')
  if (responseMode !== null && responseMode !== 'query')
    return invalid('Invalid response_mode: only query is simulated')
  if (parameters.has('request') || parameters.has('request_uri')) {
    return { error: 'request_not_supported', description: 'Request objects are not simulated' }
  }
  if (!/^\d{0,9}$/.test(parameters.get('max_age') ?? '')) return invalid('max_age must be a whole number of seconds')
  return scopeProblem(parameters.get('scope')) ?? promptProblem(prompts) ?? challengeProblem(parameters)
}

function readChallenge(parameters: URLSearchParams): AuthorizationRequest['codeChallenge'] {
  const value = parameters.get('code_challenge')
  if (value === null) return undefined
  // RFC 7636, 4.3: plain when no method was sent.
  return { value, method: parameters.get('code_challenge_method') === 'S256' ? 'S256' : 'plain' }
}

/** `max_age` below 1 counts as 1, as AM has it. */
function readMaxAge(parameters: URLSearchParams): number | undefined {
  const text = parameters.get('max_age') ?? ''
  return text === '' ? undefined : Math.max(1, Number(text))
}

/** Checks the parameters in AM's order: first those that forbid a redirect, then the rest. */
export function parseAuthorization(
  parameters: URLSearchParams,
  clients: ReadonlyMap<string, SimulatorClient>,
): ParsedAuthorization {
  const found = findClient(parameters, clients)
  if ('refusal' in found) return found
  const { client, redirectUri } = found
  const state = parameters.get('state') ?? undefined
  const prompts = new Set((parameters.get('prompt') ?? '').split(' ').filter((prompt) => prompt !== ''))
  const problem = firstProblem(parameters, prompts)
  if (problem) return { redirectUri, state, refusal: problem.description, ...problem }
  return {
    request: {
      client,
      redirectUri,
      scopes: (parameters.get('scope') ?? '').split(' '),
      state,
      nonce: parameters.get('nonce') ?? undefined,
      codeChallenge: readChallenge(parameters),
      acr: decideAcr(parameters.get('acr_values') ?? undefined),
      prompts,
      maxAge: readMaxAge(parameters),
      loginHint: parameters.get('login_hint') ?? undefined,
    },
  }
}
