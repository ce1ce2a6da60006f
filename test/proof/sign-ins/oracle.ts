/**
 * Whether somebody must be let in, and whom: of everything that was sent in one sign-in. Written from the documents, on
 * jose; nothing of `src` is used here. `isFree`: the documents leave it to the application, either answer is right.
 */
import { compactVerify, createLocalJWKSet, type JWK } from 'jose'

import { judge, type Reading } from '../../support/app/sign-in-oracle.js'
import type { Claims, Flow } from './provider.js'

export interface Verdict {
  readonly who: Reading | undefined
  readonly isFree: boolean
}

/** The callback as it arrived. */
export interface Delivered {
  readonly method: string
  readonly query: string
  readonly cookies: readonly (readonly [string, string])[]
}

export interface Known {
  readonly issuer: string
  readonly clientId: string
  readonly keys: JWK[]
  /** Epoch seconds. */
  readonly now: number
  /** The cookie of the sign-in, as it was set. */
  readonly pendingCookie: readonly [string, string]
}

const NOBODY: Verdict = { who: undefined, isFree: false }
const OTHER_FLOWS = ['id_token', 'access_token', 'token_type', 'token', 'response', 'error']
const NO_LISTS =
  /^(?:code|state|iss|error|error_description|error_uri|id_token|access_token|token_type|token|response)\[/

export async function judgeSignIn(flow: Flow, delivered: Delivered, known: Known): Promise<Verdict> {
  const cookies = cookieVerdict(delivered, known)
  if (cookies === 'no' || !callbackHolds(flow, delivered, known) || !requestHolds(flow)) return NOBODY
  const tokens = tokensOf(flow)
  if (tokens === undefined) return NOBODY
  const userInfo = await userInfoOf(flow, known)
  if (userInfo === undefined || !isPlainToken(tokens.idToken)) return NOBODY
  const who = await judge({
    ...tokens,
    ...userInfo,
    keys: known.keys,
    issuer: known.issuer,
    clientId: known.clientId,
    nonce: flow.asked.get('nonce') ?? '',
    now: known.now,
  })
  if (who === undefined || !isFreshEnough(flow, tokens.idToken, known.now)) return NOBODY
  return { who, isFree: cookies === 'free' || tokens.isEdited }
}

/** RFC 6265: the browser that began the sign-in has its cookie, and no other. */
function cookieVerdict({ cookies }: Delivered, { pendingCookie: [name, value] }: Known): 'yes' | 'no' | 'free' {
  const values = cookies.filter(([one]) => one === name).map(([, one]) => decoded(one))
  if (!values.includes(decoded(value))) return 'no'
  return values.every((one) => one === decoded(value)) ? 'yes' : 'free'
}

/** RFC 6749, sections 3.1 and 4.1.2; RFC 9207, section 2.4. */
function callbackHolds(flow: Flow, { method, query }: Delivered, { issuer }: Known): boolean {
  const pairs = [...new URLSearchParams(query)]
  const of = (name: string) => pairs.filter(([one]) => one === name).map(([, value]) => value)
  const names = pairs.map(([name]) => name)
  return [
    method === 'GET',
    new Set(names).size === names.length,
    of('state').length === 1 && of('state')[0] === flow.asked.get('state'),
    of('code').length === 1 && of('code')[0] === flow.code,
    of('iss').every((one) => one === issuer),
    !names.some((name) => OTHER_FLOWS.includes(name) || NO_LISTS.test(name)),
  ].every(Boolean)
}

/** RFC 7636: a provider does not redeem a code for another verifier. */
function requestHolds({ asked, received }: Flow): boolean {
  const challenge = received?.get('code_challenge')
  return challenge === null || challenge === asked.get('code_challenge')
}

interface Tokens {
  readonly idToken: string
  readonly accessToken: string
  /** The text was spoiled, and is JSON still: a stricter reader may refuse it. */
  readonly isEdited: boolean
}

/** RFC 6749, section 5.1. */
function tokensOf({ token }: Flow): Tokens | undefined {
  if (token?.status !== 200 || !isType(token.type, 'application/json')) return undefined
  const body = objectIn(token.text)
  if (body === undefined || (body.error ?? undefined) !== undefined) return undefined
  const { id_token: idToken, access_token: accessToken, token_type: type } = body
  if (typeof type !== 'string' || type.toLowerCase() !== 'bearer') return undefined
  if (typeof accessToken !== 'string' || !/^[!-~]{1,65536}$/.test(accessToken)) return undefined
  if (typeof idToken !== 'string') return undefined
  return { idToken, accessToken, isEdited: JSON.stringify(body) !== token.text }
}

interface UserInfo {
  readonly userInfo: unknown
  readonly userInfoIsSigned: boolean
}

/** OpenID Connect Core 1.0, section 5.3.2. */
async function userInfoOf({ userInfo }: Flow, { keys }: Known): Promise<UserInfo | undefined> {
  if (userInfo?.status !== 200) return undefined
  if (isType(userInfo.type, 'application/json')) {
    const body = objectIn(userInfo.text)
    return body === undefined ? undefined : { userInfo: body, userInfoIsSigned: false }
  }
  if (!isType(userInfo.type, 'application/jwt')) return undefined
  const body = await signedObject(userInfo.text.trim(), keys)
  return body === undefined ? undefined : { userInfo: body.claims, userInfoIsSigned: true }
}

async function signedObject(text: string, keys: JWK[]): Promise<{ claims: Claims; header: Claims } | undefined> {
  if (!isPlainToken(text)) return undefined
  try {
    const { payload, protectedHeader } = await compactVerify(text, createLocalJWKSet({ keys }), {
      algorithms: ['RS256'],
    })
    const claims = objectIn(Buffer.from(payload).toString())
    return claims === undefined ? undefined : { claims, header: { ...protectedHeader } }
  } catch {
    return undefined
  }
}

/** One spelling of one signature (RFC 4648, section 3.5), and none of the extensions that nobody has agreed on. */
function isPlainToken(text: string): boolean {
  const [header = '', , signature = ''] = text.split('.')
  if (Buffer.from(signature, 'base64url').toString('base64url') !== signature) return false
  const members = objectIn(Buffer.from(header, 'base64url').toString())
  return members !== undefined && !['crit', 'b64', 'zip', 'enc'].some((name) => Object.hasOwn(members, name))
}

/** A sign-in that was asked to be fresh: without tolerance. */
function isFreshEnough({ asked }: Flow, idToken: string, now: number): boolean {
  const most = Number(asked.get('max_age') ?? Infinity)
  return most >= 300 || Number(claimsOf(idToken)?.auth_time) >= now - most
}

/** Whether a session cookie is the one that was set, in another spelling perhaps. */
export function isSameCookie(one: string, other: string): boolean {
  return decoded(one) === decoded(other)
}

const LONG_FOR_A_LOGOUT = 16 * 1024

export interface LogoutSent {
  readonly token: string
  readonly method: string
  readonly type: string
  readonly body: string
  /** Of the session that is there. */
  readonly sid: string
}

/** Whether a logout token ends the session: Back-Channel Logout 1.0, sections 2.4 to 2.6. */
export async function judgeLogout(
  sent: LogoutSent,
  known: Omit<Known, 'pendingCookie'>,
): Promise<'ends' | 'lives' | 'free'> {
  const tokens = new URLSearchParams(sent.body).getAll('logout_token')
  if (sent.method !== 'POST' || !isType(sent.type, 'application/x-www-form-urlencoded') || tokens.length !== 1)
    return 'lives'
  const read = await signedObject(tokens[0] ?? '', known.keys)
  if (read === undefined || !logoutHolds(read.claims, known)) return 'lives'
  const { typ, kid } = read.header
  const isTyped = typ === undefined || (typeof typ === 'string' && /^(?:application\/)?(?:jwt|logout\+jwt)$/i.test(typ))
  if (!isTyped || (kid !== undefined && typeof kid !== 'string')) return 'lives'
  const { sid, sub } = read.claims
  // Of two names they may not be of one session; and nobody has to read what is longer than any honest one.
  if (sub !== undefined || sent.body.length > LONG_FOR_A_LOGOUT) return 'free'
  return sid === sent.sid ? 'ends' : 'lives'
}

function logoutHolds(claims: Claims, { issuer, clientId, now }: Omit<Known, 'pendingCookie'>): boolean {
  const { iss, aud, iat, exp, jti, events, sid, sub } = claims
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud]
  const event = isObject(events) ? events['http://schemas.openid.net/event/backchannel-logout'] : undefined
  return [
    iss === issuer,
    audiences.includes(clientId) && audiences.every((one) => typeof one === 'string'),
    isTime(iat) && iat >= now - 300 && iat <= now + 60,
    exp === undefined || (isTime(exp) && exp > now - 30),
    isText(jti, 255),
    isObject(event),
    !Object.hasOwn(claims, 'nonce'),
    sid === undefined || isText(sid, 1024),
    sub === undefined || isText(sub, 255),
    sid !== undefined || sub !== undefined,
  ].every(Boolean)
}

export function claimsOf(token: string): Claims | undefined {
  return objectIn(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

function objectIn(text: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isText(value: unknown, longest: number): value is string {
  return typeof value === 'string' && value !== '' && value.length <= longest && !/[\p{Cc}\p{Cs}]/u.test(value)
}

function isType(header: string, type: string): boolean {
  return header.split(';')[0]?.trim().toLowerCase() === type
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
