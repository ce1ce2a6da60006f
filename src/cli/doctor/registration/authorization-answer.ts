/** One request to CIS2's authorization endpoint, without cookies and never followed: what it says of client, redirect address and scopes. */
import { randomBytes } from 'node:crypto'

import type { Cis2Config } from '../../../options/cis2-config.js'
import { buildAuthorizationAddress } from '../../../oidc/authorization-request.js'
import { knownErrorIn } from '../../../cis2/authorization-errors.js'
import type { ProviderMetadata } from '../../../oidc/metadata.js'
import { codeOf, messageOf } from '../../io.js'
import { readBeginning } from '../read-beginning.js'
import type { StrangeAnswer } from '../stranger.js'

export type AuthorizationAnswer =
  | { readonly kind: 'no-client' | 'no-redirect-address' }
  /** A redirect to the application with an error. `scopes`: those of ours that it names. */
  | { readonly kind: 'error'; readonly error: string; readonly scopes: readonly string[] }
  /** `no-session`: nobody is signed in, said to the application. `login-page`: the browser would be asked to sign in. */
  | { readonly kind: 'accepted'; readonly by: 'no-session' | 'login-page' | 'sign-in' }
  | { readonly kind: 'strange'; readonly answer: StrangeAnswer }
  | { readonly kind: 'unreachable'; readonly reason: string }

/** OpenID Connect Core 1.0, section 3.1.2.6; the first is AM's. */
const NO_SESSION: ReadonlySet<string> = new Set([
  'interaction_required',
  'login_required',
  'consent_required',
  'account_selection_required',
])

/**
 * Asks with `prompt=none`, by which nobody can be signed in and no session be made; when CIS2 objects to that, once more
 * as the application itself asks.
 */
export async function askAuthorization(
  config: Cis2Config,
  metadata: ProviderMetadata,
  redirectUri: string,
): Promise<AuthorizationAnswer> {
  const silent = await ask(config, metadata, redirectUri, 'none')
  if (silent.kind !== 'error' || silent.error !== 'invalid_request') return silent
  return ask(config, metadata, redirectUri, 'login')
}

async function ask(
  config: Cis2Config,
  metadata: ProviderMetadata,
  redirectUri: string,
  prompt: 'none' | 'login',
): Promise<AuthorizationAnswer> {
  const address = buildAuthorizationAddress(metadata, config, {
    state: invented(),
    nonce: invented(),
    codeVerifier: config.pkce ? invented() : undefined,
    redirectUri,
    scope: config.scopes,
    acrValues: config.acrValues[config.aal],
    prompt: undefined,
    maxAgeSeconds: undefined,
  })
  try {
    const response = await config.fetch(`${address}&prompt=${prompt}`, {
      redirect: 'manual',
      headers: { accept: 'text/html' },
      signal: AbortSignal.timeout(config.timeoutSeconds * 1000),
    })
    const { status, headers } = response
    return judge({ status, headers, text: await readBeginning(response) }, metadata, redirectUri, config.scopes)
  } catch (error) {
    const { cause = error } = error as { cause?: unknown }
    return { kind: 'unreachable', reason: codeOf(cause) ?? messageOf(cause) }
  }
}

function judge(
  answer: StrangeAnswer,
  { authorizationEndpoint }: ProviderMetadata,
  redirectUri: string,
  scopes: string,
): AuthorizationAnswer {
  const location = answer.headers.get('location') ?? ''
  const isRedirect = answer.status >= 300 && answer.status < 400
  if (isRedirect && isBelow(location, redirectUri)) return judgeReturn(location, scopes)
  if (isRedirect && originOf(location, authorizationEndpoint) === new URL(authorizationEndpoint).origin) {
    return { kind: 'accepted', by: 'login-page' }
  }
  if (answer.status === 400 || answer.status === 401) {
    if (/redirect_uri_mismatch|does not match a pre-registered/i.test(answer.text))
      return { kind: 'no-redirect-address' }
    if (/invalid_client|client authentication failed/i.test(answer.text)) return { kind: 'no-client' }
  }
  return { kind: 'strange', answer }
}

function judgeReturn(location: string, scopes: string): AuthorizationAnswer {
  const query = location.slice(location.indexOf('?') + 1)
  const parameters = new URLSearchParams(query)
  if (parameters.has('code')) return { kind: 'accepted', by: 'sign-in' }
  const error = knownErrorIn(query) ?? 'an error'
  if (NO_SESSION.has(error)) return { kind: 'accepted', by: 'no-session' }
  const words = new Set((parameters.get('error_description') ?? '').split(/[\s[\],]+/))
  return { kind: 'error', error, scopes: scopes.split(' ').filter((scope) => words.has(scope)) }
}

function isBelow(location: string, redirectUri: string): boolean {
  return location.startsWith(`${redirectUri}?`) || location.startsWith(`${redirectUri}&`)
}

function originOf(location: string, base: string): string | undefined {
  return URL.canParse(location, base) ? new URL(location, base).origin : undefined
}

function invented(): string {
  return randomBytes(32).toString('base64url')
}
