/**
 * `POST /backchannel-logout`: CIS2 tells us that a session is over.
 *
 * Answers for itself whatever `errors` says: the other side is a machine that OpenID Connect Back-Channel
 * Logout 1.0, section 2.8, promises 200 or 400.
 */
import express, { type Request, type RequestHandler, type Response } from 'express'

import { isCis2Error, LogoutTokenRefusedError } from '../../errors.js'
import { correlationIdOf } from '../correlation-id.js'
import type { Parts, RouteHandler } from '../parts.js'
import { sendJson } from '../respond.js'

const FORM = 'application/x-www-form-urlencoded'

export function createBackChannelLogout(parts: Parts): RouteHandler {
  const parseForm = express.urlencoded({ extended: false, limit: '64kb', parameterLimit: 50 })
  return async function backChannelLogout(req, res) {
    if (req.method !== 'POST') {
      res.setHeader('Allow', 'POST')
      sendJson(res, 405, { error: 'invalid_request' })
      return
    }
    try {
      await carryOut(await logoutTokenOf(req, res, parseForm), parts)
      res.statusCode = 200
      res.setHeader('Content-Length', '0')
      res.end()
    } catch (error) {
      refuse(error, req, res, parts)
    }
  }
}

/** Verifies the token and ends what it names; resolves only after it is dead. */
async function carryOut(token: string, { provider, sessions }: Parts): Promise<void> {
  const { sid, sub, issuedAt, tokenId } = await provider.verifyLogoutToken(token)
  if ((await sessions.endByLogoutToken({ sid, sub, issuedAt, tokenId })) === 'replayed') {
    throw new LogoutTokenRefusedError('replayed')
  }
}

/** Exactly one `logout_token` of a form post, whichever body parser ran before us, or none. */
async function logoutTokenOf(req: Request, res: Response, parseForm: RequestHandler): Promise<string> {
  if (req.is(FORM) !== FORM) throw new LogoutTokenRefusedError('content-type')
  // Some parsers leave an empty object for what is not theirs to read: the stream tells whether anybody has read it.
  if (!req.readableDidRead) await parse(req, res, parseForm)
  const tokens = tokensIn(req.body)
  const token = tokens[0]
  if (tokens.length !== 1 || typeof token !== 'string' || token === '') throw new LogoutTokenRefusedError('no-token')
  return token
}

function parse(req: Request, res: Response, parseForm: RequestHandler): Promise<void> {
  return new Promise((resolve, reject) => {
    parseForm(req, res, (error?: unknown) => {
      if (error === undefined) resolve()
      else reject(new LogoutTokenRefusedError('body'))
    })
  })
}

function tokensIn(body: unknown): unknown[] {
  if (typeof body === 'string' || Buffer.isBuffer(body))
    return new URLSearchParams(body.toString()).getAll('logout_token')
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, 'logout_token')) return []
  return [(body as { logout_token: unknown }).logout_token].flat()
}

/** The body never says which check failed; the audit stream does. */
function refuse(error: unknown, req: Request, res: Response, { emit }: Parts): void {
  const known = isCis2Error(error) ? error : undefined
  const refused = known?.code === 'CIS2_LOGOUT_TOKEN_REFUSED' ? known : undefined
  emit({
    type: 'back-channel-logout.refused',
    correlationId: correlationIdOf(req),
    reason: refused?.reason ?? known?.code ?? 'error',
  })
  // Not the fault of the token: CIS2 may send it again, it has not been used up.
  sendJson(res, 400, { error: refused === undefined ? 'logout_failed' : 'invalid_request' })
}
