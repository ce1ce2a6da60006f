/** From an error to an answer: status, challenge, page or problem details; or the application's own error handler. */
import type { Request, Response } from 'express'

import { isCis2Error, type AnyCis2Error, type StepUpRequiredError } from '../errors.js'
import type { Cis2Config } from '../options/cis2-config.js'
import { correlationIdOf } from './correlation-id.js'
import { wantsPage } from './navigation.js'
import type { Page } from './pages.js'
import { sendPage, sendProblem, type SetOwnHeaders } from './respond.js'
import { defaultReturnTo, returnToReferrer } from './return-to.js'

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
  const login =
    config.routes.login === false ? undefined : config.baseUrl.origin + config.baseUrl.path + config.routes.login
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

/** Generic words: what happened and what to do, never which check failed beyond the code, never anything from CIS2. */
function pageFor(error: AnyCis2Error, req: Request, config: Cis2Config): Page {
  const detail = `${error.code}, reference ${correlationIdOf(req)}`
  const reason = reasonOf(error)
  switch (error.code) {
    case 'CIS2_NOT_SIGNED_IN':
    case 'CIS2_SESSION_UNREADABLE':
      return {
        title: 'You are not signed in',
        paragraphs: ['Your session may have ended. What you sent was not carried out. Sign in and try again.'],
        ...link(signInAddress(req, config), 'Sign in'),
        detail,
      }
    case 'CIS2_STEP_UP_REQUIRED':
      return {
        title: 'Sign in again to continue',
        paragraphs: ['This needs a stronger or more recent sign-in. What you sent was not carried out.'],
        ...link(signInAddress(req, config, error), 'Sign in again'),
        detail,
      }
    case 'CIS2_SIGN_IN_REFUSED':
      return {
        ...refusedSignIn(reason),
        ...link(signInAddress(req, config), 'Try again'),
        detail: `${detail}${reason === undefined ? '' : ` (${reason})`}`,
      }
    case 'CIS2_FORBIDDEN':
      return {
        title: 'You cannot use this page',
        paragraphs: ['Your selected role does not reach it. If you have another role, change to it and try again.'],
        detail,
      }
    case 'CIS2_CROSS_ORIGIN':
      return {
        title: 'This request was stopped',
        paragraphs: ['It came from another website. Nothing was changed.'],
        ...link(defaultReturnTo(config), 'Go to the start page'),
        detail,
      }
    case 'CIS2_SIGN_OUT_NOT_CONFIRMED':
      return {
        title: 'Your sign-out is not confirmed',
        paragraphs: [
          'This browser no longer holds your session, but the service could not confirm that it has ended.',
          'It ends by itself when it has not been used for a while. Tell whoever looks after the service.',
        ],
        detail,
      }
    case 'CIS2_STORE_UNAVAILABLE':
    case 'CIS2_PROVIDER_UNAVAILABLE':
      return {
        title: 'Sorry, there is a problem',
        paragraphs: ['A service that we need does not answer. Try again in a few moments.'],
        ...link(tryAgainAddress(req, config), 'Try again'),
        detail,
      }
    default:
      return { title: 'Sorry, there is a problem', paragraphs: ['The request could not be answered.'], detail }
  }
}

function refusedSignIn(reason: string | undefined): { title: string; paragraphs: string[] } {
  switch (reason) {
    case 'access-denied':
      return { title: 'You did not sign in', paragraphs: ['The sign-in was cancelled or not allowed.'] }
    case 'application':
      return {
        title: 'You cannot use this service',
        paragraphs: ['You signed in, but this service is not open to you. Ask whoever looks after it.'],
      }
    case 'auth-time':
    case 'assurance':
    case 'identity-assurance':
      return {
        title: 'Your sign-in was not strong enough',
        paragraphs: ['Sign in again, with a stronger way of signing in such as a smartcard or a security key.'],
      }
    case 'no-transaction':
    case 'expired':
      return {
        title: 'We could not sign you in',
        paragraphs: [
          'The sign-in took too long, was started in another browser, or cookies are switched off.',
          'Check that your browser allows cookies for this website, then try again.',
        ],
      }
    default:
      return { title: 'We could not sign you in', paragraphs: ['The sign-in could not be completed. Try again.'] }
  }
}

function link(href: string | undefined, text: string): { link?: { href: string; text: string } } {
  return href === undefined ? {} : { link: { href, text } }
}

/** Sign-in that comes back to the page of the refused form, or to the default page. */
export function signInAddress(req: Request, config: Cis2Config, needed?: StepUpRequiredError): string | undefined {
  if (config.routes.login === false) return undefined
  const returnTo =
    req.method === 'GET' || req.method === 'HEAD' ? undefined : returnToReferrer(req.get('referer'), config)
  return loginAddress(config, {
    returnTo: returnTo ?? defaultReturnTo(config),
    aal: needed?.aal,
    maxAge: needed?.maxAuthAgeSeconds,
  })
}

export function loginAddress(
  config: Cis2Config,
  { returnTo, aal, maxAge }: { returnTo: string; aal?: number | undefined; maxAge?: number | undefined },
): string {
  const query = new URLSearchParams()
  if (aal !== undefined) query.set('aal', String(aal))
  if (maxAge !== undefined) query.set('maxAge', String(maxAge))
  query.set('returnTo', returnTo)
  return `${config.baseUrl.path}${String(config.routes.login)}?${query.toString()}`
}

/** A page can be asked for again; a callback cannot, it starts over. */
function tryAgainAddress(req: Request, config: Cis2Config): string | undefined {
  return signInAddress(req, config)
}
