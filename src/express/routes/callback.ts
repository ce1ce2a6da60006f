/** `GET /callback`: what CIS2 sent the browser back with, checked, and a session if everything holds. */
import { MethodNotAllowedError, SignInRefusedError } from '../../errors.js'
import type { Leave } from '../../oidc/admission.js'
import type { SignInState, TakenSignIn } from '../../session/sessions.js'
import { errorAnswer, redirectAnswer, repeatAnswer } from '../callback-answer.js'
import { callbackRequest, saidInstead, type CallbackRequest } from '../callback-request.js'
import { completeSignIn, type FirstOfSignIn } from '../complete-sign-in.js'
import { correlateWithSignIn, correlationIdOf } from '../correlation-id.js'
import { isEmbedded } from '../navigation.js'
import { apiSessionOf } from '../nhs-api-of-request.js'
import { sessionOf, type Parts, type RouteHandler } from '../parts.js'
import { dropPagesAhead, redirect } from '../respond.js'
import { defaultReturnTo } from '../return-to.js'
import { assertSecureTransport } from '../secure-transport.js'
import { beginSignIn } from '../sign-in.js'
import { reportingRefusal, reportRefusal } from '../sign-in-events.js'

export function createCallback(parts: Parts): RouteHandler {
  return async function callback(req, res, loaded) {
    if (req.method !== 'GET') throw new MethodNotAllowedError('GET')
    assertSecureTransport(req, parts.config)
    const call = callbackRequest(req, res, parts, loaded)
    const later = await completeIfFirst(call)
    if (later === undefined) return
    const ended = later.found === 'running' ? await reportingRefusal(call, later.wait()) : later
    if (ended.found === 'outcome') repeatAnswer(res, ended.outcome)
    else await answerWithoutPending(call, later.state)
  }
}

type OfState<T> = T & { readonly state: SignInState }
type LaterCallback = OfState<Exclude<TakenSignIn, { found: 'pending' }>>

/** The first callback of a sign-in is completed in a place of its own among those that may call CIS2; duplicates wait outside. */
async function completeIfFirst(call: CallbackRequest): Promise<LaterCallback | undefined> {
  let leave: Leave | undefined
  let left: Parameters<Leave>[0] = 'refused'
  async function admit(): Promise<void> {
    leave = await call.parts.provider.enter()
  }
  try {
    const taken = await reportingRefusal(call, takeSignIn(call, admit))
    if (taken.found === 'pending') await completeFirst(call, taken)
    if (taken.found !== 'nothing') left = 'fine'
    return taken.found === 'pending' ? undefined : taken
  } finally {
    leave?.(left)
  }
}

/** Checks the state and takes the pending sign-in; a refusal here has nothing pending to be about. */
async function takeSignIn(call: CallbackRequest, admit: () => Promise<void>): Promise<OfState<TakenSignIn>> {
  const { req, res, parts, loaded } = call
  const state = stateOf(call)
  correlateWithSignIn(req, state.text)
  sessionOf(loaded)
  return { ...(await parts.sessions.takeSignIn(req, res, state, admit)), state }
}

/** The `state` of the callback, before anything else of it is believed. RFC 6749, section 10.12. */
function stateOf(call: CallbackRequest): SignInState {
  const [text, ...others] = new URLSearchParams(call.query).getAll('state')
  const state = text === undefined || others.length > 0 ? undefined : call.parts.sessions.readState(text)
  if (state === undefined) {
    throw new SignInRefusedError(
      'state',
      'The callback has no state, several, or one that we did not make.',
      saidInstead(call),
    )
  }
  return state
}

async function completeFirst(call: CallbackRequest, first: FirstOfSignIn): Promise<void> {
  const { req, res, parts } = call
  try {
    const { location, session } = await completeSignIn(call, first)
    dropPagesAhead(res)
    redirect(res, 303, location)
    parts.nhsApi?.signedIn({ ...apiSessionOf(session), correlationId: correlationIdOf(req) })
    await parts.sessions.settleSignIn(res, first, redirectAnswer(location))
  } catch (error) {
    if (error instanceof SignInRefusedError) error.purpose = first.pending.purpose
    reportRefusal(call, first.pending, error)
    await parts.sessions.settleSignIn(res, first, errorAnswer(error))
    throw error
  }
}

/** No pending sign-in: a late duplicate, an expired one, another browser, or no cookies. */
async function answerWithoutPending(call: CallbackRequest, state: SignInState): Promise<void> {
  const { req, res, parts, loaded } = call
  if (sessionOf(loaded) !== undefined) {
    redirect(res, 303, defaultReturnTo(parts.config))
    return
  }
  if (state.expired && !state.restarted && !isEmbedded(req)) {
    await beginSignIn(req, res, parts, undefined, { purpose: 'sign-in', returnTo: undefined, restarted: true })
    return
  }
  const refusal = new SignInRefusedError(
    state.expired ? 'expired' : 'no-transaction',
    'No sign-in is under way in this browser for this state. It expired, was used, or cookies are off.',
    saidInstead(call),
  )
  reportRefusal(call, undefined, refusal)
  throw refusal
}
