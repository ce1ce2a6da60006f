/** The session's cookie as express-session reads it, for as long as it reads. */
import type { IncomingMessage } from 'node:http'

import { unsign } from 'cookie-signature'

import type { Context } from '../context.js'
import { signedCookieValue } from '../plain-cookie-value.js'
import { valuesOfCookie } from '../set-cookie.js'

/** More cookies of one name than this are somebody's flood, and not looked through. */
const MOST_READ = 20

type CookieContext = Pick<Context, 'config' | 'secrets'>

/** What `cookie-parser` leaves on a request. */
type ParsedRequest = IncomingMessage & { cookies?: unknown; signedCookies?: unknown }

/**
 * Runs `read` on a request whose session cookie is in express-session's own form, and puts everything back: our form is
 * another one (see `plain-cookie-value.ts`), and what `cookie-parser` made of the cookies is not to be used at all, for
 * express-session would take a session id from it that another secret signed.
 */
export function withItsCookie(context: CookieContext, req: ParsedRequest, read: () => void): void {
  const { cookies, signedCookies, headers } = req
  const { cookie } = headers
  const value = signedValue(context, req)
  if (cookies !== undefined || signedCookies !== undefined) req.cookies = req.signedCookies = undefined
  if (value !== undefined) headers.cookie = `${context.config.session.cookieName}=${encodeURIComponent(value)}`
  try {
    read()
  } finally {
    if (value !== undefined) headers.cookie = cookie
    if (cookies !== undefined || signedCookies !== undefined) Object.assign(req, { cookies, signedCookies })
  }
}

/** Of several cookies with the session's name, the one that we signed counts, wherever it stands. */
function signedValue(context: CookieContext, req: IncomingMessage): string | undefined {
  const values = valuesOfCookie(req, context.config.session.cookieName).slice(0, MOST_READ)
  const [only] = values
  if (only === undefined) return undefined
  // express-session compares the signature.
  if (values.length === 1) return signedForm(only)
  return values.map(signedForm).find((signed) => idSignedByUs(context, signed) !== undefined)
}

/** The session id of the request's cookie, its signature compared; undefined when there is none that we signed. */
export function signedCookieOf(context: CookieContext, req: IncomingMessage): string | undefined {
  const values = valuesOfCookie(req, context.config.session.cookieName).slice(0, MOST_READ)
  return values
    .map(signedForm)
    .map((signed) => idSignedByUs(context, signed))
    .find((id) => id !== undefined)
}

function idSignedByUs({ secrets }: CookieContext, signed: string | undefined): string | undefined {
  if (signed === undefined) return undefined
  const ids = secrets.map(({ cookie }) => unsign(signed.slice('s:'.length), cookie))
  return ids.find((id) => id !== false)
}

/** Undefined when it is in neither form. Sessions that began under version 0.1 have express-session's. */
function signedForm(value: string): string | undefined {
  return signedCookieValue(value) ?? (/^s%3A[\w%.-]+$/.test(value) ? decoded(value) : undefined)
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value)
  } catch {
    // Not what we wrote, and so no cookie of ours.
    return undefined
  }
}
