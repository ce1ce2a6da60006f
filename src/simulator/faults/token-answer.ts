/** Faults of the token endpoint. */
import type { Answer } from '../answer.js'
import type { Claims } from '../jwt.js'
import { type FaultsAt, numberOr, valueOr } from './fault.js'

const MEGABYTE = 1024 * 1024

/** Changes the tokens handed out; an answer that refuses the request has none, and stays as it is. */
export const withTokens = (answer: Answer, change: (body: Claims) => void) => {
  if (answer.status !== 200) return
  const body = JSON.parse(answer.body) as Claims
  change(body)
  answer.body = JSON.stringify(body)
}

/** Out of reach, refusing, or answering something else. */
export const tokenAnswer = {
  'token-endpoint-down': {
    spoils: 'The token endpoint answers 503 (or the given status) with Retry-After.',
    outcome: 'unavailable',
    takes: 'status',
    spoil: (answer, value) => {
      Object.assign(answer, { status: numberOr(value, 503), type: 'text/html', body: '<h1>Service unavailable</h1>' })
      answer.headers['Retry-After'] = '30'
    },
  },
  'token-endpoint-slow': {
    spoils: 'The token endpoint answers after 30 (or the given) seconds.',
    outcome: 'unavailable',
    note: 'It gives up within its own time limit.',
    takes: 'seconds',
    spoil: (answer, value) => (answer.delaySeconds = numberOr(value, 30)),
  },
  'token-endpoint-cut': {
    spoils: 'The token endpoint closes the connection in the middle of its answer.',
    outcome: 'unavailable',
    spoil: (answer) => (answer.cut = true),
  },
  'token-endpoint-redirects': {
    spoils: 'The token endpoint redirects to another host (or the given address).',
    outcome: 'refuse',
    note: 'Neither the code nor a secret follows the redirect.',
    takes: 'text',
    spoil: (answer, value) => {
      answer.status = 307
      answer.headers.Location = String(valueOr(value, 'https://elsewhere.example/access_token'))
    },
  },
  'client-refused': {
    spoils: 'The token endpoint says invalid_client, "JWT is not valid".',
    outcome: 'refuse',
    note: 'It tells its operators the likely causes, and does not try again by itself.',
    spoil: (answer) => {
      answer.status = 401
      answer.body = '{"error_description":"JWT is not valid","error":"invalid_client"}'
    },
  },
  'token-answer-html': {
    spoils: 'The token endpoint answers 200 with a page of HTML.',
    outcome: 'refuse',
    spoil: (answer) => {
      Object.assign(answer, { type: 'text/html', body: '<h1>Welcome</h1>' })
    },
  },
  'token-answer-huge': {
    spoils: 'The token answer is 32 megabytes (or the given number of bytes) long.',
    outcome: 'refuse',
    note: 'It stops reading early.',
    takes: 'bytes',
    spoil: (answer, value) => {
      withTokens(answer, (body) => (body.padding = 'x'.repeat(numberOr(value, 32 * MEGABYTE))))
    },
  },
  'token-type-wrong': {
    spoils: 'token_type is "mac".',
    outcome: 'refuse',
    spoil: (answer) => {
      withTokens(answer, (body) => (body.token_type = 'mac'))
    },
  },
  'id-token-missing': {
    spoils: 'The token answer has no id_token.',
    outcome: 'refuse',
    spoil: (answer) => {
      withTokens(answer, (body) => delete body.id_token)
    },
  },
  'access-token-missing': {
    spoils: 'The token answer has no access_token.',
    outcome: 'refuse',
    spoil: (answer) => {
      withTokens(answer, (body) => delete body.access_token)
    },
  },
  'refresh-token-given': {
    spoils: 'The token answer has a refresh_token, which CIS2 does not give.',
    outcome: 'accept',
    spoil: (answer) => {
      withTokens(answer, (body) => (body.refresh_token = 'unexpected'))
    },
  },
} satisfies FaultsAt<'token-answer'>
