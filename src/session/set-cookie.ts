/** Cookies of our own, and what the one looks like that express-session sets. RFC 6265. */
import type { IncomingMessage, ServerResponse } from 'node:http'

import { serialize, type CookieSerializeOptions } from 'cookie'
import { sign } from 'cookie-signature'

import type { Cis2Config } from '../options/cis2-config.js'
import { plainCookieValue } from './plain-cookie-value.js'
import type { SessionSecret } from './records/session-secrets.js'

export interface CookieSettings {
  /** Follows `baseUrl` alone. */
  readonly secure: boolean
}

/** Adds a cookie to the answer. Without a lifetime it is the browser session's; zero clears it. */
export function addCookie(
  res: ServerResponse,
  settings: CookieSettings,
  name: string,
  value: string,
  maxAgeSeconds: number,
): void {
  // Browsers of old know no Max-Age.
  const expires = maxAgeSeconds === 0 ? { expires: new Date(0) } : {}
  const line = serialize(name, value, { maxAge: maxAgeSeconds, ...expires, ...attributes(settings) })
  res.appendHeader('Set-Cookie', line)
}

function attributes({ secure }: CookieSettings): CookieSerializeOptions {
  return { path: '/', httpOnly: true, secure, sameSite: 'lax' }
}

/** The line by which express-session is going to set the cookie of a session: see `SessionCookie`. */
export function sessionCookieLine(
  { baseUrl, session }: Pick<Cis2Config, 'baseUrl' | 'session'>,
  secret: SessionSecret,
  id: string,
): string {
  const value = plainCookieValue(`s:${sign(id, secret.cookie)}`)
  return serialize(session.cookieName, value, { ...attributes(baseUrl), encode: asItIs })
}

/** It is encoded already, where it has to be. */
function asItIs(value: string): string {
  return value
}

/** The `Set-Cookie` lines that the answer has so far. */
export function cookiesSet(res: ServerResponse): string[] {
  return [res.getHeader('Set-Cookie') ?? []].flat().map(String)
}

/** Cookies of the request whose name begins so. Of two with one name the first counts. */
export function cookiesWithPrefix(req: IncomingMessage, prefix: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const [name, value] of cookiesOf(req, prefix)) if (!found.has(name)) found.set(name, value)
  return found
}

/** Every value of one cookie: a browser sends several when another host or path has set one of the same name. */
export function valuesOfCookie(req: IncomingMessage, name: string): readonly string[] {
  return cookiesOf(req, `${name}=`).map(([, value]) => value)
}

/** Not by the library's `parse`: that keeps one value of each name, and reads every cookie of the request. */
function cookiesOf(req: IncomingMessage, start: string): (readonly [name: string, value: string])[] {
  const found: (readonly [string, string])[] = []
  const { cookie } = req.headers
  if (cookie?.includes(start) !== true) return found
  for (const pair of cookie.split(';')) {
    const text = pair.trim()
    const equals = text.indexOf('=')
    if (equals > 0 && text.startsWith(start)) found.push([text.slice(0, equals), text.slice(equals + 1)])
  }
  return found
}
