/** Answers of our own routes: headers, redirects, pages, problem details. Nothing here is cached. */
import { STATUS_CODES } from 'node:http'
import type { Request, Response } from 'express'
import helmet from 'helmet'

import { formMayHaveLedHere, isRebuiltNavigation } from './navigation.js'
import { renderPage, STYLE_SOURCE, type Page } from './pages.js'

/** Sets our headers; returns a function that puts back what was there before, name by name. */
export type SetOwnHeaders = (res: Response) => () => void

/** Headers for answers that are ours from first byte to last. */
export function createOwnHeaders(secure: boolean): SetOwnHeaders {
  const { set, removed } = headersOf(
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          'default-src': ["'none'"],
          'style-src': [STYLE_SOURCE],
          'base-uri': ["'none'"],
          'form-action': ["'self'"],
          'frame-ancestors': ["'none'"],
        },
      },
      frameguard: { action: 'deny' },
      // The same-origin rule and "come back to the page of the form" both read what this policy lets through.
      referrerPolicy: { policy: 'same-origin' },
      // For this host: what other hosts below it do is not ours to say.
      strictTransportSecurity: secure && { includeSubDomains: false },
    }),
  )
  const own = [['Cache-Control', 'no-store'] as const, ...set]
  const names = [...own.map(([name]) => name), ...removed]

  return function setOwnHeaders(res) {
    const before = names.map((name) => [name, res.getHeader(name)] as const)
    for (const [name, value] of own) res.setHeader(name, value)
    for (const name of removed) res.removeHeader(name)
    return function takeBack() {
      for (const [name, value] of before) {
        if (value === undefined) res.removeHeader(name)
        else res.setHeader(name, value)
      }
    }
  }
}

interface RecordedHeaders {
  readonly set: ReadonlyMap<string, string>
  readonly removed: readonly string[]
}

/** What helmet does to an answer, which with these settings is the same for all: asked once, not for each. */
function headersOf(protect: ReturnType<typeof helmet>): RecordedHeaders {
  const set = new Map<string, string>()
  const removed: string[] = []
  const recorder = {
    setHeader: (name: string, value: string) => set.set(name, value),
    removeHeader: (name: string) => removed.push(name),
  }
  const ask = protect as unknown as (req: object, res: typeof recorder, next: () => void) => void
  ask({}, recorder, function done() {})
  return { set, removed }
}

/** Redirects within the origin, or to the provider. */
export function redirect(res: Response, status: 302 | 303, location: string): void {
  res.statusCode = status
  res.setHeader('Location', location)
  res.setHeader('Content-Length', '0')
  res.end()
}

/**
 * Sends the browser off the origin. Where a form may have led here this is a page that moves on by itself,
 * because Chromium applies the `form-action` of the form's page to redirects and would block this one silently.
 */
export function leaveOrigin(req: Request, res: Response, status: 302 | 303, location: string, page: Page): void {
  // Nor can a service worker that rebuilt the navigation follow a redirect to another origin.
  if (!formMayHaveLedHere(req) && !isRebuiltNavigation(req)) {
    redirect(res, status, location)
    return
  }
  res.setHeader('Refresh', `0;url=${location}`)
  sendPage(res, 200, { ...page, link: { href: location, text: 'Continue' } })
}

/**
 * Has the browser drop what it fetched or rendered ahead of time, because from this answer on somebody else may be
 * signed in, or nobody. Browsers that do not know these words ignore them.
 *
 * @see [Clear Site Data](https://www.w3.org/TR/clear-site-data/)
 */
export function dropPagesAhead(res: Response): void {
  if (!res.headersSent && !res.hasHeader('Clear-Site-Data'))
    res.setHeader('Clear-Site-Data', '"prefetchCache", "prerenderCache"')
}

/**
 * Refuses to answer ahead of time. No redirect, no page and no success: a browser keeps those, and would show them at a
 * later moment, to somebody who has signed out meanwhile, or use them in place of the click that was meant. A 503 is
 * never kept, and nobody sees it.
 */
export function refusePrefetch(res: Response): void {
  res.statusCode = 503
  res.setHeader('Cache-Control', 'no-store')
  res.setHeader('Content-Length', '0')
  res.end()
}

/** To a program that stands in for a browser: a page that has the browser, once it is there, ask for the same address. */
export function sendStandInPage(res: Response): void {
  res.setHeader('Refresh', '0')
  sendPage(res, 200, { title: 'Opening the page', paragraphs: ['This page opens in your browser.'] })
}

export function sendPage(res: Response, status: number, page: Page): void {
  send(res, status, 'text/html; charset=utf-8', renderPage(page))
}

export function sendJson(res: Response, status: number, body: object): void {
  send(res, status, 'application/json; charset=utf-8', JSON.stringify(body))
}

/** Problem details. `about:blank` says that `title` is the status's own phrase; `code` tells problems apart. RFC 9457. */
export interface Problem {
  readonly status: number
  readonly code: string
  readonly correlationId: string
  readonly login?: string | undefined
  readonly reason?: string | undefined
}

export function sendProblem(res: Response, { status, code, correlationId, login, reason }: Problem): void {
  const body = {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    code,
    correlationId,
    login,
    reason,
  }
  send(res, status, 'application/problem+json; charset=utf-8', JSON.stringify(body))
}

function send(res: Response, status: number, type: string, body: string): void {
  res.statusCode = status
  res.setHeader('Content-Type', type)
  res.setHeader('Content-Length', String(Buffer.byteLength(body)))
  res.end(res.req.method === 'HEAD' ? undefined : body)
}
