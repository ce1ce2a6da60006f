/** What kind of request this is: Fetch Metadata where the browser sends it, `Accept` otherwise. */
import type { Request } from 'express'

function fetchMode(req: Request): string | undefined {
  return req.get('sec-fetch-mode')
}

/** Whether the answer will be looked at by a person in a browser's page. */
export function wantsPage(req: Request): boolean {
  const mode = fetchMode(req)
  if (mode !== undefined) return mode === 'navigate'
  // JSON first: a client that accepts anything is a program. Browsers name text/html.
  return req.accepts(['json', 'html']) === 'html'
}

/** Whether the request is a page navigation, which a redirect to sign in can answer. */
export function isPageNavigation(req: Request): boolean {
  return (req.method === 'GET' || req.method === 'HEAD') && wantsPage(req)
}

/** Whether the browser only looks ahead: nobody has asked for anything yet. */
export function isPrefetch(req: Request): boolean {
  return (
    req.get('sec-purpose')?.includes('prefetch') === true ||
    req.get('purpose') === 'prefetch' ||
    req.get('x-moz') === 'prefetch'
  )
}

/**
 * Whether a page fetches or embeds what a user has to go to: an image, a script, a frame, `fetch`. Other sites could
 * have their visitors' browsers do so by the thousand. Browsers that send Fetch Metadata name the destination; a
 * program that says no more than how it asks (Node's own `fetch` does) is none.
 */
export function isEmbedded(req: Request): boolean {
  const destination = req.get('sec-fetch-dest')
  if (destination !== undefined && destination !== 'document') return true
  const mode = fetchMode(req)
  return mode !== undefined && mode !== 'navigate' && (destination !== undefined || mode !== 'cors')
}

/**
 * Whether a form of one of our own pages may have led here. Chromium applies that page's `form-action` to
 * every redirect that follows, so that leaving the origin needs a page in between (CSP Level 3, section 6.4.1).
 */
export function formMayHaveLedHere(req: Request): boolean {
  const site = req.get('sec-fetch-site')
  return fetchMode(req) === 'navigate' && (site === 'same-origin' || site === 'same-site')
}

/** A navigation of the user's own, from a page of this origin: the only GET that may sign out. */
export function isOwnNavigation(req: Request): boolean {
  return (
    req.get('sec-fetch-site') === 'same-origin' &&
    fetchMode(req) === 'navigate' &&
    req.get('sec-fetch-dest') === 'document' &&
    req.get('sec-purpose') === undefined
  )
}
