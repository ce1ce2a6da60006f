/** Tokens and UserInfo that must not sign anybody in. */
import type { Scene } from '../test-case.js'
import { refusesSignIn, type Spoiled } from './refuses-sign-in.js'

/** What CIS2's conformance allows: five minutes, and beyond it what clocks may differ. */
const CONFORMANCE_AGE_SECONDS = 300

const TIMES: readonly Spoiled[] = [
  {
    id: 'auth-time-old',
    name: 'An old authentication (auth_time)',
    fault: 'auth-time-old',
    value: ({ config }) => CONFORMANCE_AGE_SECONDS + config.clockToleranceSeconds + 30,
    request: 'a callback whose ID token says that the user authenticated more than five minutes ago',
    requirements: ['Ses Req 003'],
  },
  {
    id: 'auth-time-missing',
    name: 'No auth_time',
    fault: 'auth-time-missing',
    request: 'a callback whose ID token does not say when the user authenticated',
    requirements: ['Ses Req 003'],
  },
  {
    id: 'id-token-expired',
    name: 'An expired ID token',
    fault: 'id-token-expired',
    request: 'a callback whose ID token expired an hour ago',
  },
]

const ORIGIN: readonly Spoiled[] = [
  {
    id: 'iss-wrong',
    name: 'A wrong issuer (iss)',
    fault: 'iss-mismatch',
    request: 'a callback whose ID token names another issuer',
  },
  {
    id: 'aud-wrong',
    name: 'A wrong audience (aud)',
    fault: 'aud-wrong',
    request: 'a callback whose ID token was made for another client',
  },
  {
    id: 'nonce-wrong',
    name: 'A wrong nonce',
    fault: 'nonce-wrong',
    request: 'a callback whose ID token repeats another nonce',
  },
  {
    id: 'signature-forged',
    name: 'A forged signature',
    fault: 'signature-forged',
    request: "a callback whose ID token a stranger signed, under the real key's kid",
  },
  {
    id: 'alg-none',
    name: 'No signature (alg: none)',
    fault: 'signature-missing',
    request: 'a callback whose ID token has alg none and no signature',
  },
  {
    id: 'alg-confused',
    name: 'A signature made with the public key (HS256)',
    fault: 'alg-confused',
    request: 'a callback whose ID token is signed with HS256 and the text of the public key',
  },
  {
    id: 'userinfo-sub',
    name: "Another person's UserInfo",
    fault: 'userinfo-sub-swapped',
    request: 'a callback after which UserInfo speaks of another person than the ID token',
    requirements: ['UI Req 001'],
  },
]

const LEVELS: readonly Spoiled[] = [
  {
    id: 'level-low',
    name: 'A lower authentication level than asked for',
    fault: 'acr-lowered',
    value: ({ config }: Scene) => String(config.aal - 1),
    request: 'a callback whose ID token reached one level less than the application asked for',
    requirements: ['ACR Req 001'],
  },
  {
    id: 'level-missing',
    name: 'No authentication level',
    fault: 'level-missing',
    request: 'a callback whose ID token has no authentication_assurance_level',
    requirements: ['ACR Req 001'],
  },
  {
    id: 'identity-level-low',
    name: 'A low identity level',
    fault: 'identity-level-lowered',
    value: '2',
    request: 'a callback whose ID token has id_assurance_level 2',
    requirements: ['SC Req 002'],
  },
  {
    id: 'identity-level-missing',
    name: 'No identity level',
    fault: 'identity-level-missing',
    request: 'a callback whose ID token has no id_assurance_level',
    requirements: ['SC Req 002'],
  },
]

export const TOKEN_TESTS = [...TIMES, ...ORIGIN, ...LEVELS].map(refusesSignIn)
