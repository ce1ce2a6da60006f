/** Faults of the UserInfo endpoint: in its claims, its signature, its answer. */
import type { Claims } from '../jwt.js'
import { type FaultsAt, numberOr, unsign, valueOr } from './fault.js'

const MEGABYTE = 1024 * 1024

function changeLists(claims: Claims, change: (list: unknown[]) => unknown): void {
  for (const [name, value] of Object.entries(claims)) if (Array.isArray(value)) claims[name] = change(value)
}

const WITHOUT_ROLES = 'Without roles: whatever needs one is refused.'

/** Claims of another person, in another shape, or missing. */
export const userInfoClaims = {
  'userinfo-sub-swapped': {
    spoils: 'UserInfo speaks of another person.',
    outcome: 'refuse',
    note: 'Nothing of that UserInfo is used.',
    takes: 'text',
    spoil: (claims, value) => (claims.sub = valueOr(value, '555999999999')),
  },
  'userinfo-sub-missing': {
    spoils: 'UserInfo has no sub.',
    outcome: 'refuse',
    spoil: (claims) => delete claims.sub,
  },
  'userinfo-lists-single': {
    spoils: 'Every list of UserInfo is its first entry, as a bare object.',
    outcome: 'accept',
    spoil: (claims) => {
      changeLists(claims, ([first]) => first)
    },
  },
  'userinfo-lists-null': {
    spoils: 'Every list of UserInfo is null.',
    outcome: 'accept',
    note: WITHOUT_ROLES,
    spoil: (claims) => {
      changeLists(claims, () => null)
    },
  },
  'userinfo-lists-missing': {
    spoils: 'Every list of UserInfo is missing.',
    outcome: 'accept',
    note: WITHOUT_ROLES,
    spoil: (claims) => {
      changeLists(claims, () => undefined)
    },
  },
  'userinfo-email-missing': {
    spoils: 'UserInfo has no e-mail address.',
    outcome: 'accept',
    spoil: (claims) => delete claims.email,
  },
  'userinfo-name-hostile': {
    spoils: "The user's name is markup.",
    outcome: 'accept',
    note: 'Pages show the name as text.',
    spoil: (claims) => {
      for (const name of ['name', 'display_name', 'given_name']) claims[name] = '<img src=x onerror=alert(1)>'
    },
  },
  'userinfo-polluting': {
    spoils: 'UserInfo has members that are named like those of every object, to pollute them.',
    outcome: 'accept',
    note: 'No object of the application has changed.',
    spoil: (claims) => {
      for (const name of ['__proto__', 'constructor']) {
        Object.defineProperty(claims, name, { value: { admin: true }, enumerable: true })
      }
    },
  },
} satisfies FaultsAt<'userinfo-claims'>

/** For clients that are registered for signed UserInfo. */
export const userInfoToken = {
  'userinfo-forged': {
    spoils: 'Signed UserInfo is signed by a stranger.',
    outcome: 'refuse',
    spoil: (draft) => (draft.signWith = 'stranger'),
  },
  'userinfo-unsigned': {
    spoils: 'Signed UserInfo has no signature, alg is none.',
    outcome: 'refuse',
    spoil: unsign,
  },
  'userinfo-with-aud': {
    spoils: 'Signed UserInfo has an aud, as NHS has announced it may.',
    outcome: 'accept',
    spoil: ({ claims, clientId }) => (claims.aud = clientId),
  },
  'userinfo-aud-wrong': {
    spoils: 'Signed UserInfo was made for another client.',
    outcome: 'refuse',
    spoil: ({ claims }) => (claims.aud = 'another-client'),
  },
  'userinfo-iss-wrong': {
    spoils: 'Signed UserInfo names another issuer.',
    outcome: 'refuse',
    spoil: ({ claims }) => (claims.iss = 'https://elsewhere.example'),
  },
} satisfies FaultsAt<'userinfo-token'>

/** Out of reach, or answering something else. */
export const userInfoAnswer = {
  'userinfo-down': {
    spoils: 'The UserInfo endpoint answers 500 (or the given status).',
    outcome: 'unavailable',
    takes: 'status',
    spoil: (answer, value) => {
      Object.assign(answer, {
        status: numberOr(value, 500),
        type: 'application/json',
        body: '{"error":"server_error"}',
      })
    },
  },
  'userinfo-slow': {
    spoils: 'The UserInfo endpoint answers after 30 (or the given) seconds.',
    outcome: 'unavailable',
    note: 'It gives up within its own time limit.',
    takes: 'seconds',
    spoil: (answer, value) => (answer.delaySeconds = numberOr(value, 30)),
  },
  'userinfo-huge': {
    spoils: 'UserInfo is 32 megabytes (or the given number of bytes) long.',
    outcome: 'refuse',
    note: 'It stops reading early.',
    takes: 'bytes',
    spoil: (answer, value) => (answer.body = `{"sub":"${'5'.repeat(numberOr(value, 32 * MEGABYTE))}"}`),
  },
} satisfies FaultsAt<'userinfo-answer'>
