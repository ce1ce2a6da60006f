/** `/authorize`: checks the request, uses an existing CIS2 session again where it may, or sends the browser to sign in. */
import { randomBytes } from 'node:crypto'

import type { RequestHandler } from 'express'

import { type AuthorizationRequest, parseAuthorization } from '../authorization-request.js'
import { errorAnswer } from '../answer.js'
import { HSCN_IDENTITY_AGENT } from '../authenticators.js'
import { completeSignIn, finishSignIn, refuseSignIn, refuseWithPage } from '../complete-sign-in.js'
import { answerWith, type Exchange } from '../exchange.js'
import { formFor, type WantedSignIn } from '../automatic-sign-ins.js'
import type { PendingSignIn } from '../pending-sign-ins.js'
import type { OpSession } from '../op-sessions.js'
import { SIGN_IN_PATH } from '../pages/sign-in-pages.js'
import { readSessionCookie } from '../session-cookie.js'
import { roleIsWanted, submitSignIn } from '../sign-in.js'
import { secondsNow, type World } from '../world.js'

/** Answers GET and form POST; anything else gets AM's 405 or 400. */
export function authorizeRoute(world: World): RequestHandler {
  return answerWith(world, 'browser', async (exchange) => {
    const { method } = exchange.req
    if (method !== 'GET' && method !== 'POST') {
      exchange.refuse(`${method} is not answered here`)
      await exchange.answer(errorAnswer(405, 'method_not_allowed', `Required Method: GET or POST found: ${method}`))
      return
    }
    if (method === 'POST' && !exchange.req.is('application/x-www-form-urlencoded')) {
      exchange.refuse('a POST must be a form')
      await exchange.answer(errorAnswer(400, 'invalid_request', 'Invalid Content Type'))
      return
    }
    // Before anything is known of the request: what is refused has a sequence of its own.
    const journey = randomBytes(6).toString('hex')
    exchange.joins(journey)
    const parsed = parseAuthorization(method === 'GET' ? exchange.query : exchange.form, world.clients)
    if ('page' in parsed) {
      refuseWithPage(world, exchange, parsed.page, parsed.refusal)
    } else if ('error' in parsed) {
      refuseSignIn(exchange, parsed, parsed)
    } else {
      await authorize(world, exchange, parsed.request, journey)
    }
  })
}

async function authorize(
  world: World,
  exchange: Exchange,
  request: AuthorizationRequest,
  journey: string,
): Promise<void> {
  const found = await sessionToReuse(world, exchange, request)
  const askNobody = request.prompts.has('none')
  const wanted = askNobody ? undefined : world.automatic.take(request)
  if (wanted && 'problem' in wanted) {
    refuseWithPage(world, exchange, NOT_POSSIBLE, wanted.problem)
    return
  }
  const session = !wanted || (!wanted.anew && found?.user === wanted.user) ? found : undefined
  const roleIsMissing = session !== undefined && roleMustBeChosen(request, session)
  if (session && !roleIsMissing) {
    useAgain(world, exchange, request, session, journey)
  } else if (askNobody) {
    // AM's own word; OpenID Connect would say login_required.
    refuseSignIn(exchange, request, {
      error: 'interaction_required',
      description: 'The request requires some interaction that is not allowed.',
      refusal: session ? 'prompt=none, but a role has to be chosen' : 'prompt=none, but nobody is signed in to CIS2',
    })
  } else {
    const pending = world.pending.add({ journey, request, reused: session })
    if (wanted) signInWithoutPages(world, exchange, pending, wanted)
    else exchange.redirect(`${SIGN_IN_PATH}?request=${pending.id}`)
  }
}

const NOT_POSSIBLE = {
  error: 'sign_in_not_possible',
  description: 'Nobody could be signed in without a page.',
}

function signInWithoutPages(world: World, exchange: Exchange, pending: PendingSignIn, wanted: WantedSignIn): void {
  const submission = submitSignIn(pending, formFor(wanted, pending.request), world.users)
  if (submission.step === 'done') {
    finishSignIn(world, exchange, pending, submission.roleId)
    return
  }
  world.pending.remove(pending)
  const why = 'problem' in submission ? submission.problem : `the page "${submission.step}" has to be shown`
  refuseWithPage(world, exchange, NOT_POSSIBLE, why)
}

/** The browser's session, unless the request asks for a fresh login: then it is ended at once, and clients are told. */
async function sessionToReuse(
  world: World,
  exchange: Exchange,
  request: AuthorizationRequest,
): Promise<OpSession | undefined> {
  const session = world.sessions.find(readSessionCookie(exchange.req, world.addresses.port))
  if (!session) return undefined
  const age = secondsNow(world) - session.authTime
  const tooOld = request.maxAge !== undefined && age > request.maxAge
  if (!request.prompts.has('login') && !tooOld) return session
  await world.backChannel.endSession(session, 'SESSION_TERMINATION')
  return undefined
}

/** A role chosen earlier in the session is not asked for again, unless it is to be changed. */
function roleMustBeChosen(request: AuthorizationRequest, session: OpSession): boolean {
  if (session.user.roles.length < 2 || session.authenticator.name === HSCN_IDENTITY_AGENT) return false
  if (request.scopes.includes('changedrole')) return true
  return request.scopes.includes('selectedrole') && session.roleId === undefined
}

/** Single sign-on: the old `auth_time`, and `acr: "0"` when the session is weaker than what is asked for. */
function useAgain(
  world: World,
  exchange: Exchange,
  request: AuthorizationRequest,
  session: OpSession,
  journey: string,
): void {
  const [only] = session.user.roles
  const roleId = session.user.roles.length === 1 ? only?.person_roleid : session.roleId
  completeSignIn(world, exchange, {
    request,
    session,
    acr: request.acr.admits(session.authenticator) ? request.acr.acr : '0',
    roleId: roleIsWanted(request.scopes, session.authenticator) ? roleId : undefined,
    journey,
  })
}
