/** Starting a sign-in at CIS2: first sign-in, step-up and role change differ in what they ask for. */
import { randomBytes } from 'node:crypto'
import type { Request, Response } from 'express'

import type { AssuranceLevel } from '../cis2/assurance.js'
import { ProviderUnavailableError } from '../errors.js'
import type { Cis2Config } from '../options/cis2-config.js'
import { publicAddress } from '../primitives/public-address.js'
import type { PendingSignIn, SignedInSession } from '../session/sessions.js'
import { correlateWithSignIn, correlationIdOf } from './correlation-id.js'
import type { Parts } from './parts.js'
import { leaveOrigin } from './respond.js'
import { defaultReturnTo, safeReturnTo } from './return-to.js'
import { assertSecureTransport } from './secure-transport.js'

/** 256 bits for each value; RFC 7636 asks for 43 to 128 characters, and these are 64. */
const RANDOM_BYTES = 32

export interface SignInRequest {
  readonly purpose: PendingSignIn['purpose']
  /** Anything: judged here. */
  readonly returnTo: unknown
  /** Raises the level that the options ask for; never lowers it. */
  readonly aal?: AssuranceLevel | undefined
  /** Lowers the greatest age that the options accept; never raises it. */
  readonly maxAgeSeconds?: number | undefined
  readonly restarted?: boolean
}

/** Remembers a sign-in and sends the browser to CIS2 for it. */
export async function beginSignIn(
  req: Request,
  res: Response,
  parts: Parts,
  session: SignedInSession | undefined,
  request: SignInRequest,
): Promise<void> {
  const { config, provider, sessions, emit } = parts
  assertSecureTransport(req, config)
  await provider.started()
  if (provider.authorizationOrigin() === undefined) {
    // Nothing is remembered for a sign-in that cannot start: an outage must not fill the store.
    throw new ProviderUnavailableError('CIS2 has not been discovered yet.')
  }
  const pending = pendingFor(request, config, session)
  const state = await sessions.rememberSignIn(req, res, pending, appDataOf(req, session))
  correlateWithSignIn(req, state.text)
  const url = await provider.buildAuthorizationUrl({
    state: state.text,
    nonce: pending.nonce,
    codeVerifier: pending.codeVerifier,
    redirectUri: callbackAddress(config),
    scope: scopeFor(request.purpose, config),
    acrValues: config.acrValues[pending.aal],
    ...freshness(request, pending, config),
  })
  emit({
    type: 'sign-in.started',
    correlationId: correlationIdOf(req),
    aal: pending.aal,
    reason: request.purpose,
    ...(session === undefined ? {} : { sub: session.subject.sub }),
  })
  leaveOrigin(req, res, 302, url, { title: 'Taking you to NHS Care Identity' })
}

export function callbackAddress(config: Cis2Config): string {
  return publicAddress(config.baseUrl, String(config.routes.callback))
}

function pendingFor(request: SignInRequest, config: Cis2Config, session: SignedInSession | undefined): PendingSignIn {
  const { purpose, maxAgeSeconds = config.maxAuthAgeSeconds, restarted = false } = request
  const random = randomBytes(2 * RANDOM_BYTES)
  return {
    nonce: random.toString('hex', 0, RANDOM_BYTES),
    codeVerifier: config.pkce ? random.toString('hex', RANDOM_BYTES) : undefined,
    returnTo: safeReturnTo(request.returnTo, config) ?? defaultReturnTo(config),
    purpose,
    aal: Math.max(config.aal, request.aal ?? 1) as AssuranceLevel,
    maxAuthAgeSeconds: Math.min(config.maxAuthAgeSeconds, maxAgeSeconds),
    expectedSub: session?.subject.sub,
    restarted,
  }
}

/**
 * `prompt=login` makes CIS2 authenticate afresh; `max_age` says how fresh is fresh enough. OpenID Connect Core 3.1.2.1.
 *
 * Whatever the options say, a step-up and a change of role authenticate afresh: CIS2 may answer from the session that
 * it has, with the level and the role that are not enough.
 */
function freshness(
  request: SignInRequest,
  pending: PendingSignIn,
  config: Cis2Config,
): { prompt: 'login' | undefined; maxAgeSeconds: number | undefined } {
  const always = request.purpose !== 'sign-in' || request.maxAgeSeconds !== undefined
  if (always) {
    return {
      prompt: 'login',
      maxAgeSeconds: request.maxAgeSeconds === undefined ? undefined : pending.maxAuthAgeSeconds,
    }
  }
  if (config.prompt === 'login') return { prompt: 'login', maxAgeSeconds: undefined }
  return { prompt: undefined, maxAgeSeconds: pending.maxAuthAgeSeconds }
}

/** CIS2 asks for another role only with `changedrole` in place of `selectedrole`. */
function scopeFor(purpose: PendingSignIn['purpose'], config: Cis2Config): string {
  if (purpose !== 'change-role') return config.scopes
  const others = config.scopes.split(' ').filter((scope) => scope !== 'selectedrole' && scope !== 'changedrole')
  return [...others, 'changedrole'].join(' ')
}

/** The application's own data, for a session that CIS2 may end while the user is typing her PIN. */
function appDataOf(req: Request, session: SignedInSession | undefined): Record<string, unknown> | undefined {
  if (session === undefined) return undefined
  const { session: stored } = req as unknown as { session: Record<string, unknown> }
  // What express-session keeps of the cookie is not the application's.
  const data = Object.fromEntries(Object.entries(stored).filter(([name]) => name !== 'cookie'))
  return Object.keys(data).length === 0 ? undefined : data
}
