/** Refusals and faults in the look of the clinic: what `errors: 'next'` hands over, and everything else. */
import type { ErrorRequestHandler, RequestHandler } from 'express'
import { isCis2Error } from 'express-cis2'

import { describeVisitor } from './views.js'

interface ErrorPage {
  readonly status: number
  readonly title: string
  /** Paragraphs. */
  readonly text: readonly string[]
  /** What the user can do about it. */
  readonly action?: 'sign-in' | 'step-up' | 'change-role' | 'try-again'
}

const NOT_FOUND: ErrorPage = {
  status: 404,
  title: 'Page not found',
  text: ['If you typed the web address, check that it is correct.'],
}

const FAULT: ErrorPage = {
  status: 500,
  title: 'Sorry, there is a problem with the clinic',
  text: ['Try again later.'],
  action: 'try-again',
}

/** By `code`, which is stable; the message of an error is for developers. */
const PAGES = new Map<string, Omit<ErrorPage, 'status'>>([
  [
    'CIS2_NOT_SIGNED_IN',
    {
      title: 'You need to sign in',
      text: ['You are not signed in, or your session has ended. What you sent was not saved.'],
      action: 'sign-in',
    },
  ],
  [
    'CIS2_STEP_UP_REQUIRED',
    {
      title: 'You need to sign in more strongly',
      text: ['This needs a smartcard, Windows Hello, a security key or the NHS iPad app. What you sent was not saved.'],
      action: 'step-up',
    },
  ],
  [
    'CIS2_FORBIDDEN',
    {
      title: 'Your role cannot use this page',
      text: ['It needs another role. If you have one that may use it, such as a prescriber’s, change to it.'],
      action: 'change-role',
    },
  ],
  [
    'CIS2_CROSS_ORIGIN',
    {
      title: 'This request did not come from the clinic',
      text: ['Another website tried to send it for you. Nothing was changed.'],
    },
  ],
  [
    'CIS2_SIGN_IN_REFUSED',
    {
      title: 'You could not be signed in',
      text: ['If it happens again, tell your help desk the reference below.'],
      action: 'try-again',
    },
  ],
  [
    'CIS2_SIGN_OUT_NOT_CONFIRMED',
    {
      title: 'Sign-out not confirmed',
      text: [
        'You are signed out in this browser, but the clinic could not record it. Close the browser, and take your smartcard out if you use one.',
      ],
    },
  ],
  [
    'CIS2_PROVIDER_UNAVAILABLE',
    {
      title: 'Care Identity is not available',
      text: ['You cannot sign in at the moment. Try again in a few minutes.'],
      action: 'try-again',
    },
  ],
  [
    'CIS2_STORE_UNAVAILABLE',
    {
      title: 'The clinic is not available',
      text: ['It cannot see who is signed in at the moment. Try again in a few minutes.'],
      action: 'try-again',
    },
  ],
])

/** Reasons of a refused sign-in that the user can do something about. */
const SIGN_IN_REFUSED = new Map([
  ['access-denied', 'You cancelled the sign-in, or Care Identity refused it.'],
  ['assurance', 'You signed in with a weaker method than the clinic, or the page you wanted, needs.'],
  ['identity-assurance', 'Your identity has not been verified to the level that the clinic needs.'],
  ['auth-time', 'You signed in to Care Identity too long ago. Sign in again.'],
  ['expired', 'The sign-in took too long.'],
  ['no-transaction', 'The sign-in was started in another browser or a long time ago, or the browser refuses cookies.'],
])

/** The 404 page. */
export const showNotFound: RequestHandler = (_req, res) => {
  res.status(NOT_FOUND.status).render('pages/error.njk', { page: NOT_FOUND })
}

/** Answers every error: a page for a browser, a few fields of JSON for a script. */
export function createErrorPage(baseUrl: string): ErrorRequestHandler {
  const { origin } = new URL(baseUrl)
  return function showErrorPage(error: unknown, req, res, next) {
    if (res.headersSent) {
      next(error)
      return
    }
    const page = pageFor(error)
    if (page.status >= 500) console.error(error)
    const correlationId = textField(error, 'correlationId')
    res.status(page.status)
    if (req.accepts(['html', 'json']) === 'json') {
      res.json({ status: page.status, title: page.title, code: textField(error, 'code'), correlationId })
      return
    }
    describeVisitor(req, res)
    res.render('pages/error.njk', {
      page,
      correlationId,
      reason: SIGN_IN_REFUSED.get(textField(error, 'reason') ?? ''),
      returnTo: ownPath(req.get('Referer'), origin),
    })
  }
}

function pageFor(error: unknown): ErrorPage {
  const page = isCis2Error(error) ? PAGES.get(error.code) : undefined
  if (page && isCis2Error(error)) return { ...page, status: error.status }
  const status = statusOf(error)
  if (status === NOT_FOUND.status) return NOT_FOUND
  return { ...FAULT, status, text: status < 500 ? ['The clinic did not understand the request.'] : FAULT.text }
}

function statusOf(error: unknown): number {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : undefined
  return typeof status === 'number' && status >= 400 && status < 600 ? status : FAULT.status
}

function textField(error: unknown, name: string): string | undefined {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined
  return typeof value === 'string' ? value : undefined
}

/** Where the user came from, when that was a page of the clinic; `/login` checks it once more. */
function ownPath(referer: string | undefined, origin: string): string {
  if (referer === undefined || !URL.canParse(referer)) return '/'
  const url = new URL(referer)
  return url.origin === origin ? url.pathname + url.search : '/'
}
