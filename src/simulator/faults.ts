/** The named faults: what each spoils, and what a correct relying party does about it. */
import type { JWK } from 'jose'

import type { Answer } from './answer.js'
import type { Claims, JwtDraft } from './jwt.js'

/** `true` for the fault as the table describes it; a text or number for a variant of one's own. */
export type FaultValue = true | string | number

/** What CIS2 is about to say, by the place where it says it. A fault changes the draft in place. */
export interface FaultDrafts {
  discovery: Claims
  jwks: { keys: JWK[] }
  callback: URLSearchParams
  'id-token': JwtDraft
  'token-answer': Answer
  'userinfo-claims': Claims
  'userinfo-token': JwtDraft & { readonly clientId: string }
  'userinfo-answer': Answer
  'logout-token': JwtDraft
  /** Answers of the JWKS and discovery addresses. */
  'metadata-answer': Answer
  /** Times that each logout token is sent. */
  'logout-delivery': { times: number }
}

/** Where in the conversation a fault strikes. */
export type FaultPlace = keyof FaultDrafts

/** A row of the table. */
export interface Fault<Place extends FaultPlace> {
  /** What the simulator sends. */
  readonly spoils: string
  /** What a correct relying party does. */
  readonly relyingParty: string
  readonly spoil: (draft: FaultDrafts[Place], value: FaultValue) => void
}

const REFUSES = 'Refuses the sign-in; the user is not signed in.'
const CARRIES_ON = 'Signs the user in as usual.'
const UNAVAILABLE = 'Gives up within its time limit and says that CIS2 cannot be reached; nobody is signed in.'
const KEEPS_SESSION = 'Answers 400 and ends no session.'

const seconds = (value: FaultValue, usual: number) => (typeof value === 'number' ? value : usual)
const text = (value: FaultValue, usual: unknown) => (value === true ? usual : value)
const now = (claims: Claims) => Number(claims.iat)

/** A token whose payload was changed after it was signed. */
function alterPayload(token: string): string {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims
  const altered = Buffer.from(JSON.stringify({ ...claims, sub: '555999999999' })).toString('base64url')
  return `${header}.${altered}.${signature}`
}

const withJson = (answer: Answer, change: (body: Claims) => void) => {
  const body = JSON.parse(answer.body) as Claims
  change(body)
  answer.body = JSON.stringify(body)
}

const idToken = {
  'iss-mismatch': {
    spoils: 'The ID token names another issuer.',
    relyingParty: REFUSES,
    spoil: ({ claims }, value) => (claims.iss = text(value, `${String(claims.iss)}1`)),
  },
  'iss-without-port': {
    spoils: "The ID token's issuer has lost its explicit port.",
    relyingParty: `${REFUSES} Issuers are compared as text.`,
    spoil: ({ claims }) => (claims.iss = String(claims.iss).replace(/:\d+(?=\/)/, '')),
  },
  'aud-wrong': {
    spoils: 'The ID token was made for another client.',
    relyingParty: REFUSES,
    spoil: ({ claims }, value) => (claims.aud = text(value, 'another-client')),
  },
  'aud-extra': {
    spoils: 'The ID token names a second audience that nobody registered.',
    relyingParty: REFUSES,
    spoil: ({ claims }) => (claims.aud = [claims.aud, 'another-client']),
  },
  'azp-wrong': {
    spoils: 'The ID token was authorised for another client.',
    relyingParty: REFUSES,
    spoil: ({ claims }) => (claims.azp = 'another-client'),
  },
  'nonce-wrong': {
    spoils: 'The ID token repeats another nonce.',
    relyingParty: REFUSES,
    spoil: ({ claims }) => (claims.nonce = `${String(claims.nonce)}1`),
  },
  'nonce-missing': {
    spoils: 'The ID token has no nonce.',
    relyingParty: REFUSES,
    spoil: ({ claims }) => delete claims.nonce,
  },
  'sub-missing': {
    spoils: 'The ID token has no sub.',
    relyingParty: REFUSES,
    spoil: ({ claims }) => delete claims.sub,
  },
  'iat-missing': {
    spoils: 'The ID token does not say when it was issued.',
    relyingParty: REFUSES,
    spoil: ({ claims }) => delete claims.iat,
  },
  'iat-future': {
    spoils: 'The ID token was issued an hour (or the given seconds) from now.',
    relyingParty: REFUSES,
    spoil: ({ claims }, value) => (claims.iat = now(claims) + seconds(value, 3600)),
  },
  'iat-old': {
    spoils: 'The ID token was issued an hour (or the given seconds) ago.',
    relyingParty: REFUSES,
    spoil: ({ claims }, value) => (claims.iat = now(claims) - seconds(value, 3600)),
  },
  'id-token-expired': {
    spoils: 'The ID token expired an hour (or the given seconds) ago.',
    relyingParty: REFUSES,
    spoil: ({ claims }, value) => (claims.exp = now(claims) - seconds(value, 3600)),
  },
  'auth-time-old': {
    spoils: 'The user authenticated an hour (or the given seconds) before the token was issued.',
    relyingParty: `${REFUSES} Parameters such as prompt=login can be edited in the address bar; auth_time is signed.`,
    spoil: ({ claims }, value) => (claims.auth_time = now(claims) - seconds(value, 3600)),
  },
  'auth-time-missing': {
    spoils: 'The ID token does not say when the user authenticated.',
    relyingParty: REFUSES,
    spoil: ({ claims }) => delete claims.auth_time,
  },
  'auth-time-future': {
    spoils: 'The user authenticated an hour (or the given seconds) from now.',
    relyingParty: REFUSES,
    spoil: ({ claims }, value) => (claims.auth_time = now(claims) + seconds(value, 3600)),
  },
  'acr-lowered': {
    spoils: 'The sign-in reached AAL1 (or the given level) although more was asked for; acr is "0".',
    relyingParty: `${REFUSES} What counts is authentication_assurance_level, never the request.`,
    spoil: ({ claims }, value) => {
      claims.authentication_assurance_level = String(text(value, 1))
      claims.acr = '0'
    },
  },
  'acr-zero': {
    spoils: 'acr is "0"; the level is what it is.',
    relyingParty: `${CARRIES_ON} The level is judged by authentication_assurance_level.`,
    spoil: ({ claims }) => (claims.acr = '0'),
  },
  'level-missing': {
    spoils: 'authentication_assurance_level is missing.',
    relyingParty: REFUSES,
    spoil: ({ claims }) => delete claims.authentication_assurance_level,
  },
  'level-odd': {
    spoils: 'authentication_assurance_level is "AAL3" (or the given text), not a number.',
    relyingParty: REFUSES,
    spoil: ({ claims }, value) => (claims.authentication_assurance_level = text(value, 'AAL3')),
  },
  'levels-as-numbers': {
    spoils: 'Assurance levels are numbers, not strings.',
    relyingParty: CARRIES_ON,
    spoil: ({ claims }) => {
      claims.authentication_assurance_level = Number(claims.authentication_assurance_level)
      claims.id_assurance_level = Number(claims.id_assurance_level)
    },
  },
  'identity-level-lowered': {
    spoils: "The person's identity was proved to level 1 (or the given level) only.",
    relyingParty: REFUSES,
    spoil: ({ claims }, value) => (claims.id_assurance_level = String(text(value, 1))),
  },
  'identity-level-missing': {
    spoils: 'id_assurance_level is missing.',
    relyingParty: REFUSES,
    spoil: ({ claims }) => {
      delete claims.id_assurance_level
      delete claims.idassurancelevel
    },
  },
  'selected-role-empty': {
    spoils: 'selected_roleid is an empty text.',
    relyingParty: 'Signs the user in with no selected role; whatever needs a role is refused.',
    spoil: ({ claims }) => (claims.selected_roleid = ''),
  },
  'selected-role-unknown': {
    spoils: "selected_roleid names a role that is not in the user's list.",
    relyingParty: 'Signs the user in with no selected role; whatever needs a role is refused.',
    spoil: ({ claims }, value) => (claims.selected_roleid = text(value, '555099999999')),
  },
  'sid-missing': {
    spoils: 'The ID token has no sid.',
    relyingParty: `${CARRIES_ON} A logout token then finds the session by sub.`,
    spoil: ({ claims }) => delete claims.sid,
  },
  'at-hash-wrong': {
    spoils: 'at_hash belongs to another access token.',
    relyingParty: REFUSES,
    spoil: ({ claims }) => (claims.at_hash = 'AAAAAAAAAAAAAAAAAAAAAA'),
  },
  'logout-token-as-id-token': {
    spoils: 'The ID token carries the events of a logout token.',
    relyingParty: `${REFUSES} One kind of token must not pass for another.`,
    spoil: ({ header, claims }) => {
      header.typ = 'logout+jwt'
      claims.events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
    },
  },
  'signature-forged': {
    spoils: "The ID token is signed by a stranger, under the real key's kid.",
    relyingParty: `${REFUSES} Relying on TLS alone would let it in.`,
    spoil: (draft) => (draft.signWith = 'stranger'),
  },
  'signature-missing': {
    spoils: 'The ID token has no signature, alg is none.',
    relyingParty: REFUSES,
    spoil: (draft) => {
      draft.header = { typ: 'JWT', alg: 'none' }
      draft.signWith = 'nothing'
    },
  },
  'payload-altered': {
    spoils: "Another user's sub was put into the ID token after it was signed.",
    relyingParty: REFUSES,
    spoil: (draft) => (draft.finish = alterPayload),
  },
  'alg-confused': {
    spoils: 'The ID token is signed with HS256; the secret is the text of the public key.',
    relyingParty: `${REFUSES} The algorithm comes from configuration, never from the token.`,
    spoil: (draft) => {
      draft.header.alg = 'HS256'
      draft.signWith = 'public-key-text'
    },
  },
  'alg-elliptic': {
    spoils: 'The ID token is signed with ES256 and a key that is really published.',
    relyingParty: `${REFUSES} CIS2 signs with RS256.`,
    spoil: (draft) => {
      draft.header.alg = 'ES256'
      draft.signWith = 'elliptic'
    },
  },
  'kid-unknown': {
    spoils: 'The kid of the ID token is in no key set.',
    relyingParty: `${REFUSES} It looks for new keys once, and not for every such token.`,
    spoil: (draft) => (draft.header.kid = '../../nowhere'),
  },
  'kid-missing': {
    spoils: 'The ID token has no kid, and several RSA keys are published.',
    relyingParty: 'Takes the one RSA key published for signing, or refuses; never tries keys marked for encryption.',
    spoil: (draft) => delete draft.header.kid,
  },
} satisfies Record<string, Fault<'id-token'>>

const callback = {
  'callback-iss-wrong': {
    spoils: 'The answer at the redirect URI names another issuer.',
    relyingParty: `${REFUSES} The code is not sent anywhere (RFC 9207).`,
    spoil: (parameters) => {
      parameters.set('iss', 'https://elsewhere.example')
    },
  },
  'callback-iss-missing': {
    spoils: 'The answer at the redirect URI has no iss.',
    relyingParty: CARRIES_ON,
    spoil: (parameters) => {
      parameters.delete('iss')
    },
  },
  'callback-scope-missing': {
    spoils: 'The answer at the redirect URI has no scope and no client_id.',
    relyingParty: CARRIES_ON,
    spoil: (parameters) => {
      parameters.delete('scope')
      parameters.delete('client_id')
    },
  },
  'state-wrong': {
    spoils: 'The answer at the redirect URI repeats another state.',
    relyingParty: `${REFUSES} The code is not sent anywhere.`,
    spoil: (parameters) => {
      parameters.set('state', `${parameters.get('state') ?? ''}1`)
    },
  },
  'code-missing': {
    spoils: 'The answer at the redirect URI has no code and no error.',
    relyingParty: REFUSES,
    spoil: (parameters) => {
      parameters.delete('code')
    },
  },
  'callback-error': {
    spoils: 'The answer is error=server_error (or the given error), with markup in its description.',
    relyingParty: 'Shows a plain page; the description is not put into it as markup.',
    spoil: (parameters, value) => {
      parameters.delete('code')
      parameters.set('error', String(text(value, 'server_error')))
      parameters.set('error_description', '<script>alert(1)</script>')
    },
  },
} satisfies Record<string, Fault<'callback'>>

const tokenAnswer = {
  'token-endpoint-down': {
    spoils: 'The token endpoint answers 503 with Retry-After.',
    relyingParty: UNAVAILABLE,
    spoil: (answer, value) => {
      Object.assign(answer, { status: seconds(value, 503), type: 'text/html', body: '<h1>Service unavailable</h1>' })
      answer.headers['Retry-After'] = '30'
    },
  },
  'token-endpoint-slow': {
    spoils: 'The token endpoint answers after 30 (or the given) seconds.',
    relyingParty: UNAVAILABLE,
    spoil: (answer, value) => (answer.delaySeconds = seconds(value, 30)),
  },
  'token-endpoint-cut': {
    spoils: 'The token endpoint closes the connection in the middle of its answer.',
    relyingParty: UNAVAILABLE,
    spoil: (answer) => (answer.cut = true),
  },
  'token-endpoint-redirects': {
    spoils: 'The token endpoint redirects to another host.',
    relyingParty: `${REFUSES} Neither the code nor a secret follows the redirect.`,
    spoil: (answer, value) => {
      answer.status = 307
      answer.headers.Location = String(text(value, 'https://elsewhere.example/access_token'))
    },
  },
  'client-refused': {
    spoils: 'The token endpoint says invalid_client, "JWT is not valid".',
    relyingParty: `${REFUSES} It tells its operators the likely causes, and does not try again by itself.`,
    spoil: (answer) => {
      answer.status = 401
      answer.body = '{"error_description":"JWT is not valid","error":"invalid_client"}'
    },
  },
  'token-answer-html': {
    spoils: 'The token endpoint answers 200 with a page of HTML.',
    relyingParty: REFUSES,
    spoil: (answer) => {
      Object.assign(answer, { type: 'text/html', body: '<h1>Welcome</h1>' })
    },
  },
  'token-type-wrong': {
    spoils: 'token_type is "mac".',
    relyingParty: REFUSES,
    spoil: (answer) => {
      withJson(answer, (body) => (body.token_type = 'mac'))
    },
  },
  'id-token-missing': {
    spoils: 'The token answer has no id_token.',
    relyingParty: REFUSES,
    spoil: (answer) => {
      withJson(answer, (body) => delete body.id_token)
    },
  },
} satisfies Record<string, Fault<'token-answer'>>

const userInfoClaims = {
  'userinfo-sub-swapped': {
    spoils: 'UserInfo speaks of another person.',
    relyingParty: `${REFUSES} Nothing of that UserInfo is used.`,
    spoil: (claims, value) => (claims.sub = text(value, '555999999999')),
  },
  'userinfo-sub-missing': {
    spoils: 'UserInfo has no sub.',
    relyingParty: REFUSES,
    spoil: (claims) => delete claims.sub,
  },
  'userinfo-lists-single': {
    spoils: 'Every list of UserInfo is its first entry, as a bare object.',
    relyingParty: CARRIES_ON,
    spoil: (claims) => {
      for (const [name, value] of Object.entries(claims)) {
        if (Array.isArray(value)) claims[name] = (value as unknown[])[0]
      }
    },
  },
  'userinfo-lists-null': {
    spoils: 'Every list of UserInfo is null.',
    relyingParty: 'Signs the user in without roles; whatever needs a role is refused.',
    spoil: (claims) => {
      for (const [name, value] of Object.entries(claims)) {
        if (Array.isArray(value)) claims[name] = null
      }
    },
  },
  'userinfo-email-missing': {
    spoils: 'UserInfo has no e-mail address.',
    relyingParty: CARRIES_ON,
    spoil: (claims) => delete claims.email,
  },
  'userinfo-name-hostile': {
    spoils: "The user's name is markup.",
    relyingParty: 'Signs the user in; pages show the name as text.',
    spoil: (claims) => {
      for (const name of ['name', 'display_name', 'given_name']) claims[name] = '<img src=x onerror=alert(1)>'
    },
  },
} satisfies Record<string, Fault<'userinfo-claims'>>

const userInfoToken = {
  'userinfo-forged': {
    spoils: 'Signed UserInfo is signed by a stranger. (For clients registered for signed UserInfo.)',
    relyingParty: REFUSES,
    spoil: (draft) => (draft.signWith = 'stranger'),
  },
  'userinfo-with-aud': {
    spoils: 'Signed UserInfo has an aud, as NHS has announced it may.',
    relyingParty: CARRIES_ON,
    spoil: ({ claims, clientId }) => (claims.aud = clientId),
  },
  'userinfo-aud-wrong': {
    spoils: 'Signed UserInfo was made for another client.',
    relyingParty: REFUSES,
    spoil: ({ claims }) => (claims.aud = 'another-client'),
  },
} satisfies Record<string, Fault<'userinfo-token'>>

const userInfoAnswer = {
  'userinfo-down': {
    spoils: 'The UserInfo endpoint answers 500 (or the given status).',
    relyingParty: UNAVAILABLE,
    spoil: (answer, value) => {
      Object.assign(answer, { status: seconds(value, 500), type: 'application/json', body: '{"error":"server_error"}' })
    },
  },
  'userinfo-slow': {
    spoils: 'The UserInfo endpoint answers after 30 (or the given) seconds.',
    relyingParty: UNAVAILABLE,
    spoil: (answer, value) => (answer.delaySeconds = seconds(value, 30)),
  },
  'userinfo-huge': {
    spoils: 'UserInfo is 32 megabytes (or the given number of bytes) long.',
    relyingParty: `${REFUSES} It stops reading early.`,
    spoil: (answer, value) => (answer.body = `{"sub":"${'5'.repeat(seconds(value, 32 * 1024 * 1024))}"}`),
  },
} satisfies Record<string, Fault<'userinfo-answer'>>

const discovery = {
  'discovery-issuer-wrong': {
    spoils: 'The discovery document names another issuer.',
    relyingParty: 'Does not start; nobody can sign in.',
    spoil: (document) => (document.issuer = `${String(document.issuer)}/other`),
  },
  'discovery-endpoint-moved': {
    spoils: 'The discovery document names a token endpoint on another host.',
    relyingParty: 'Does not use it; nobody can sign in.',
    spoil: (document) => (document.token_endpoint = 'https://elsewhere.example/access_token'),
  },
} satisfies Record<string, Fault<'discovery'>>

const jwks = {
  'jwks-empty': {
    spoils: 'The key set is empty.',
    relyingParty: 'Keeps the keys it has; a relying party that has none refuses the sign-in.',
    spoil: (keySet) => (keySet.keys = []),
  },
  'jwks-decoys-only': {
    spoils: 'The key set holds encryption keys only, one of them under the kid of the signing key.',
    relyingParty: REFUSES,
    spoil: (keySet) => (keySet.keys = keySet.keys.filter(({ use }) => use === 'enc')),
  },
} satisfies Record<string, Fault<'jwks'>>

const metadataAnswer = {
  'metadata-down': {
    spoils: 'Discovery and key set answer 503.',
    relyingParty: 'Keeps what it has, and tries again; users who are signed in notice nothing.',
    spoil: (answer) => (answer.status = 503),
  },
} satisfies Record<string, Fault<'metadata-answer'>>

const logoutToken = {
  'logout-token-forged': {
    spoils: 'The logout token is signed by a stranger.',
    relyingParty: KEEPS_SESSION,
    spoil: (draft) => (draft.signWith = 'stranger'),
  },
  'logout-token-unsigned': {
    spoils: 'The logout token has no signature, alg is none.',
    relyingParty: KEEPS_SESSION,
    spoil: (draft) => {
      draft.header = { typ: 'JWT', alg: 'none' }
      draft.signWith = 'nothing'
    },
  },
  'logout-token-alg': {
    spoils: 'The logout token is signed with ES256 and a key that is really published.',
    relyingParty: KEEPS_SESSION,
    spoil: (draft) => {
      draft.header.alg = 'ES256'
      draft.signWith = 'elliptic'
    },
  },
  'logout-token-iss': {
    spoils: 'The logout token names another issuer.',
    relyingParty: KEEPS_SESSION,
    spoil: ({ claims }) => (claims.iss = `${String(claims.iss)}INVALID`),
  },
  'logout-token-aud': {
    spoils: 'The logout token was made for another client.',
    relyingParty: KEEPS_SESSION,
    spoil: ({ claims }) => (claims.aud = `${String(claims.aud)}INVALID`),
  },
  'logout-token-events-missing': {
    spoils: 'The logout token has no events.',
    relyingParty: KEEPS_SESSION,
    spoil: ({ claims }) => delete claims.events,
  },
  'logout-token-events-wrong': {
    spoils: 'The logout token speaks of another event.',
    relyingParty: KEEPS_SESSION,
    spoil: ({ claims }) => (claims.events = { 'http://schemas.openid.net/event/other': {} }),
  },
  'logout-token-nonce': {
    spoils: 'The logout token has a nonce, as an ID token would.',
    relyingParty: KEEPS_SESSION,
    spoil: ({ claims }) => (claims.nonce = 'a-nonce'),
  },
  'logout-token-expired': {
    spoils: 'The logout token expired an hour ago.',
    relyingParty: KEEPS_SESSION,
    spoil: ({ claims }) => {
      claims.iat = now(claims) - 7200
      claims.exp = now(claims) + 3600
    },
  },
  'logout-token-nobody': {
    spoils: 'The logout token has neither sid nor sub.',
    relyingParty: KEEPS_SESSION,
    spoil: ({ claims }) => {
      delete claims.sid
      delete claims.sub
    },
  },
  'logout-token-sub-only': {
    spoils: 'The logout token has sub and no sid.',
    relyingParty: "Answers 200 and ends the user's sessions that began before the token was made.",
    spoil: ({ claims }) => delete claims.sid,
  },
  'logout-token-typed': {
    spoils: 'The logout token says typ logout+jwt, as OpenID Connect recommends and CIS2 does not do.',
    relyingParty: 'Answers 200 and ends the session.',
    spoil: ({ header }) => (header.typ = 'logout+jwt'),
  },
} satisfies Record<string, Fault<'logout-token'>>

const logoutDelivery = {
  'logout-lost': {
    spoils: 'Logout tokens are not sent at all.',
    relyingParty: 'The session ends by its own idle and absolute time limits.',
    spoil: (delivery) => (delivery.times = 0),
  },
  'logout-twice': {
    spoils: 'Every logout token is sent twice, with the same jti.',
    relyingParty: 'Answers 200, then 400; the second has no effect.',
    spoil: (delivery) => (delivery.times = 2),
  },
} satisfies Record<string, Fault<'logout-delivery'>>

/** All faults, by the place where they strike. */
export const FAULTS = {
  discovery,
  jwks,
  'metadata-answer': metadataAnswer,
  callback,
  'token-answer': tokenAnswer,
  'id-token': idToken,
  'userinfo-claims': userInfoClaims,
  'userinfo-token': userInfoToken,
  'userinfo-answer': userInfoAnswer,
  'logout-token': logoutToken,
  'logout-delivery': logoutDelivery,
} satisfies { [Place in FaultPlace]: Record<string, Fault<Place>> }

/** The name of a fault. */
export type FaultName = { [Place in FaultPlace]: keyof (typeof FAULTS)[Place] & string }[FaultPlace]

/** A fault as people read it. */
export interface FaultDescription {
  readonly name: FaultName
  readonly place: FaultPlace
  readonly spoils: string
  readonly relyingParty: string
}

/** The whole table, in the order of a sign-in. */
export function describeFaults(): FaultDescription[] {
  return Object.entries(FAULTS).flatMap(([place, faults]) =>
    Object.entries<{ spoils: string; relyingParty: string }>(faults).map(([name, { spoils, relyingParty }]) => ({
      name: name as FaultName,
      place: place as FaultPlace,
      spoils,
      relyingParty,
    })),
  )
}

/** Whether a text is the name of a fault. */
export function isFaultName(name: string): name is FaultName {
  return Object.values(FAULTS).some((faults) => Object.hasOwn(faults, name))
}

/** The three fault names that look most like a text: most pairs of letters in common. */
export function nearestNames(name: string): FaultName[] {
  const pairs = (word: string) => new Set(Array.from(word, (letter, index) => letter + (word[index + 1] ?? '')))
  const wanted = pairs(name)
  const likeness = (other: string) => [...pairs(other)].filter((pair) => wanted.has(pair)).length / other.length
  const names = describeFaults().map((fault) => fault.name)
  return names.sort((a, b) => likeness(b) - likeness(a)).slice(0, 3)
}
