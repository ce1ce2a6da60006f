/** Faults of the NHS API platform, where ID tokens are exchanged. */
import { REFUSALS, type PlatformRefusal } from '../api-platform/problem.js'
import { type FaultsAt, numberOr } from './fault.js'
import { withTokens } from './token-answer.js'

const STAYS = 'The user stays signed in.'

/** Refuses both grants, or one of them. */
const refusing =
  (refusal: PlatformRefusal, only?: 'exchange' | 'refresh'): FaultsAt<'api-request'>[string]['spoil'] =>
  (draft) => {
    if (only === undefined || draft.grant === only) draft.refusal = refusal
  }

/** Refused where the platform checks the application; refresh tokens stay good, the assertion is used up. */
export const apiRequest = {
  'api-429': {
    spoils: 'The API platform answers 429, too many requests, with Retry-After: 1 (or the given seconds).',
    outcome: 'unavailable',
    note: `It waits as told, with a new assertion. ${STAYS}`,
    takes: 'seconds',
    spoil: (draft, value) => {
      draft.refusal = { ...REFUSALS.rateLimit, headers: { 'Retry-After': String(numberOr(value, 1)) } }
    },
  },
  'api-key-unknown': {
    spoils: 'The API platform does not know the API key, or knows it in another environment.',
    outcome: 'refuse',
    note: STAYS,
    spoil: refusing(REFUSALS.apiKey),
  },
  'api-not-approved': {
    spoils: 'The application is not subscribed to the API, or not approved yet: access_denied.',
    outcome: 'refuse',
    note: STAYS,
    spoil: refusing(REFUSALS.notApproved),
  },
  'api-key-set-missing': {
    spoils: 'No public key is registered with the API platform: 403, public_key error.',
    outcome: 'refuse',
    note: STAYS,
    spoil: refusing(REFUSALS.noKeySet, 'exchange'),
  },
  'api-key-set-unreachable': {
    spoils: "The API platform cannot reach the application's key set: 403, public_key error.",
    outcome: 'refuse',
    note: STAYS,
    spoil: refusing(REFUSALS.keySetUnreachable, 'exchange'),
  },
  'api-signature': {
    spoils: "The API platform says that the assertion's signature is wrong: 401, public_key error.",
    outcome: 'refuse',
    note: STAYS,
    spoil: refusing(REFUSALS.signature, 'exchange'),
  },
  'api-issuer-unpaired': {
    spoils: 'The API platform belongs to another CIS2 environment than the ID token.',
    outcome: 'refuse',
    note: STAYS,
    spoil: refusing(REFUSALS.issuer, 'exchange'),
  },
  'api-scopes-none': {
    spoils: "No scope of the application is for the user's level: unauthorized_client, in words that mislead.",
    outcome: 'refuse',
    note: `It says that the level may be the reason. ${STAYS}`,
    spoil: refusing(REFUSALS.noScopes, 'exchange'),
  },
  'api-refresh-invalid': {
    spoils: 'The API platform takes no refresh token: invalid_grant.',
    outcome: 'refuse',
    note: 'It exchanges the ID token anew while that lasts, else asks the user to sign in again.',
    spoil: refusing(REFUSALS.refreshToken, 'refresh'),
  },
  'api-refresh-over': {
    spoils: 'The 12 hours in which the API platform refreshes are over: invalid_grant.',
    outcome: 'refuse',
    note: 'It asks the user to sign in again.',
    spoil: refusing(REFUSALS.refreshOver, 'refresh'),
  },
} satisfies FaultsAt<'api-request'>

/** Done, and then answered badly: a refresh token is used up although nobody got its successor. */
export const apiAnswer = {
  'api-down': {
    spoils: 'The API platform answers 503 (or the given status, 504 for example) with a page.',
    outcome: 'unavailable',
    note: `It does not send the same assertion or refresh token again. ${STAYS}`,
    takes: 'status',
    spoil: (answer, value) => {
      Object.assign(answer, { status: numberOr(value, 503), type: 'text/html', body: '<h1>Service unavailable</h1>' })
    },
  },
  'api-slow': {
    spoils: 'The API platform answers after 30 (or the given) seconds.',
    outcome: 'unavailable',
    note: `It gives up within its own time limit. ${STAYS}`,
    takes: 'seconds',
    spoil: (answer, value) => (answer.delaySeconds = numberOr(value, 30)),
  },
  'api-cut': {
    spoils: 'The API platform closes the connection in the middle of its answer.',
    outcome: 'unavailable',
    note: `It does not send the same assertion or refresh token again. ${STAYS}`,
    spoil: (answer) => (answer.cut = true),
  },
  'api-answer-html': {
    spoils: 'The API platform answers 200 with a page of HTML.',
    outcome: 'refuse',
    note: STAYS,
    spoil: (answer) => {
      Object.assign(answer, { type: 'text/html', body: '<h1>Welcome</h1>' })
    },
  },
  'api-token-missing': {
    spoils: "The API platform's answer has no access_token.",
    outcome: 'refuse',
    note: STAYS,
    spoil: (answer) => {
      withTokens(answer, (body) => delete body.access_token)
    },
  },
  'api-token-short': {
    spoils: "The API platform's access token lives 30 (or the given) seconds.",
    outcome: 'accept',
    note: 'It gets another before the next call.',
    takes: 'seconds',
    spoil: (answer, value) => {
      withTokens(answer, (body) => (body.expires_in = String(numberOr(value, 30))))
    },
  },
  'api-refresh-missing': {
    spoils: "The API platform's answer has no refresh_token.",
    outcome: 'accept',
    note: 'It exchanges the ID token anew while that lasts.',
    spoil: (answer) => {
      withTokens(answer, (body) => delete body.refresh_token)
    },
  },
} satisfies FaultsAt<'api-answer'>
