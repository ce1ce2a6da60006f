/** Faults in what the ID token says. */
import { type FaultsAt, issuedAt, numberOr, valueOr } from './fault.js'

const HOUR = 3600

const identity = {
  'iss-mismatch': {
    spoils: 'The ID token names another issuer.',
    outcome: 'refuse',
    takes: 'text',
    spoil: ({ claims }, value) => (claims.iss = valueOr(value, `${String(claims.iss)}1`)),
  },
  'iss-without-port': {
    spoils: "The ID token's issuer has lost its explicit port.",
    outcome: 'refuse',
    note: 'Issuers are compared as text.',
    spoil: ({ claims }) => (claims.iss = String(claims.iss).replace(/:\d+(?=\/)/, '')),
  },
  'aud-wrong': {
    spoils: 'The ID token was made for another client.',
    outcome: 'refuse',
    takes: 'text',
    spoil: ({ claims }, value) => (claims.aud = valueOr(value, 'another-client')),
  },
  'aud-missing': {
    spoils: 'The ID token has no aud.',
    outcome: 'refuse',
    spoil: ({ claims }) => delete claims.aud,
  },
  'aud-extra': {
    spoils: 'The ID token names a second audience that nobody registered.',
    outcome: 'refuse',
    spoil: ({ claims }) => (claims.aud = [claims.aud, 'another-client']),
  },
  'aud-as-list': {
    spoils: 'aud is a list of one.',
    outcome: 'accept',
    spoil: ({ claims }) => (claims.aud = [claims.aud]),
  },
  'azp-wrong': {
    spoils: 'The ID token was authorised for another client.',
    outcome: 'refuse',
    spoil: ({ claims }) => (claims.azp = 'another-client'),
  },
  'nonce-wrong': {
    spoils: 'The ID token repeats another nonce.',
    outcome: 'refuse',
    spoil: ({ claims }) => (claims.nonce = `${String(claims.nonce)}1`),
  },
  'nonce-missing': {
    spoils: 'The ID token has no nonce.',
    outcome: 'refuse',
    spoil: ({ claims }) => delete claims.nonce,
  },
  'sub-missing': {
    spoils: 'The ID token has no sub.',
    outcome: 'refuse',
    spoil: ({ claims }) => delete claims.sub,
  },
  'sub-empty': {
    spoils: 'sub is an empty text.',
    outcome: 'refuse',
    spoil: ({ claims }) => (claims.sub = ''),
  },
  'sid-missing': {
    spoils: 'The ID token has no sid.',
    outcome: 'accept',
    note: 'A logout token then finds the session by sub.',
    spoil: ({ claims }) => delete claims.sid,
  },
  'at-hash-wrong': {
    spoils: 'at_hash belongs to another access token.',
    outcome: 'refuse',
    spoil: ({ claims }) => (claims.at_hash = 'AAAAAAAAAAAAAAAAAAAAAA'),
  },
  'logout-token-as-id-token': {
    spoils: 'The ID token carries the events of a logout token.',
    outcome: 'refuse',
    note: 'One kind of token must not pass for another.',
    spoil: ({ header, claims }) => {
      header.typ = 'logout+jwt'
      claims.events = { 'http://schemas.openid.net/event/backchannel-logout': {} }
    },
  },
} satisfies FaultsAt<'id-token'>

const times = {
  'iat-missing': {
    spoils: 'The ID token does not say when it was issued.',
    outcome: 'refuse',
    spoil: ({ claims }) => delete claims.iat,
  },
  'iat-future': {
    spoils: 'The ID token was issued an hour (or the given seconds) from now.',
    outcome: 'refuse',
    takes: 'seconds',
    spoil: ({ claims }, value) => (claims.iat = issuedAt(claims) + numberOr(value, HOUR)),
  },
  'iat-old': {
    spoils: 'The ID token was issued an hour (or the given seconds) ago.',
    outcome: 'refuse',
    takes: 'seconds',
    spoil: ({ claims }, value) => (claims.iat = issuedAt(claims) - numberOr(value, HOUR)),
  },
  'id-token-expired': {
    spoils: 'The ID token expired an hour (or the given seconds) ago.',
    outcome: 'refuse',
    takes: 'seconds',
    spoil: ({ claims }, value) => (claims.exp = issuedAt(claims) - numberOr(value, HOUR)),
  },
  'exp-missing': {
    spoils: 'The ID token does not say when it expires.',
    outcome: 'refuse',
    spoil: ({ claims }) => delete claims.exp,
  },
  'exp-far': {
    spoils: 'The ID token expires in ten years (or the given seconds).',
    outcome: 'refuse',
    note: "CIS2's tokens live an hour.",
    takes: 'seconds',
    spoil: ({ claims }, value) => (claims.exp = issuedAt(claims) + numberOr(value, 10 * 365 * 24 * HOUR)),
  },
  'auth-time-old': {
    spoils: 'The user authenticated an hour (or the given seconds) before the token was issued.',
    outcome: 'refuse',
    note: 'Parameters such as prompt=login can be edited in the address bar; auth_time is signed.',
    takes: 'seconds',
    spoil: ({ claims }, value) => (claims.auth_time = issuedAt(claims) - numberOr(value, HOUR)),
  },
  'auth-time-missing': {
    spoils: 'The ID token does not say when the user authenticated.',
    outcome: 'refuse',
    spoil: ({ claims }) => delete claims.auth_time,
  },
  'auth-time-future': {
    spoils: 'The user authenticated an hour (or the given seconds) from now.',
    outcome: 'refuse',
    takes: 'seconds',
    spoil: ({ claims }, value) => (claims.auth_time = issuedAt(claims) + numberOr(value, HOUR)),
  },
} satisfies FaultsAt<'id-token'>

const assurance = {
  'acr-lowered': {
    spoils: 'The sign-in reached AAL1 (or the given level) although more was asked for; acr is "0".',
    outcome: 'refuse',
    note: 'What counts is authentication_assurance_level, never the request.',
    takes: 'text',
    spoil: ({ claims }, value) => {
      claims.authentication_assurance_level = String(valueOr(value, 1))
      claims.acr = '0'
    },
  },
  'acr-zero': {
    spoils: 'acr is "0"; the level is what it is.',
    outcome: 'accept',
    note: 'The level is judged by authentication_assurance_level.',
    spoil: ({ claims }) => (claims.acr = '0'),
  },
  'level-missing': {
    spoils: 'authentication_assurance_level is missing.',
    outcome: 'refuse',
    spoil: ({ claims }) => delete claims.authentication_assurance_level,
  },
  'level-odd': {
    spoils: 'authentication_assurance_level is "AAL3" (or the given text), not a number.',
    outcome: 'refuse',
    takes: 'text',
    spoil: ({ claims }, value) => (claims.authentication_assurance_level = valueOr(value, 'AAL3')),
  },
  'levels-as-numbers': {
    spoils: 'Assurance levels are numbers, not strings.',
    outcome: 'accept',
    spoil: ({ claims }) => {
      claims.authentication_assurance_level = Number(claims.authentication_assurance_level)
      claims.id_assurance_level = Number(claims.id_assurance_level)
    },
  },
  'identity-level-lowered': {
    spoils: "The person's identity was proved to level 1 (or the given level) only.",
    outcome: 'refuse',
    takes: 'text',
    spoil: ({ claims }, value) => (claims.id_assurance_level = String(valueOr(value, 1))),
  },
  'identity-level-missing': {
    spoils: 'id_assurance_level is missing.',
    outcome: 'refuse',
    spoil: ({ claims }) => {
      delete claims.id_assurance_level
      delete claims.idassurancelevel
    },
  },
} satisfies FaultsAt<'id-token'>

const WITHOUT_ROLE = 'With no selected role: whatever needs one is refused.'

const role = {
  'selected-role-empty': {
    spoils: 'selected_roleid is an empty text.',
    outcome: 'accept',
    note: WITHOUT_ROLE,
    spoil: ({ claims }) => (claims.selected_roleid = ''),
  },
  'selected-role-missing': {
    spoils: 'selected_roleid is missing, although selectedrole was asked for.',
    outcome: 'accept',
    note: WITHOUT_ROLE,
    spoil: ({ claims }) => delete claims.selected_roleid,
  },
  'selected-role-unknown': {
    spoils: "selected_roleid names a role that is not in the user's list.",
    outcome: 'accept',
    note: WITHOUT_ROLE,
    takes: 'text',
    spoil: ({ claims }, value) => (claims.selected_roleid = valueOr(value, '555099999999')),
  },
} satisfies FaultsAt<'id-token'>

/** Whom the token speaks of and to, when, and how surely. */
export const idTokenClaims = { ...identity, ...times, ...assurance, ...role }
