/** `/userinfo`: the claims that the granted scopes bring, as JSON or as a signed JWT. */
import type { RequestHandler } from 'express'

import { type Answer, errorAnswer, jsonAnswer } from '../answer.js'
import { answerWith, type Exchange } from '../exchange.js'
import type { Grant } from '../grants.js'
import { draftOf, signDraft } from '../jwt.js'
import { userInfoClaims } from '../scopes.js'
import type { World } from '../world.js'

/** Takes the access token from the header, or from a posted form. */
export function userInfoRoute(world: World): RequestHandler {
  return answerWith(world, 'app', async (exchange) => {
    await exchange.answer(world.faults.spoil('userinfo-answer', await answerFor(world, exchange), exchange))
  })
}

async function answerFor(world: World, exchange: Exchange): Promise<Answer> {
  const [, bearer] = /^Bearer (.+)$/i.exec(exchange.req.headers.authorization ?? '') ?? []
  const posted = exchange.form.get('access_token')
  if (bearer !== undefined && posted !== null) {
    exchange.refuse('an access token in the header and another in the form')
    return errorAnswer(400, 'server_error', 'Access Token cannot be provided in both the header and the body')
  }
  const grant = world.grants.findAccessToken(bearer ?? posted ?? '')
  if (!grant) {
    exchange.refuse((bearer ?? posted) ? 'the access token is unknown, expired or revoked' : 'no access token was sent')
    const description = 'The access token provided is expired, revoked, malformed, or invalid for other reasons.'
    return errorAnswer(401, 'invalid_token', description, { 'WWW-Authenticate': 'Bearer error="invalid_token"' })
  }
  exchange.joins(grant.journey)
  return describe(world, grant, exchange)
}

async function describe({ faults, keys }: World, { session, request }: Grant, note: Exchange): Promise<Answer> {
  const claims = faults.spoil('userinfo-claims', userInfoClaims(session.user, request.scopes), note)
  const answer = jsonAnswer(200, claims)
  if (request.client.userInfo !== 'signed') return answer
  // CIS2 sends neither iss nor aud here; NHS has announced that aud may come.
  const { clientId } = request.client
  const draft = faults.spoil('userinfo-token', { ...draftOf(claims, keys.kid), clientId }, note)
  return { ...answer, type: 'application/jwt', body: await signDraft(draft, keys) }
}
