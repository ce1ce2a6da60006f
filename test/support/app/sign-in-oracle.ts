/**
 * A second judgement of a sign-in: whether what a provider sent may sign somebody in, and whom.
 *
 * Written from the documents (OpenID Connect Core 1.0, sections 2, 3.1.3.7 and 5.3.2, NHS's guidance) on jose's
 * `jwtVerify`, before and apart from `src`, of which nothing is used here. One rule a line, in no clever way.
 */
import { createHash } from 'node:crypto'

import { createLocalJWKSet, jwtVerify, type JWK } from 'jose'

type Json = Record<string, unknown>

/** What the provider sent, and what had been asked of it. */
export interface Sent {
  readonly idToken: string
  readonly accessToken: string
  readonly userInfo: unknown
  /** Whether it came as a signed token: then `iss`, `aud` and `exp` are judged where they are present. */
  readonly userInfoIsSigned: boolean
  readonly keys: JWK[]
  readonly issuer: string
  readonly clientId: string
  readonly nonce: string
  /** Epoch seconds. */
  readonly now: number
}

/** Whom the sign-in is of, in the few words that both judgements must agree on; undefined: nobody. */
export interface Reading {
  readonly sub: string
  readonly sid: string | undefined
  readonly aal: number
  readonly identity: number
  readonly acr: string | undefined
  readonly amr: readonly string[]
  readonly name: string
  readonly email: string | undefined
  readonly texts: readonly (string | undefined)[]
  readonly organisations: readonly (string | undefined)[][]
  readonly roles: readonly string[]
  readonly selected: string | undefined
}

const TOLERANCE = 30
const MOST_AUTH_AGE = 300
const TEXT_CLAIMS = ['display_name', 'title', 'given_name', 'middle_names', 'family_name', 'initials']
const PROFESSIONAL = ['gmc', 'gmp', 'nmc', 'gphc', 'gdc', 'gdp', 'rcn', 'consultant'].map((name) => `${name}_id`)

export async function judge(sent: Sent): Promise<Reading | undefined> {
  if (sent.idToken.length > 64 * 1024) return undefined
  const claims = await verified(sent)
  if (claims === undefined) return undefined
  if (!idTokenHolds(claims, sent)) return undefined
  if (!userInfoHolds(sent, String(claims.sub))) return undefined
  return read(claims, sent.userInfo as Json)
}

async function verified({ idToken, keys, issuer, clientId, now }: Sent): Promise<Json | undefined> {
  try {
    const { payload, protectedHeader } = await jwtVerify(idToken, createLocalJWKSet({ keys }), {
      algorithms: ['RS256'],
      issuer,
      audience: clientId,
      clockTolerance: TOLERANCE,
      currentDate: new Date(now * 1000),
      requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat', 'auth_time', 'nonce'],
    })
    return protectedHeader.typ === 'JWT' ? payload : undefined
  } catch {
    return undefined
  }
}

function idTokenHolds(claims: Json, { clientId, nonce, accessToken, now, issuer }: Sent): boolean {
  const { iss, aud, azp, exp, iat, nbf, sub, sid, auth_time: authTime, at_hash: hash } = claims
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud]
  const rules = [
    iss === issuer,
    audiences.length === 1 && audiences[0] === clientId,
    azp === undefined || azp === clientId,
    isTime(exp) && exp > now - TOLERANCE && exp <= now + 24 * 3600,
    isTime(iat) && iat >= now - 300 && iat <= now + 60,
    nbf === undefined || (isTime(nbf) && nbf <= now + TOLERANCE),
    claims.nonce === nonce,
    typeof sub === 'string' && /^[ -~]{1,255}$/.test(sub) && sub.trim() !== '' && !(sub in {}),
    sid === undefined || (typeof sid === 'string' && sid !== '' && sid.length <= 1024 && isClean(sid)),
    hash === undefined || hash === leftHalf(accessToken),
    isTime(authTime) && authTime >= now - MOST_AUTH_AGE - TOLERANCE && authTime <= now + TOLERANCE,
    levelOf(claims.authentication_assurance_level) >= 3,
    levelOf(claims.id_assurance_level) >= 3,
    !Object.hasOwn(claims, 'events'),
  ]
  return rules.every(Boolean)
}

function userInfoHolds({ userInfo, userInfoIsSigned, issuer, clientId, now }: Sent, sub: string): boolean {
  if (typeof userInfo !== 'object' || userInfo === null || Array.isArray(userInfo)) return false
  const { sub: subject, iss, aud, exp, events } = userInfo as Json
  if (subject !== sub) return false
  if (JSON.stringify(userInfo).length > 1500 * 1024) return false
  if (!userInfoIsSigned) return true
  const audiences: unknown[] = Array.isArray(aud) ? aud : [aud]
  return [
    iss === undefined || iss === issuer,
    aud === undefined || (audiences.includes(clientId) && audiences.every((one) => typeof one === 'string')),
    exp === undefined || (isTime(exp) && exp > now - TOLERANCE),
    events === undefined,
  ].every(Boolean)
}

/** Undefined when it is more than is kept of anybody. */
function read(claims: Json, userInfo: Json): Reading | undefined {
  const roleEntries = listOf(userInfo.nhsid_nrbac_roles).filter(isRole)
  const lists = [claims.amr, userInfo.nhsid_user_orgs, userInfo.nhsid_nrbac_roles, ...roleEntries.flatMap(listsOfRole)]
  if (lists.some((list) => Array.isArray(list) && list.length > 1000)) return undefined
  const tooMuch =
    sizeOf(personOf(claims, userInfo)) > 64 * 1024 ||
    sizeOf([organisationsOf(userInfo), rolesOf(roleEntries)]) > 512 * 1024
  return tooMuch ? undefined : readingOf(claims, userInfo, roleEntries)
}

function readingOf(claims: Json, userInfo: Json, roleEntries: Json[]): Reading {
  const sub = String(claims.sub)
  const both = [text(userInfo.given_name), text(userInfo.family_name)].filter((part) => part !== undefined).join(' ')
  const selected = text(claims.selected_roleid)
  const distinct = new Map(roleEntries.map((role) => [JSON.stringify(role), role]))
  const matching = [...distinct.values()].filter((role) => role.person_roleid === selected)
  return {
    sub,
    sid: claims.sid as string | undefined,
    aal: levelOf(claims.authentication_assurance_level),
    identity: levelOf(claims.id_assurance_level),
    acr: text(claims.acr),
    amr: textsOf(claims.amr),
    name: text(userInfo.name) ?? text(userInfo.display_name) ?? (both === '' ? sub : both),
    email: text(userInfo.email),
    texts: [...TEXT_CLAIMS, ...PROFESSIONAL].map((name) => text(userInfo[name])),
    organisations: organisationsOf(userInfo),
    roles: [...distinct.values()].map((role) => String(role.person_roleid)),
    selected: matching.length === 1 ? selected : undefined,
  }
}

function organisationsOf(userInfo: Json): (string | undefined)[][] {
  const byCode = new Map<string, (string | undefined)[]>()
  for (const entry of listOf(userInfo.nhsid_user_orgs).filter(isObject)) {
    const code = text(entry.org_code)
    if (code !== undefined && !byCode.has(code)) byCode.set(code, [code, text(entry.org_name)])
  }
  return [...byCode.values()]
}

function sizeOf(kept: unknown): number {
  return Buffer.byteLength(JSON.stringify(kept))
}

/** Roughly what is stored of the person herself, for its size. */
function personOf(claims: Json, userInfo: Json): unknown {
  const texts = ['name', 'email', ...TEXT_CLAIMS, ...PROFESSIONAL].map((name) => text(userInfo[name]))
  return [texts, text(claims.acr), textsOf(claims.amr)]
}

function rolesOf(roles: Json[]): unknown {
  return roles.map((role) => [
    ...['person_roleid', 'role_code', 'role_name', 'org_code'].map((name) => text(role[name])),
    ...listsOfRole(role).map(textsOf),
  ])
}

function listsOfRole(role: Json): unknown[] {
  return ['activities', 'activity_codes', 'workgroups', 'workgroups_codes', 'aow', 'aow_codes'].map(
    (name) => role[name],
  )
}

function isRole(entry: unknown): entry is Json {
  return (
    isObject(entry) && [entry.person_roleid, entry.role_code, entry.org_code].every((one) => text(one) !== undefined)
  )
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value
  return value === undefined || value === null ? [] : [value]
}

function textsOf(value: unknown): string[] {
  return listOf(value).flatMap((one) => text(one) ?? [])
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim().length > 0 ? value : undefined
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isClean(value: string): boolean {
  // A lone surrogate does not survive being written down.
  return !/\p{Cc}/u.test(value) && Buffer.from(value).toString() === value
}

/** 1 to 3, as a number or as that one digit; anything else is no level at all. */
function levelOf(value: unknown): number {
  return [1, 2, 3].find((level) => value === level || value === `${level}`) ?? -1
}

function leftHalf(accessToken: string): string {
  return createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url')
}
