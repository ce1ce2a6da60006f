/**
 * The sign-in pages, all at one address.
 *
 * `POST /openam/XUI/sign-in?request=…` takes the fields `action` (`sign-in`, `cancel`, `restart`), `authenticator`,
 * `user` (12 digits) or `email`, `pin`, `password`, `code` and `role` (`person_roleid`). People send them page by page;
 * a machine may send `user`, `authenticator` and, for users with several roles, `role` in one form.
 */
import type { RequestHandler } from 'express'

import { finishSignIn, refuseSignIn, refuseWithPage } from '../complete-sign-in.js'
import { answerWith, type Exchange, originOf } from '../exchange.js'
import { signInPage } from '../pages/sign-in-pages.js'
import type { PendingSignIn } from '../pending-sign-ins.js'
import { currentStep, submitSignIn } from '../sign-in.js'
import type { World } from '../world.js'

const GONE = {
  error: 'session_timed_out',
  description: 'This sign-in is over or was never begun. Go back to the application and sign in again.',
}

/** Shows the page a sign-in is at (GET), or takes a form one step on (POST). */
export function signInRoute(world: World): RequestHandler {
  return answerWith(world, 'browser', (exchange) => {
    const pending = world.pending.find(exchange.query.get('request'))
    if (!pending) {
      refuseWithPage(world, exchange, GONE, 'no sign-in of that id is under way')
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
  const html = signInPage({
    step,
    pending,
    users: world.users,
    search,
    mistake,
    typed: exchange.form,
    faults: world.faults.shown(),
  })
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
    finishSignIn(world, exchange, pending, submission.roleId)
  } else if ('problem' in submission) {
    exchange.refuse(submission.problem)
    show(world, exchange, pending, submission)
  } else {
    show(world, exchange, pending)
  }
}
