/** The session's cookie as express-session reads it, for as long as it reads. */
import type { IncomingMessage } from 'node:http'

import { unsign } from 'cookie-signature'

import type { Context } from '../context.js'
import { createRecent } from '../../primitives/recent.js'
import { signedCookieValue } from '../plain-cookie-value.js'
import { addressOf } from '../records/session-id.js'
import type { SessionAddress } from '../records/session-id.js'
import { valuesOfCookie } from '../set-cookie.js'

/** More cookies of one name than this are somebody's flood, and not looked through. */
const MOST_READ = 20

/** An id and its signature in base64, as express-session writes them: nothing else comes out of it. */
const WRITTEN_BEFORE = /^s%3A[\w-]+\.(?:\w|%2B|%2F){43}$/

type CookieContext = Pick<Context, 'config' | 'secrets'>

/** Sessions whose cookies were rewritten last: the same for every request of theirs, and says nothing of who they are. */
const MOST_REWRITTEN = 1000

/** A request's session cookie, rewritten for express-session. */
interface Rewritten {
  readonly header: string
  /** Where its session is kept, should express-session find that we signed it. */
  readonly address: SessionAddress | undefined
}

/** What `cookie-parser` leaves on a request. */
type ParsedRequest = IncomingMessage & { cookies?: unknown; signedCookies?: unknown }

/**
 * Runs `read` on a request whose session cookie is in express-session's own form, and puts everything back: our form is
 * another one (see `plain-cookie-value.ts`), and what `cookie-parser` made of the cookies is not to be used at all, for
 * express-session would take a session id from it that another secret signed.
 */
export function createWithItsCookie(context: CookieContext) {
  const { cookieName } = context.config.session
  const rewritten = createRecent<Rewritten>(MOST_REWRITTEN)

  function rewrite(value: string): Rewritten | undefined {
    const known = rewritten.get(value)
    if (known !== undefined) return known
    const signed = signedForm(value)
    if (signed === undefined) return undefined
    const id = signed.slice('s:'.length, signed.lastIndexOf('.'))
    const made = { header: `${cookieName}=${encodeURIComponent(signed)}`, address: addressOf(id) }
    rewritten.set(value, made)
    return made
  }

  /** Of several cookies with the session's name, the one that we signed counts, wherever it stands. */
  function rewrittenOf(req: IncomingMessage): Rewritten | undefined {
    const values = valuesOfCookie(req, cookieName)
    const [only] = values
    if (only === undefined) return undefined
    // express-session compares the signature.
    if (values.length === 1) return rewrite(only)
    const ours = values.slice(0, MOST_READ).find((value) => idSignedByUs(context, signedForm(value)) !== undefined)
    return ours === undefined ? undefined : rewrite(ours)
  }

  return function withItsCookie(req: ParsedRequest, read: (address: SessionAddress | undefined) => void): void {
    const { cookies, signedCookies, headers } = req
    const { cookie } = headers
    const ours = rewrittenOf(req)
    if (cookies !== undefined || signedCookies !== undefined) req.cookies = req.signedCookies = undefined
    if (ours !== undefined) headers.cookie = ours.header
    try {
      read(ours?.address)
    } finally {
      if (ours !== undefined) headers.cookie = cookie
      if (cookies !== undefined || signedCookies !== undefined) Object.assign(req, { cookies, signedCookies })
    }
  }
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
  return signedCookieValue(value) ?? (WRITTEN_BEFORE.test(value) ? decodeURIComponent(value) : undefined)
}
