/** `/access_token`: a code for tokens. */
import { createHash } from 'node:crypto'

import type { RequestHandler } from 'express'

import { type Answer, errorAnswer, jsonAnswer } from '../answer.js'
import { answerWith, type Exchange } from '../exchange.js'
import type { SpoiledBy } from '../fault-board.js'
import { ACCESS_TOKEN_SECONDS, type Grant } from '../grants.js'
import { draftOf, signDraft } from '../jwt.js'
import { idTokenClaims } from '../tokens.js'
import { secondsNow, type World } from '../world.js'

/** Authenticates the client, then exchanges the code. */
export function tokenRoute(world: World): RequestHandler {
  return answerWith(world, 'app', async (exchange) => {
    const { form } = exchange
    const journey = world.grants.journeyOf(form.get('code'))
    exchange.joins(journey)
    await exchange.answer(world.faults.spoil('token-answer', await answerFor(world, exchange, journey), exchange))
  })
}

async function answerFor(world: World, exchange: Exchange, journey: string | undefined): Promise<Answer> {
  const { form } = exchange
  const { authorization } = exchange.req.headers
  const refuse = (answer: Answer, refusal: string): Answer => {
    exchange.refuse(refusal)
    return answer
  }
  const wrongForm = formProblem(exchange)
  if (wrongForm) return refuse(wrongForm.answer, wrongForm.refusal)
  const authenticated = await world.clientAuthenticator.authenticate({ form, authorization, journey })
  if (!authenticated.client) return refuse(authenticated.answer, authenticated.refusal)
  const grantType = form.get('grant_type')
  if (grantType !== 'authorization_code') {
    const answer = grantType === null ? invalidRequest('Grant type is not set') : unsupported(grantType)
    return refuse(answer, `grant_type "${String(grantType)}": only authorization_code is offered`)
  }
  const code = form.get('code')
  if (code === null) return refuse(invalidRequest("Missing parameter, 'code'"), 'code is missing')
  const taken = world.grants.takeCode(code, authenticated.client.clientId, (grant) => problemWith(grant, form))
  if ('refusal' in taken) {
    const description = 'The provided access grant is invalid, expired, or revoked.'
    return refuse(errorAnswer(400, 'invalid_grant', description), taken.refusal)
  }
  return tokensFor(world, taken.grant, code, exchange)
}

const invalidRequest = (description: string) => errorAnswer(400, 'invalid_request', description)
const unsupported = (grantType: string) =>
  errorAnswer(400, 'unsupported_grant_type', `Grant type is not supported: ${grantType}`)

function formProblem({ req, form }: Exchange): { answer: Answer; refusal: string } | undefined {
  if (req.method !== 'POST') {
    const answer = errorAnswer(405, 'method_not_allowed', `Required Method: POST found: ${req.method}`)
    return { answer, refusal: `${req.method} is not answered here` }
  }
  if (!req.is('application/x-www-form-urlencoded')) {
    return { answer: invalidRequest('Invalid Content Type'), refusal: 'the request must be a form' }
  }
  const repeated = [...form.keys()].find((name) => form.getAll(name).length > 1)
  if (repeated === undefined) return undefined
  const description = `Invalid Request, duplicate request parameter found : ${repeated}`
  return { answer: invalidRequest(description), refusal: description }
}

/** What is wrong with an attempt to use a code, beside the code itself. */
function problemWith({ request }: Grant, form: URLSearchParams): string | undefined {
  if (form.get('redirect_uri') !== request.redirectUri) {
    return `redirect_uri "${form.get('redirect_uri') ?? ''}" is not the one of the authorization request`
  }
  const verifier = form.get('code_verifier')
  if (request.codeChallenge === undefined) return undefined
  if (verifier === null) return 'code_verifier is missing, although a code_challenge was sent'
  const { method, value } = request.codeChallenge
  const challenge = method === 'plain' ? verifier : createHash('sha256').update(verifier).digest('base64url')
  return challenge === value ? undefined : 'code_verifier does not fit the code_challenge'
}

async function tokensFor(world: World, grant: Grant, code: string, note: SpoiledBy): Promise<Answer> {
  const { keys, faults, addresses } = world
  const accessToken = world.grants.giveAccessToken(code, grant)
  const claims = idTokenClaims(grant, { issuer: addresses.issuer, now: secondsNow(world), code, accessToken })
  const draft = faults.spoil('id-token', draftOf(claims, keys.kid), note)
  const { nonce, scopes } = grant.request
  return jsonAnswer(200, {
    access_token: accessToken,
    scope: scopes.join(' '),
    id_token: await signDraft(draft, keys),
    token_type: 'Bearer',
    expires_in: ACCESS_TOKEN_SECONDS,
    ...(nonce === undefined ? {} : { nonce }),
  })
}
