/** `GET /callback`: what CIS2 sent the browser back with, checked, and a session if everything holds. */
import type { Request, Response } from 'express'

import type { AssuranceLevel } from '../../cis2/assurance.js'
import { knownErrorIn } from '../../cis2/authorization-errors.js'
import { toAccessSubject } from '../../cis2/user-from-claims.js'
import {
  isCis2Error,
  MethodNotAllowedError,
  ProviderUnavailableError,
  SignInRefusedError,
  StoreUnavailableError,
  type SignInRefusal,
} from '../../errors.js'
import { sidHashOf } from '../../events.js'
import type { Cis2Config } from '../../options/cis2-config.js'
import type { Leave } from '../../oidc/admission.js'
import type { VerifiedSignIn } from '../../oidc/provider.js'
import type { Loaded, PendingSignIn, SignedInSession, SignInOutcome, TakenSignIn } from '../../session/sessions.js'
import { correlateWithSignIn, correlationIdOf } from '../correlation-id.js'
import { isEmbedded } from '../navigation.js'
import { apiSessionOf } from '../nhs-api-of-request.js'
import { sessionOf, type Parts, type RouteHandler } from '../parts.js'
import { dropPagesAhead, redirect } from '../respond.js'
import { defaultReturnTo } from '../return-to.js'
import { assertSecureTransport } from '../secure-transport.js'
import { beginSignIn, callbackAddress } from '../sign-in.js'
import { askApplication } from '../sign-in-hook.js'

export function createCallback(parts: Parts, load: (req: Request) => Loaded): RouteHandler {
  return async function callback(req, res) {
    if (req.method !== 'GET') throw new MethodNotAllowedError('GET')
    assertSecureTransport(req, parts.config)
    const query = rawQueryOf(req)
    const begun = await takeAndComplete(req, res, parts, load, query)
    if (begun === undefined) return
    const ended = begun.found === 'running' ? await reported(req, parts, begun.wait()) : begun
    if (ended.found === 'outcome') repeat(res, ended.outcome)
    else await withoutPending(req, res, parts, load, begun.state)
  }
}

/** The first callback of a sign-in is completed in a place of its own among those that may call CIS2; duplicates wait outside. */
async function takeAndComplete(
  req: Request,
  res: Response,
  parts: Parts,
  load: (req: Request) => Loaded,
  query: string,
): Promise<Exclude<Begun, { found: 'pending' }> | undefined> {
  let leave: Leave | undefined
  let left: Parameters<Leave>[0] = 'refused'
  try {
    const begun = await taking(req, res, parts, load, query, async () => {
      leave = await parts.provider.enter()
    })
    if (begun.found === 'pending') await completeFirst(req, res, parts, { query, ...begun })
    if (begun.found !== 'nothing') left = 'fine'
    return begun.found === 'pending' ? undefined : begun
  } finally {
    leave?.(left)
  }
}

type Begun = TakenSignIn & { readonly state: string }

/** Checks the state and takes the pending sign-in; a refusal here has nothing pending to be about. */
async function taking(
  req: Request,
  res: Response,
  parts: Parts,
  load: (req: Request) => Loaded,
  query: string,
  admit: () => Promise<void>,
): Promise<Begun> {
  async function take(): Promise<Begun> {
    const state = stateOf(query, parts)
    correlateWithSignIn(req, state)
    sessionOf(load(req))
    return { ...(await parts.sessions.takeSignIn(req, res, state, admit)), state }
  }
  return reported(req, parts, take())
}

async function reported<T>(req: Request, parts: Parts, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    reportRefusal(req, parts, undefined, error)
    throw error
  }
}

type FirstCallback = Extract<Begun, { found: 'pending' }> & { readonly query: string }

async function completeFirst(req: Request, res: Response, parts: Parts, first: FirstCallback): Promise<void> {
  try {
    const { location, session } = await signIn(req, res, parts, first)
    dropPagesAhead(res)
    redirect(res, 303, location)
    parts.nhsApi?.signedIn({ ...apiSessionOf(session), correlationId: correlationIdOf(req) })
    await first.settle(outcomeOf(303, location, cookiesOf(res)))
  } catch (error) {
    if (error instanceof SignInRefusedError) error.purpose = first.pending.purpose
    reportRefusal(req, parts, first.pending, error)
    await first.settle(errorOutcomeOf(res, error))
    throw error
  }
}

/** Everything between "the browser is back" and "she is signed in"; answers where to go next. */
async function signIn(
  req: Request,
  res: Response,
  parts: Parts,
  first: FirstCallback,
): Promise<{ readonly location: string; readonly session: SignedInSession }> {
  const { config, provider, sessions } = parts
  const { pending } = first
  const verified = await provider.redeemCallback(
    first.query,
    { state: first.state, nonce: pending.nonce, codeVerifier: pending.codeVerifier },
    { redirectUri: callbackAddress(config), ...strictest(pending, config) },
  )
  assertFreshEnoughForGuard(verified, pending, parts)
  const sameUser = pending.expectedSub === undefined || pending.expectedSub === verified.user.sub
  const location = sameUser ? pending.returnTo : defaultReturnTo(config)
  const purpose = sameUser ? pending.purpose : 'sign-in'
  const hookData = await askApplication(config, verified.user, { purpose, req })
  const session = await sessions.start(req, res, {
    user: verified.user,
    userText: verified.userText,
    subject: toAccessSubject(verified.user),
    sid: verified.sid,
    tokens: verified.tokens,
    appData: sameUser ? first.appData : undefined,
    hookData,
    startedFrom: first.startedFrom,
    outcome: (cookie) => first.seal(outcomeOf(303, location, [...cookiesOf(res), cookie])),
  })
  reportSuccess(req, parts, pending, verified, sameUser)
  return { location, session }
}

/** Another instance may have begun it, with other options than ours; both must be content. */
function strictest({ aal, maxAuthAgeSeconds }: PendingSignIn, config: Cis2Config) {
  return {
    aal: Math.max(aal, config.aal) as AssuranceLevel,
    maxAuthAgeSeconds: Math.min(maxAuthAgeSeconds, config.maxAuthAgeSeconds),
  }
}

/**
 * A sign-in that was asked to be fresh must satisfy the guard that asked, which knows no clock tolerance:
 * accepted here and refused there would send the browser round in circles.
 */
function assertFreshEnoughForGuard(verified: VerifiedSignIn, pending: PendingSignIn, { config }: Parts): void {
  const asked = pending.purpose === 'step-up' || pending.maxAuthAgeSeconds < config.maxAuthAgeSeconds
  if (!asked) return
  const age = config.clock() / 1000 - verified.user.authenticatedAt
  if (age > pending.maxAuthAgeSeconds) {
    throw new SignInRefusedError('auth-time', 'The authentication is older than the guard of the page asked for.')
  }
}

/** No pending sign-in: a late duplicate, an expired one, another browser, or no cookies. */
async function withoutPending(
  req: Request,
  res: Response,
  parts: Parts,
  load: (req: Request) => Loaded,
  state: string,
): Promise<void> {
  const session = sessionOf(load(req))
  if (session !== undefined) {
    redirect(res, 303, defaultReturnTo(parts.config))
    return
  }
  const about = parts.sessions.inspectState(state)
  if (about.genuine && about.expired && !about.restarted && !isEmbedded(req)) {
    await beginSignIn(req, res, parts, undefined, { purpose: 'sign-in', returnTo: undefined, restarted: true })
    return
  }
  const refusal = new SignInRefusedError(
    about.genuine && about.expired ? 'expired' : 'no-transaction',
    'No sign-in is under way in this browser for this state. It expired, was used, or cookies are off.',
    saidInstead(rawQueryOf(req)),
  )
  reportRefusal(req, parts, undefined, refusal)
  throw refusal
}

/** The `state` of the callback, before anything else of it is believed. RFC 6749, section 10.12. */
function stateOf(query: string, { sessions }: Parts): string {
  const states = new URLSearchParams(query).getAll('state')
  const state = states.length === 1 ? states[0] : undefined
  if (state === undefined || !sessions.inspectState(state).genuine) {
    throw new SignInRefusedError(
      'state',
      'The callback has no state, several, or one that we did not make.',
      saidInstead(query),
    )
  }
  return state
}

function rawQueryOf(req: Request): string {
  const start = req.originalUrl.indexOf('?')
  return start === -1 ? '' : req.originalUrl.slice(start + 1)
}

/** The same answer again, for a duplicate of the same browser; its event is out already. */
function repeat(res: Response, { status, location, error, cookies }: SignInOutcome): void {
  if (cookies.length > 0) res.setHeader('Set-Cookie', [...cookies])
  if (location !== undefined) {
    redirect(res, status === 302 ? 302 : 303, location)
    return
  }
  const message = 'The callback was sent twice; the first one was refused.'
  if (error?.code === 'CIS2_PROVIDER_UNAVAILABLE') throw new ProviderUnavailableError(message)
  if (error?.code === 'CIS2_STORE_UNAVAILABLE') throw new StoreUnavailableError(message)
  throw new SignInRefusedError((error?.reason ?? 'replayed') as SignInRefusal, message)
}

function outcomeOf(status: number, location: string, cookies: readonly string[]): SignInOutcome {
  return { status, location, error: undefined, cookies }
}

function errorOutcomeOf(res: Response, error: unknown): SignInOutcome {
  const known = isCis2Error(error) ? error : undefined
  const reason = known?.code === 'CIS2_SIGN_IN_REFUSED' ? known.reason : undefined
  return {
    status: known?.status ?? 500,
    location: undefined,
    error: { code: known?.code ?? 'unknown', reason },
    cookies: cookiesOf(res),
  }
}

function cookiesOf(res: Response): string[] {
  const header = res.getHeader('Set-Cookie')
  return header === undefined ? [] : [header].flat().map(String)
}

function reportSuccess(
  req: Request,
  { emit }: Parts,
  pending: PendingSignIn,
  { user, sid, roles }: VerifiedSignIn,
  sameUser: boolean,
) {
  const types = {
    'sign-in': 'sign-in.succeeded',
    'step-up': 'step-up.succeeded',
    'change-role': 'role.changed',
  } as const
  emit({
    // Another user's answer to a step-up is a sign-in of her own.
    type: sameUser ? types[pending.purpose] : 'sign-in.succeeded',
    correlationId: correlationIdOf(req),
    sub: user.sub,
    aal: user.aal,
    roles,
    ...(sid === undefined ? {} : { sidHash: sidHashOf(sid) }),
    ...(user.selectedRole === undefined
      ? {}
      : { role: user.selectedRole.code, organisation: user.selectedRole.organisation.code }),
  })
}

function reportRefusal(req: Request, { emit }: Parts, pending: PendingSignIn | undefined, error: unknown): void {
  const known = isCis2Error(error) ? error : undefined
  emit({
    type: pending?.purpose === 'step-up' ? 'step-up.refused' : 'sign-in.refused',
    correlationId: correlationIdOf(req),
    reason: known?.code === 'CIS2_SIGN_IN_REFUSED' ? known.reason : (known?.code ?? 'error'),
    ...(known === undefined ? {} : { cause: withErrorOf(rawQueryOf(req), known.message) }),
  })
}

/** What CIS2 objected to, though it was not asked: without a state, or before CIS2 was discovered, nobody else tells. */
function withErrorOf(query: string, message: string): string {
  const code = knownErrorIn(query)
  return code === undefined || message.includes(code) ? message : `${message} CIS2 answered ${code}.`
}

function saidInstead(query: string): { cause?: Error } {
  const code = knownErrorIn(query)
  return code === undefined ? {} : { cause: new Error(`CIS2 answered ${code}.`) }
}
