/** `/connect/endSession`: AM's RP-initiated logout. Whether CIS2 offers it to applications is not documented. */
import { decodeJwt } from 'jose'
import type { RequestHandler } from 'express'

import { errorAnswer } from '../answer.js'
import { refuseWithPage, sendAway } from '../complete-sign-in.js'
import { answerWith } from '../exchange.js'
import { errorPage } from '../pages/error-page.js'
import { clearSessionCookie } from '../session-cookie.js'
import type { World } from '../world.js'

/** Finds the session by the hint's `ops` claim, ends it, tells its clients, and sends the browser on where that is registered. */
export function endSessionRoute(world: World): RequestHandler {
  return answerWith(world, 'browser', async (exchange) => {
    const parameters = exchange.req.method === 'POST' ? exchange.form : exchange.query
    const hint = readHint(parameters.get('id_token_hint'))
    if (!hint) {
      const why = 'id_token_hint is missing or no token'
      const description = 'The endSession endpoint requires an id_token_hint parameter'
      if (exchange.req.accepts(['json', 'html']) === 'html') {
        refuseWithPage(world, exchange, { error: 'bad_request', description }, why)
        return
      }
      exchange.refuse(why)
      await exchange.answer(errorAnswer(400, 'bad_request', description))
      return
    }
    const session = world.sessions.findByOps(hint['org.forgerock.openidconnect.ops'])
    if (session) {
      exchange.joins(session.journey)
      await world.backChannel.endSession(session, 'CLIENT_LOGOUT')
    }
    clearSessionCookie(exchange.res, world.addresses.port)
    const target = parameters.get('post_logout_redirect_uri')
    const registered = world.clients.get(String(hint.aud))?.postLogoutRedirectUris ?? []
    if (target === null || !registered.includes(target)) {
      const why = target === null ? undefined : `post_logout_redirect_uri "${target}" is not registered`
      if (why !== undefined) exchange.refuse(why)
      const said = { error: 'You are signed out', description: 'You can close this window.' }
      exchange.page(200, errorPage({ ...said, why, sequenceId: exchange.sequenceId, faults: world.faults.shown() }))
      return
    }
    const state = parameters.get('state')
    exchange.redirect(state === null ? target : sendAway(target, new URLSearchParams({ state })))
  })
}

function readHint(hint: string | null): Record<string, unknown> | undefined {
  try {
    return hint === null ? undefined : decodeJwt(hint)
  } catch {
    // AM, too, only says that a hint is needed.
    return undefined
  }
}
