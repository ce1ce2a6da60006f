/** Faults in the way back to the application, through the browser. */
import { type FaultsAt, valueOr } from './fault.js'

/** Parameters that are wrong, missing or doubled. */
export const callback = {
  'callback-iss-wrong': {
    spoils: 'The answer at the redirect URI names another issuer.',
    outcome: 'refuse',
    note: 'The code is not sent anywhere (RFC 9207).',
    spoil: (parameters) => {
      parameters.set('iss', 'https://elsewhere.example')
    },
  },
  'callback-iss-missing': {
    spoils: 'The answer at the redirect URI has no iss.',
    outcome: 'accept',
    spoil: (parameters) => {
      parameters.delete('iss')
    },
  },
  'callback-scope-missing': {
    spoils: 'The answer at the redirect URI has no scope and no client_id.',
    outcome: 'accept',
    spoil: (parameters) => {
      parameters.delete('scope')
      parameters.delete('client_id')
    },
  },
  'callback-extra-parameters': {
    spoils: 'The answer at the redirect URI has parameters that nobody has heard of.',
    outcome: 'accept',
    spoil: (parameters) => {
      parameters.set('session_state', 'x'.repeat(64))
      parameters.set('__proto__', 'x')
    },
  },
  'state-wrong': {
    spoils: 'The answer at the redirect URI repeats another state.',
    outcome: 'refuse',
    note: 'The code is not sent anywhere.',
    spoil: (parameters) => {
      parameters.set('state', `${String(parameters.get('state'))}1`)
    },
  },
  'state-missing': {
    spoils: 'The answer at the redirect URI has no state.',
    outcome: 'refuse',
    note: 'The code is not sent anywhere.',
    spoil: (parameters) => {
      parameters.delete('state')
    },
  },
  'state-twice': {
    spoils: 'The answer at the redirect URI has two states, the second of them wrong.',
    outcome: 'refuse',
    spoil: (parameters) => {
      parameters.append('state', 'another-state')
    },
  },
  'code-missing': {
    spoils: 'The answer at the redirect URI has no code and no error.',
    outcome: 'refuse',
    spoil: (parameters) => {
      parameters.delete('code')
    },
  },
  'code-unknown': {
    spoils: 'The code was never given out: the token endpoint says invalid_grant.',
    outcome: 'refuse',
    spoil: (parameters) => {
      parameters.set('code', 'never-given-out')
    },
  },
  'callback-error': {
    spoils: 'The answer is error=server_error (or the given error), with markup in its description.',
    outcome: 'refuse',
    note: 'The description is not put into a page as markup.',
    takes: 'text',
    spoil: (parameters, value) => {
      parameters.delete('code')
      parameters.set('error', String(valueOr(value, 'server_error')))
      parameters.set('error_description', '<script>alert(1)</script>')
    },
  },
} satisfies FaultsAt<'callback'>
