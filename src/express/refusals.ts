/** From an error to an answer: status, challenge, page or problem details; or the application's own error handler. */
import type { Request, Response } from 'express'

import { isCis2Error, type AnyCis2Error } from '../errors.js'
import type { Cis2Config } from '../options/cis2-config.js'
import { publicAddress } from '../primitives/public-address.js'
import { correlationIdOf } from './correlation-id.js'
import { wantsPage } from './navigation.js'
import { pageFor } from './refusal-page.js'
import { sendPage, sendProblem, type SetOwnHeaders } from './respond.js'

/** How long a client should wait after a 503 when nobody said how long. */
const RETRY_AFTER_SECONDS = 5

export type Refuse = (error: unknown, req: Request, res: Response, next: (error: unknown) => void) => void

/**
 * Answers an error of ours, or hands it to `next` when the options say so.
 * Mistakes of the application (status 500) and errors that are not ours go to `next` always: they are for its developers.
 */
export function createRefuse(config: Cis2Config, setOwnHeaders: SetOwnHeaders): Refuse {
  return function refuse(error, req, res, next) {
    if (!isCis2Error(error) || error.status === 500 || res.headersSent) {
      next(error)
      return
    }
    setErrorHeaders(error, config, res)
    error.correlationId = correlationIdOf(req)
    if (config.errors === 'next') {
      next(error)
      return
    }
    setOwnHeaders(res)
    if (wantsPage(req)) sendPage(res, error.status, pageFor(error, req, config))
    else sendProblem(res, problemFor(error, req, config))
  }
}

/** Headers that belong to the status, whoever writes the body. */
function setErrorHeaders(error: AnyCis2Error, config: Cis2Config, res: Response): void {
  res.setHeader('Cache-Control', 'no-store')
  if (error.status === 401) res.setHeader('WWW-Authenticate', challengeFor(error, config))
  if (error.status === 503) res.setHeader('Retry-After', String(retryAfterOf(error) ?? RETRY_AFTER_SECONDS))
  if (error.code === 'CIS2_METHOD_NOT_ALLOWED') res.setHeader('Allow', error.allow)
}

function retryAfterOf(error: AnyCis2Error): number | undefined {
  return error.code === 'CIS2_PROVIDER_UNAVAILABLE' ? error.retryAfterSeconds : undefined
}

/** RFC 6750 for "sign in", RFC 9470 for "sign in again, better". */
function challengeFor(error: AnyCis2Error, config: Cis2Config): string {
  if (error.code !== 'CIS2_STEP_UP_REQUIRED') return 'Bearer'
  const { aal, maxAuthAgeSeconds } = error
  const parameters = ['error="insufficient_user_authentication"']
  if (aal !== undefined) parameters.push(`acr_values="${config.acrValues[aal]}"`)
  if (maxAuthAgeSeconds !== undefined) parameters.push(`max_age="${String(maxAuthAgeSeconds)}"`)
  return `Bearer ${parameters.join(', ')}`
}

function problemFor(error: AnyCis2Error, req: Request, config: Cis2Config) {
  const login = config.routes.login === false ? undefined : publicAddress(config.baseUrl, config.routes.login)
  return {
    status: error.status,
    code: error.code,
    correlationId: correlationIdOf(req),
    login: error.status === 401 ? login : undefined,
    reason: reasonOf(error),
  }
}

function reasonOf(error: AnyCis2Error): string | undefined {
  return error.code === 'CIS2_SIGN_IN_REFUSED' ? error.reason : undefined
}
