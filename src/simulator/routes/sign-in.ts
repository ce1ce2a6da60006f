/**
 * The sign-in pages, all at one address.
 *
 * `POST /openam/XUI/sign-in?request=…` takes the fields `action` (`sign-in`, `cancel`, `restart`), `authenticator`,
 * `user` (12 digits) or `email`, `pin`, `password`, `code` and `role` (`person_roleid`). People send them page by page;
 * a machine may send `user`, `authenticator` and, for users with several roles, `role` in one form.
 */
import type { RequestHandler } from 'express'

import { completeSignIn, refuseSignIn } from '../complete-sign-in.js'
import { answerWith, type Exchange } from '../exchange.js'
import { errorPage } from '../pages/error-page.js'
import { signInPage } from '../pages/sign-in-pages.js'
import type { PendingSignIn } from '../pending-sign-ins.js'
import { writeSessionCookie } from '../session-cookie.js'
import { currentStep, roleIsWanted, submitSignIn } from '../sign-in.js'
import { secondsNow, type World } from '../world.js'

const GONE = {
  error: 'session_timed_out',
  description: 'This sign-in is over or was never begun. Go back to the application and sign in again.',
}

/** Shows the page a sign-in is at (GET), or takes a form one step on (POST). */
export function signInRoute(world: World): RequestHandler {
  return answerWith(world, 'browser', (exchange) => {
    const pending = world.pending.find(exchange.query.get('request'))
    if (!pending) {
      exchange.refuse('no sign-in of that id is under way')
      exchange.page(400, errorPage(GONE))
      return
    }
    exchange.joins(pending.journey)
    if (exchange.req.method === 'POST') takeForm(world, exchange, pending)
    else show(world, exchange, pending)
  })
}

function show(world: World, exchange: Exchange, pending: PendingSignIn, mistake?: Mistake): void {
  const step = currentStep(pending)
  const search = exchange.query.get('search') ?? ''
  const html = signInPage({ step, pending, users: world.users, search, mistake })
  exchange.page(mistake ? 400 : 200, html, [originOf(pending.request.redirectUri)])
}

interface Mistake {
  readonly problem: string
  readonly field: string
}

function takeForm(world: World, exchange: Exchange, pending: PendingSignIn): void {
  if (exchange.form.get('action') === 'cancel') {
    world.pending.remove(pending)
    refuseSignIn(exchange, pending.request, {
      error: 'access_denied',
      description: 'Resource Owner did not authorize the request',
      refusal: 'the user cancelled',
    })
    return
  }
  const submission = submitSignIn(pending, exchange.form, world.users)
  if (submission.step === 'done') {
    finish(world, exchange, pending, submission.roleId)
  } else if ('problem' in submission) {
    exchange.refuse(submission.problem)
    show(world, exchange, pending, submission)
  } else {
    show(world, exchange, pending)
  }
}

function finish(world: World, exchange: Exchange, pending: PendingSignIn, roleId: string | undefined): void {
  const { request, journey, user, authenticator } = pending
  world.pending.remove(pending)
  if (user === undefined || authenticator === undefined) throw new Error('A sign-in finished without a user.')
  const session =
    pending.reused ?? world.sessions.start({ user, authenticator, authTime: secondsNow(world), roleId, journey })
  session.roleId = roleId ?? session.roleId
  writeSessionCookie(exchange.res, world.addresses.port, session.id, world.addresses.url.startsWith('https:'))
  completeSignIn(world, exchange, {
    request,
    session,
    acr: pending.reused && !request.acr.admits(session.authenticator) ? '0' : request.acr.acr,
    roleId: roleIsWanted(request.scopes, session.authenticator) ? roleId : undefined,
    journey,
  })
}

/** Browsers check `form-action` against redirects too, so the application's origin has to be named. */
function originOf(redirectUri: string): string {
  const { origin, protocol } = new URL(redirectUri)
  return origin === 'null' ? protocol : origin
}
