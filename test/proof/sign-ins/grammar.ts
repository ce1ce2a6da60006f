/** A sign-in for each seed and number: every second one honest, the others with one to three changes anywhere. */
import { CHANGES, changed } from '../../support/app/claim-changes.js'
import type { Draws } from '../draws.js'
import type { Afterwards, LogoutChange, Mixed, Plan, Published } from './plan.js'
import { honestBrowser, honestProvider } from './plan.js'
import { drawPerson } from './people.js'
import type { Claims, Signer } from './provider.js'

const ID_TOKEN_CLAIMS = [
  ...['iss', 'sub', 'aud', 'azp', 'exp', 'iat', 'nbf', 'auth_time', 'nonce', 'acr', 'amr', 'at_hash', 'sid', 'jti'],
  ...['authentication_assurance_level', 'id_assurance_level', 'selected_roleid', 'events', 'c_hash', 's_hash', 'realm'],
]
const USER_INFO_CLAIMS = [
  ...['sub', 'iss', 'aud', 'exp', 'events', 'nhsid_useruid', 'name', 'given_name', 'family_name', 'title', 'email'],
  ...['display_name', 'initials', 'gmc_id', 'nmc_id', 'nhsid_user_orgs', 'nhsid_nrbac_roles', 'middle_names'],
]
const TIMES = ['exp', 'iat', 'nbf', 'auth_time']
const SECONDS = [-90_000, -3600, -331, -330, -329, -301, -300, -299, -61, -60, -59, -31, -30, -29, -1, 0, 1, 29, 30, 31]
const MORE_SECONDS = [59, 60, 61, 299, 300, 301, 3600, 86_399, 86_400, 86_401, 90_000, 1e9, 2 ** 31, 2 ** 53]
const SIGNERS: readonly Signer[] = [
  ...(['second', 'stranger', 'stranger', 'none', 'HS256 by public key', 'HS256 by secret', 'RS512', 'PS256'] as const),
]
const HEADER_MEMBERS = ['alg', 'kid', 'typ', 'crit', 'b64', 'zip', 'enc', 'jwk', 'jku', 'x5u', 'x5c', 'cty']
const HEADER_VALUES: readonly unknown[] = [
  ...[
    'none',
    'None',
    'RS256',
    'rs256',
    'HS256',
    'ES256',
    '',
    ' ',
    'JWT',
    'logout+jwt',
    'at+jwt',
    'second',
    'own+key/1=',
    'x',
  ],
  ...[
    null,
    0,
    1,
    true,
    false,
    [],
    ['exp'],
    {},
    { kty: 'oct', k: 'AAAA' },
    'https://evil.example/jwks',
    '../../dev/null',
  ],
]
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.split('')
const ODD = [...'=+/. %&;,:"\'<>\\{}[]()*!~#?'.split(''), '\0', '\n', '\u00a0', 'é', '..', '%00', '%0a', '%2e']
const TOKEN_MEMBERS = ['access_token', 'id_token', 'token_type', 'error', 'expires_in', 'scope', 'refresh_token']
const CALLBACK_MEMBERS = [
  'code',
  'state',
  'iss',
  'client_id',
  'session_state',
  'error',
  'error_description',
  'response',
]
const FOREIGN = [
  'id_token',
  'access_token',
  'token_type',
  'token',
  'code[]',
  'state[]',
  'code[0]',
  'iss[a]',
  'scope',
  'x',
]
const VALUES = [
  '',
  'x',
  'null',
  'undefined',
  '0',
  '[]',
  '__proto__',
  'access_denied',
  'login_required',
  '\0',
  '%00',
  '../',
  '💊',
]
const AUTHORIZE_MEMBERS = [
  ...['client_id', 'redirect_uri', 'response_type', 'scope', 'nonce', 'code_challenge', 'code_challenge_method'],
  ...['acr_values', 'max_age', 'prompt', 'response_mode', 'request', 'request_uri', 'login_hint', 'display'],
]
const LOGIN_MEMBERS = ['returnTo', 'aal', 'maxAge', 'prompt', 'state', 'nonce', 'iss', 'target_link_uri', 'login_hint']
const METADATA_MEMBERS = [
  ...['issuer', 'authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'jwks_uri', 'end_session_endpoint'],
  ...['response_types_supported', 'id_token_signing_alg_values_supported', 'code_challenge_methods_supported'],
  ...['authorization_response_iss_parameter_supported', 'token_endpoint_auth_methods_supported'],
]
const JWK_MEMBERS = ['kty', 'n', 'e', 'kid', 'alg', 'use', 'key_ops', 'x5c', 'd', 'k', 'crv', 'x']
const ADDRESSES = [
  'https://evil.example/x',
  'http://127.0.0.1:1/x',
  'javascript:1',
  '//evil.example',
  'file:///etc/passwd',
  '/x',
]
const MIXES: readonly Mixed[] = [
  ...(['her code', 'her state', 'her whole callback', 'her cookies', 'her callback and cookies'] as const),
  ...(['her ID token', 'her access token', 'her tokens'] as const),
]

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] }
type Draft = Mutable<Plan> & { changes: string[] }
type Kind = (draft: Draft, draws: Draws) => string

/** Weighed by how often they stand here. */
const KINDS: readonly Kind[] = [
  ...[idTokenClaim, idTokenClaim, idTokenClaim, idTokenTime, idTokenHeader, idTokenSigner, idTokenText, idTokenText],
  ...[userInfoClaim, userInfoClaim, userInfoMember, userInfoSigned, userInfoAnswer, tokenMember, tokenAnswer],
  ...[callbackMember, callbackMember, callbackText, callbackText, callbackMethod, pendingCookie, authorizeMember],
  ...[loginMember, mixed, mixed, sessionCookie, sessionCookie, afterRequest, replay, logoutToken, logoutToken],
]
/** Need an application of their own, which takes longer: one hostile sign-in in so many. */
const PUBLISHED_EVERY = 40
const CHANGE_NAMES = Object.keys(CHANGES)

export function drawPlan(number: number, draws: Draws): Plan {
  const person = drawPerson(draws, number)
  const draft: Draft = {
    number,
    person,
    provider: honestProvider(),
    browser: honestBrowser(),
    mixed: undefined,
    afterwards: undefined,
    published: undefined,
    changes: [],
  }
  draft.provider.signsUserInfo = draws.percent(30)
  if (number % 2 === 0) return draft
  if (draws.below(PUBLISHED_EVERY) === 0) draft.changes.push(published(draft, draws))
  else
    for (let left = 1 + (draws.percent(40) ? 1 : 0) + (draws.percent(10) ? 1 : 0); left > 0; left--) {
      draft.changes.push(draws.pick(KINDS)(draft, draws))
    }
  return draft
}

function change(draws: Draws): { name: string; apply: (honest: unknown) => unknown } {
  const name = draws.pick(CHANGE_NAMES)
  return { name, apply: CHANGES[name] ?? ((honest) => honest) }
}

type Spoil = (honest: Claims) => unknown

/** After what earlier changes have made of it. */
function then(earlier: Spoil, later: (claims: Claims) => unknown): Spoil {
  return (honest) => {
    const value = earlier(honest)
    return typeof value === 'object' && value !== null ? later(value as Claims) : value
  }
}

function idTokenClaim({ provider }: Draft, draws: Draws): string {
  const [claim, { name, apply }] = [draws.pick(ID_TOKEN_CLAIMS), change(draws)]
  provider.idTokenClaims = then(provider.idTokenClaims, (claims) =>
    changed(claims, claim, apply, claims[claim] ?? (TIMES.includes(claim) ? Number(claims.iat) - 5 : 'a-claim')),
  )
  return `ID token, ${claim}: ${name}`
}

function idTokenTime({ provider }: Draft, draws: Draws): string {
  const [claim, seconds] = [draws.pick(TIMES), draws.pick(draws.percent(60) ? SECONDS : MORE_SECONDS)]
  provider.idTokenClaims = then(provider.idTokenClaims, (claims) => ({
    ...claims,
    [claim]: Number(claims.iat) + seconds,
  }))
  return `ID token, ${claim}: ${seconds} seconds from now`
}

function idTokenHeader({ provider }: Draft, draws: Draws): string {
  const [member, value] = [draws.pick(HEADER_MEMBERS), draws.pick(HEADER_VALUES)]
  const earlier = provider.idTokenHeader
  provider.idTokenHeader = (honest) => ({ ...earlier(honest), [member]: value })
  return `ID token, header ${member}: ${JSON.stringify(value)}`
}

function idTokenSigner({ provider }: Draft, draws: Draws): string {
  provider.signer = draws.pick(SIGNERS)
  return `ID token, signed: ${provider.signer}`
}

function idTokenText({ provider }: Draft, draws: Draws): string {
  const { name, edit } = textEdit(draws, 1100)
  const earlier = provider.idToken
  provider.idToken = (honest) => edit(earlier(honest))
  return `ID token, text ${name}`
}

/** A character changed, put in, taken out, or a part moved; the place counts as part of the name. */
function textEdit(draws: Draws, length: number): { name: string; edit: (text: string) => string } {
  const at = draws.below(length)
  const letter = draws.percent(70) ? draws.pick(DIGITS) : draws.pick(ODD)
  const place = (text: string) => (text.length === 0 ? 0 : at % text.length)
  switch (draws.below(6)) {
    case 0:
      return { name: `without letter ${at}`, edit: (text) => text.slice(0, place(text)) + text.slice(place(text) + 1) }
    case 1:
      return {
        name: `with ${letter} put in at ${at}`,
        edit: (text) => text.slice(0, place(text)) + letter + text.slice(place(text)),
      }
    case 2:
      return { name: `cut at ${at}`, edit: (text) => text.slice(0, place(text)) }
    case 3:
      return { name: `turned at ${at}`, edit: (text) => text.slice(place(text)) + text.slice(0, place(text)) }
    default:
      return {
        name: `with ${letter} at ${at}`,
        edit: (text) => text.slice(0, place(text)) + letter + text.slice(place(text) + 1),
      }
  }
}

function userInfoClaim({ provider }: Draft, draws: Draws): string {
  const [claim, { name, apply }] = [draws.pick(USER_INFO_CLAIMS), change(draws)]
  provider.userInfoClaims = then(provider.userInfoClaims, (claims) =>
    changed(claims, claim, apply, claims[claim] ?? 'a-claim'),
  )
  return `UserInfo, ${claim}: ${name}`
}

function userInfoMember({ provider }: Draft, draws: Draws): string {
  const list = draws.pick(['nhsid_nrbac_roles', 'nhsid_user_orgs'])
  const member = draws.pick([
    'person_roleid',
    'role_code',
    'role_name',
    'org_code',
    'org_name',
    'activities',
    'aow_codes',
  ])
  const { name, apply } = change(draws)
  provider.userInfoClaims = then(provider.userInfoClaims, (claims) => {
    const entries = claims[list]
    if (!Array.isArray(entries) || typeof entries[0] !== 'object' || entries[0] === null) return claims
    const [first, ...others] = entries as [Claims, ...unknown[]]
    return { ...claims, [list]: [changed(first, member, apply, first[member] ?? 'x'), ...others] }
  })
  return `UserInfo, ${list} ${member}: ${name}`
}

function userInfoSigned({ provider }: Draft, draws: Draws): string {
  provider.signsUserInfo = true
  if (draws.percent(30)) {
    provider.userInfoSigner = draws.pick(SIGNERS)
    return `UserInfo, signed: ${provider.userInfoSigner}`
  }
  const { name, edit } = textEdit(draws, 1500)
  provider.userInfoText = edit
  return `UserInfo as a token, text ${name}`
}

function userInfoAnswer(draft: Draft, draws: Draws): string {
  const { provider } = draft
  const status = draws.pick([200, 200, 201, 204, 301, 400, 401, 403, 404, 429, 500, 502, 503])
  const type = draws.pick([
    'application/json',
    'application/jwt',
    'text/html',
    'text/plain',
    'application/json; charset=x',
    '',
  ])
  provider.userInfoAnswer = { status, type }
  return `UserInfo, answered ${status} ${type}`
}

function tokenMember({ provider }: Draft, draws: Draws): string {
  const [member, { name, apply }] = [draws.pick(TOKEN_MEMBERS), change(draws)]
  provider.tokenResponse = then(provider.tokenResponse, (claims) =>
    changed(claims, member, apply, claims[member] ?? 'invalid_grant'),
  )
  return `token response, ${member}: ${name}`
}

function tokenAnswer(draft: Draft, draws: Draws): string {
  const { provider } = draft
  if (draws.percent(50)) {
    const { name, edit } = textEdit(draws, 1500)
    provider.tokenText = edit
    return `token response, text ${name}`
  }
  const status = draws.pick([200, 200, 201, 204, 302, 400, 401, 403, 404, 429, 500, 503])
  const type = draws.pick(['application/json', 'text/html', 'application/jwt', 'application/json;charset=utf-8', ''])
  provider.tokenAnswer = { status, type }
  return `token response, answered ${status} ${type}`
}

function callbackMember({ browser }: Draft, draws: Draws): string {
  const member = draws.pick(draws.percent(70) ? CALLBACK_MEMBERS : FOREIGN)
  const value = draws.pick(VALUES)
  const how = draws.pick(['set', 'twice', 'removed', 'put first', 'in capitals', 'edited'])
  const { name, edit } = textEdit(draws, 90)
  const isSame = draws.percent(50)
  const earlier = browser.callbackQuery
  browser.callbackQuery = (honest) => {
    const query = new URLSearchParams(earlier(honest))
    const before = query.get(member) ?? ''
    if (how === 'set') query.set(member, value)
    if (how === 'twice') query.append(member, isSame ? before : value)
    if (how === 'removed') query.delete(member)
    if (how === 'put first') return `${encodeURIComponent(member)}=${encodeURIComponent(value)}&${query.toString()}`
    if (how === 'in capitals') query.set(member, before.toUpperCase())
    if (how === 'edited') query.set(member, edit(before))
    return query.toString()
  }
  return `callback, ${member} ${how === 'edited' ? name : `${how} ${value}`}`
}

function callbackText({ browser }: Draft, draws: Draws): string {
  const { name, edit } = textEdit(draws, 220)
  const earlier = browser.callbackQuery
  // What no browser sends is encoded as browsers do.
  browser.callbackQuery = (honest) => edit(earlier(honest)).replace(/[^!-~]|["'<>\\^`{|}#]/gu, encodeURIComponent)
  return `callback, text ${name}`
}

function callbackMethod({ browser }: Draft, draws: Draws): string {
  browser.callbackMethod = draws.pick(['POST', 'POST with the query in the body', 'HEAD', 'PUT'])
  return `callback, by ${browser.callbackMethod}`
}

function pendingCookie({ browser }: Draft, draws: Draws): string {
  const how = draws.pick(['without', 'edited', 'edited', 'edited', 'renamed', 'in capitals', 'of zeros', 'twice'])
  const { name, edit } = textEdit(draws, 400)
  browser.callbackCookies = (honest) =>
    honest.flatMap(([cookie, value]): [string, string][] => {
      if (how === 'without') return []
      if (how === 'renamed') return [[`${cookie}0`, value]]
      if (how === 'in capitals') return [[cookie, value.toUpperCase()]]
      if (how === 'of zeros') return [[cookie, value.replaceAll(/[0-9a-f]/g, '0')]]
      if (how === 'twice')
        return [
          [cookie, edit(value)],
          [cookie, value],
        ]
      return [[cookie, edit(value)]]
    })
  return `cookie of the sign-in, ${how === 'edited' || how === 'twice' ? `${how} ${name}` : how}`
}

function authorizeMember({ browser }: Draft, draws: Draws): string {
  const [member, how] = [draws.pick(AUTHORIZE_MEMBERS), draws.pick(['set', 'set', 'removed', 'edited', 'twice'])]
  const value = draws.pick([
    ...VALUES,
    'openid',
    'plain',
    'none',
    'token',
    'code id_token',
    '0',
    'AAL1_USERPASS',
    'https://evil.example',
  ])
  const { name, edit } = textEdit(draws, 60)
  const earlier = browser.authorizeQuery
  browser.authorizeQuery = (honest) => {
    const query = new URLSearchParams(earlier(honest))
    if (how === 'set') query.set(member, value)
    if (how === 'removed') query.delete(member)
    if (how === 'edited') query.set(member, edit(query.get(member) ?? ''))
    if (how === 'twice') query.append(member, value)
    return query
  }
  return `authorization request, ${member} ${how === 'edited' ? name : `${how} ${value}`}`
}

function loginMember({ browser }: Draft, draws: Draws): string {
  const [member, value] = [
    draws.pick(LOGIN_MEMBERS),
    draws.pick([...VALUES, '3', '4', '60', '//evil.example', '/login', '1e9']),
  ]
  const earlier = browser.loginQuery
  browser.loginQuery = (honest) => {
    const query = new URLSearchParams(earlier(honest))
    query.append(member, value)
    return query
  }
  return `/login, ${member}=${value}`
}

function mixed(draft: Draft, draws: Draws): string {
  draft.mixed = draws.pick(MIXES)
  return `mixed with another sign-in: ${draft.mixed}`
}

function sessionCookie(draft: Draft, draws: Draws): string {
  const { name, edit } = textEdit(draws, 110)
  draft.afterwards = { kind: 'session cookie', change: edit }
  return `session cookie, ${name}`
}

function afterRequest(draft: Draft, draws: Draws): string {
  const site = draws.pick(['cross-site', 'same-site', 'x', 'CROSS-SITE', 'none, same-origin'])
  const origin = draws.pick(['null', 'https://evil.example', 'http://127.0.0.1', 'http://localhost', ''])
  const headers: Record<string, string> = draws.percent(50) ? { 'sec-fetch-site': site, origin } : { origin }
  // An empty `Origin` is none: nothing that a browser sends.
  if (origin === '') headers['sec-fetch-site'] = site
  const path = draws.pick(['/logout', '/logout', '/logout?x=1', '/callback', '/login', '/change-role', '/session'])
  const body = draws.pick(['', 'state=x&code=y', '{"logout":true}', 'returnTo=//evil.example', '\0'])
  const type = draws.pick([
    'application/x-www-form-urlencoded',
    'application/json',
    'text/plain',
    'multipart/form-data',
  ])
  draft.afterwards = {
    kind: 'request',
    request: { method: 'POST', path, headers: { ...headers, 'content-type': type }, body },
    endsSession: false,
  }
  return `POST ${path} from elsewhere: ${JSON.stringify(headers)} ${type} ${body}`
}

function replay(draft: Draft, draws: Draws): string {
  const by = draws.pick(['the same browser', 'a new browser', 'another who signs in', 'after signing out'] as const)
  draft.afterwards = by === 'after signing out' ? { kind: 'old cookie after signing out' } : { kind: 'replay', by }
  return by === 'after signing out' ? 'the old cookie, after signing out' : `the callback again, by ${by}`
}

const LOGOUT_CLAIMS = ['iss', 'aud', 'iat', 'exp', 'jti', 'events', 'sid', 'sub', 'nonce', 'cause', 'typ']

function logoutToken(draft: Draft, draws: Draws): string {
  const honest: LogoutChange = {
    claims: (claims) => claims,
    header: (header) => header,
    signer: 'own',
    token: (token) => token,
    body: (token) => new URLSearchParams({ logout_token: token }).toString(),
    type: 'application/x-www-form-urlencoded',
    method: 'POST',
  }
  const { name, part } = logoutChange(draws, draft.number)
  draft.afterwards = { kind: 'logout token', change: { ...honest, ...part } } satisfies Afterwards
  return `logout token, ${name}`
}

function logoutChange(draws: Draws, number: number): { name: string; part: Partial<LogoutChange> } {
  switch (draws.below(6)) {
    case 0: {
      const signer = draws.pick(SIGNERS)
      return { name: `signed: ${signer}`, part: { signer } }
    }
    case 1: {
      const { name, edit } = textEdit(draws, 900)
      return { name: `text ${name}`, part: { token: edit } }
    }
    case 2: {
      const [member, value] = [draws.pick(HEADER_MEMBERS), draws.pick(HEADER_VALUES)]
      return {
        name: `header ${member}: ${JSON.stringify(value)}`,
        part: { header: (header) => ({ ...header, [member]: value }) },
      }
    }
    case 3: {
      const type = draws.pick([
        'application/json',
        'text/plain',
        'multipart/form-data; boundary=x',
        '',
        'application/jwt',
      ])
      const method = draws.pick(['POST', 'POST', 'PUT', 'PATCH', 'DELETE'])
      return { name: `sent by ${method} as ${type}`, part: { type, method } }
    }
    case 4: {
      const name = draws.pick(['LOGOUT_TOKEN', 'logout_token[]', 'token', 'id_token', 'logout_token '])
      return { name: `named ${name}`, part: { body: (token) => new URLSearchParams([[name, token]]).toString() } }
    }
    default: {
      const [claim, { name, apply }] = [draws.pick(LOGOUT_CLAIMS), change(draws)]
      // A name that other sign-ins have too would bar them.
      const own = (value: unknown) =>
        ['sid', 'sub'].includes(claim) && name !== 'unchanged' && typeof value === 'string'
          ? ownName(value, number)
          : value
      const claims = (honest: Claims) => changed(honest, claim, (one) => own(apply(one)), honest[claim] ?? 'x')
      return { name: `${claim}: ${name}`, part: { claims } }
    }
  }
}

/** A name that no other sign-in has, blank where it was; an empty one names nobody. */
function ownName(name: string, number: number): string {
  if (name === '') return name
  return name.trim() === '' ? name + number.toString(2).replaceAll('0', ' ').replaceAll('1', '\t') : `${name}${number}`
}

function published(draft: Draft, draws: Draws): string {
  const honest: Published = { metadata: (document) => document, jwks: (document) => document }
  if (draws.percent(50)) {
    const [member, { name, apply }] = [draws.pick(METADATA_MEMBERS), change(draws)]
    const address = draws.percent(40) ? draws.pick(ADDRESSES) : undefined
    const put = (value: unknown) => address ?? apply(value)
    draft.published = { ...honest, metadata: (document) => changed(document, member, put) }
    return `discovery, ${member}: ${address ?? name}`
  }
  const [member, { name, apply }] = [draws.pick(JWK_MEMBERS), change(draws)]
  const which = draws.below(3)
  draft.published = {
    ...honest,
    jwks: ({ keys }) => ({
      keys: keys.map((key, at) =>
        which === 2 || which === at ? changed(key as Claims, member, apply, (key as Claims)[member] ?? 'x') : key,
      ),
    }),
  }
  return `keys, ${member} of ${['the second', 'the first', 'both'][which] ?? ''}: ${name}`
}
