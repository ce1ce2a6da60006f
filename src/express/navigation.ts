/** What kind of request this is: Fetch Metadata where the browser sends it, `Accept` otherwise. */
import type { Request } from 'express'

function fetchMode(req: Request): string | undefined {
  return req.get('sec-fetch-mode')
}

/** Whether the client asks for a page. JSON first: a client that accepts anything is a program. Browsers name text/html. */
function acceptsPage(req: Request): boolean {
  return req.accepts(['json', 'html']) === 'html'
}

/**
 * Whether the answer will be looked at by a person in a browser's page. `Accept` decides: a service worker that
 * rebuilds a navigation changes its fetch mode, and shows what comes all the same.
 */
export function wantsPage(req: Request): boolean {
  return fetchMode(req) === 'navigate' || acceptsPage(req)
}

/** Whether the request is a page navigation, which a redirect to sign in can answer. */
export function isPageNavigation(req: Request): boolean {
  const mode = fetchMode(req)
  return isRead(req) && (mode === undefined ? acceptsPage(req) : mode === 'navigate')
}

export function isRead(req: Request): boolean {
  return req.method === 'GET' || req.method === 'HEAD'
}

/** Whether the browser only looks ahead, to prefetch or prerender: nobody has asked for anything yet. */
export function isPrefetch({ headers }: Pick<Request, 'headers'>): boolean {
  return (
    headers['sec-purpose']?.includes('prefetch') === true ||
    headers.purpose === 'prefetch' ||
    headers['x-purpose'] === 'preview' ||
    headers['x-moz'] === 'prefetch'
  )
}

/**
 * Programs that ask for an address before, or in place of, the browser of the person who clicked: Word, Excel,
 * PowerPoint and Outlook follow its redirects and hand the last address to the browser; chats and social networks make
 * a preview of it.
 */
const STAND_INS =
  /\bms-office\b|\bMSOffice\b|Microsoft (Office|Word|Excel|PowerPoint|Outlook|Data Access)|\b(SkypeUriPreview|TeamsBot|Slackbot|Slack-ImgProxy|facebookexternalhit|Twitterbot|LinkedInBot|WhatsApp|TelegramBot|Discordbot|BingPreview|Google-PageRenderer)\b/i

/** Whether a program stands in for a browser. It has no use for a redirect, a cookie or a refusal. */
export function isStandIn(req: Request): boolean {
  return isRead(req) && STAND_INS.test(req.get('user-agent') ?? '')
}

/**
 * Whether a page fetches or embeds what a user has to go to: an image, a script, a frame, `fetch`. Other sites could
 * have their visitors' browsers do so by the thousand. Browsers that send Fetch Metadata name the destination; a
 * program that says no more than how it asks (Node's own `fetch` does) is none.
 */
export function isEmbedded(req: Request): boolean {
  if (isRebuiltNavigation(req)) return false
  const destination = req.get('sec-fetch-dest')
  if (destination !== undefined && destination !== 'document') return true
  const mode = fetchMode(req)
  return mode !== undefined && mode !== 'navigate' && (destination !== undefined || mode !== 'cors')
}

/** Whether a service worker of our own origin asks for a page in a navigation's place; scripts accept anything. */
export function isRebuiltNavigation(req: Request): boolean {
  const mode = fetchMode(req)
  return (
    (mode === 'cors' || mode === 'same-origin') &&
    req.get('sec-fetch-site') === 'same-origin' &&
    req.get('sec-fetch-dest') === 'empty' &&
    acceptsPage(req)
  )
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
