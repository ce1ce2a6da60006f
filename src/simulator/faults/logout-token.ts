/** Faults of back-channel logout: in the token, and in its delivery. */
import { type FaultsAt, issuedAt, numberOr, unsign } from './fault.js'

const HOUR = 3600

const signature = {
  'logout-token-forged': {
    spoils: 'The logout token is signed by a stranger.',
    outcome: 'refuse',
    spoil: (draft) => (draft.signWith = 'stranger'),
  },
  'logout-token-unsigned': {
    spoils: 'The logout token has no signature, alg is none.',
    outcome: 'refuse',
    spoil: unsign,
  },
  'logout-token-alg': {
    spoils: 'The logout token is signed with ES256 and a key that is really published.',
    outcome: 'refuse',
    spoil: (draft) => {
      draft.header.alg = 'ES256'
      draft.signWith = 'elliptic'
    },
  },
  'logout-token-kid-unknown': {
    spoils: 'The kid of the logout token is in no key set.',
    outcome: 'refuse',
    spoil: (draft) => (draft.header.kid = '../../nowhere'),
  },
  'logout-token-garbage': {
    spoils: 'The logout token is a text that is no token.',
    outcome: 'refuse',
    spoil: (draft) => (draft.finish = () => 'not-a-token'),
  },
} satisfies FaultsAt<'logout-token'>

const claims = {
  'logout-token-iss': {
    spoils: 'The logout token names another issuer.',
    outcome: 'refuse',
    spoil: ({ claims }) => (claims.iss = `${String(claims.iss)}INVALID`),
  },
  'logout-token-aud': {
    spoils: 'The logout token was made for another client.',
    outcome: 'refuse',
    spoil: ({ claims }) => (claims.aud = `${String(claims.aud)}INVALID`),
  },
  'logout-token-aud-list': {
    spoils: "The logout token's aud is a list.",
    outcome: 'accept',
    spoil: ({ claims }) => (claims.aud = [claims.aud]),
  },
  'logout-token-events-missing': {
    spoils: 'The logout token has no events.',
    outcome: 'refuse',
    spoil: ({ claims }) => delete claims.events,
  },
  'logout-token-events-wrong': {
    spoils: 'The logout token speaks of another event.',
    outcome: 'refuse',
    spoil: ({ claims }) => (claims.events = { 'http://schemas.openid.net/event/other': {} }),
  },
  'logout-token-nonce': {
    spoils: 'The logout token has a nonce, as an ID token would.',
    outcome: 'refuse',
    spoil: ({ claims }) => (claims.nonce = 'a-nonce'),
  },
  'logout-token-iat-missing': {
    spoils: 'The logout token does not say when it was made.',
    outcome: 'refuse',
    spoil: ({ claims }) => delete claims.iat,
  },
  'logout-token-future': {
    spoils: 'The logout token was made an hour (or the given seconds) from now.',
    outcome: 'refuse',
    takes: 'seconds',
    spoil: ({ claims }, value) => (claims.iat = issuedAt(claims) + numberOr(value, HOUR)),
  },
  'logout-token-expired': {
    spoils: 'The logout token expired an hour (or the given seconds) ago.',
    outcome: 'refuse',
    takes: 'seconds',
    spoil: ({ claims }, value) => (claims.exp = issuedAt(claims) - numberOr(value, HOUR)),
  },
  'logout-token-jti-missing': {
    spoils: 'The logout token has no jti.',
    outcome: 'refuse',
    spoil: ({ claims }) => delete claims.jti,
  },
  'logout-token-nobody': {
    spoils: 'The logout token has neither sid nor sub.',
    outcome: 'refuse',
    spoil: ({ claims }) => {
      delete claims.sid
      delete claims.sub
    },
  },
  'logout-token-sub-only': {
    spoils: 'The logout token has sub and no sid.',
    outcome: 'accept',
    note: "All of the user's sessions that began before the token was made end.",
    spoil: ({ claims }) => delete claims.sid,
  },
  'logout-token-sid-only': {
    spoils: 'The logout token has sid and no sub.',
    outcome: 'accept',
    spoil: ({ claims }) => delete claims.sub,
  },
  'logout-token-typed': {
    spoils: 'The logout token says typ logout+jwt, as OpenID Connect recommends and CIS2 does not do.',
    outcome: 'accept',
    spoil: ({ header }) => (header.typ = 'logout+jwt'),
  },
} satisfies FaultsAt<'logout-token'>

/** Signed wrongly, or saying something wrong. */
export const logoutToken = { ...signature, ...claims }

/** Too often, or not at all. */
export const logoutDelivery = {
  'logout-lost': {
    spoils: 'Logout tokens are not sent at all.',
    outcome: 'nothing',
    note: 'The session ends by its own idle and absolute time limits.',
    spoil: (delivery) => (delivery.times = 0),
  },
  'logout-twice': {
    spoils: 'Every logout token is sent twice, with the same jti.',
    outcome: 'accept',
    note: 'The second is answered 400 and has no effect.',
    spoil: (delivery) => (delivery.times = 2),
  },
} satisfies FaultsAt<'logout-delivery'>
