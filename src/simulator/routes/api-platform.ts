/** `/oauth2/token` and `/oauth2-mock/token`: the NHS API platform, which swaps a CIS2 ID token for its own tokens. */
import type { RequestHandler } from 'express'

import { answerWith } from '../exchange.js'
import type { World } from '../world.js'

/** Exchanges an ID token, or refreshes. */
export function apiPlatformRoute(world: World): RequestHandler {
  return answerWith(world, 'app', async (exchange) => {
    const { answer, refusal, ops } = await world.apiPlatform.reply(exchange.form)
    if (refusal !== undefined) exchange.refuse(refusal)
    exchange.joins(world.sessions.findByOps(ops)?.journey)
    await exchange.answer(answer)
  })
}
