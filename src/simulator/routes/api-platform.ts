/** The NHS API platform: `/oauth2/token` swaps a CIS2 ID token for its own tokens; one API lies behind it. */
import type { Request, RequestHandler } from 'express'

import { answerPatient } from '../api-platform/patient.js'
import { answerWith } from '../exchange.js'
import type { World } from '../world.js'

/** Exchanges an ID token, or refreshes. */
export function apiPlatformRoute(world: World): RequestHandler {
  return answerWith(world, 'app', async (exchange) => {
    const { req, form } = exchange
    const journey = world.sessions.journeyOf(world.apiPlatform.sessionHandleOf(form))
    exchange.joins(journey)
    const { answer, refusal } = await world.apiPlatform.reply({
      form,
      contentType: req.get('content-type'),
      audiences: addressesOf(req, world),
      journey,
      note: exchange,
    })
    if (refusal !== undefined) exchange.refuse(refusal)
    await exchange.answer(world.faults.spoil('api-answer', answer, exchange))
  })
}

/** `GET /personal-demographics/FHIR/R4/Patient/{NHS number}` */
export function patientRoute(world: World): RequestHandler<{ id: string }> {
  return answerWith(world, 'app', async (exchange) => {
    const { req } = exchange
    const [, token = ''] = /^Bearer (.+)$/i.exec(req.get('authorization') ?? '') ?? []
    const exchanged = world.apiPlatform.tokens.findAccessToken(token)
    exchange.joins(world.sessions.journeyOf(exchanged?.sessionHandle))
    const nhsNumber = String(req.params.id)
    const { answer, refusal } = answerPatient({ nhsNumber, exchanged, header: (name) => req.get(name) })
    if (refusal !== undefined) exchange.refuse(refusal)
    await exchange.answer(answer)
  })
}

/** The platform is another host in life. Here it is where the simulator listens, what it displays, or what was typed. */
function addressesOf(req: Request, { addresses }: World): string[] {
  const { url, origin } = addresses
  const asked = `${req.protocol}://${req.get('host') ?? ''}`
  return [...new Set([url, origin, asked])].map((each) => `${each}${req.path}`)
}
