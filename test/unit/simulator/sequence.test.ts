/** The log told as sequences of messages. */
import type { SimulatorRequest } from 'express-cis2/simulator'

import { toSequences } from '../../../src/simulator/sequence.js'

let count = 0

function entry(more: Partial<SimulatorRequest>): SimulatorRequest {
  count += 1
  const at = '2026-11-25T12:00:00.000Z'
  const usual = { id: count, at, method: 'GET', path: '/x', status: 200, from: 'app', to: 'cis2' } as const
  return { ...usual, sent: {}, answered: {}, ...more }
}

const REALM = '/openam/oauth2/realms/root/realms/NHSIdentity/realms/Healthcare'
const labels = (entries: SimulatorRequest[]) =>
  toSequences(entries).flatMap(({ messages }) => messages.map(({ from, to, label }) => `${from}>${to}: ${label}`))

describe('sequences', () => {
  it('are none when nothing happened', () => {
    expect(toSequences([])).toEqual([])
  })

  it('put the newest sign-in first, and what belongs to none last', () => {
    const entries = [
      entry({ journey: 'one', sent: { client_id: 'a-client' } }),
      entry({}),
      entry({ journey: 'two' }),
      entry({ journey: 'one', refusal: 'why' }),
    ]
    expect(toSequences(entries).map(({ title, refused, messages }) => [title, refused, messages.length])).toEqual([
      ['Sign-in', false, 2],
      ['Sign-in to a-client', true, 4],
      ['Outside any sign-in', false, 2],
    ])
  })

  it('know what browser and application must have said to each other', () => {
    const browser = { from: 'browser', journey: 'one' } as const
    const entries = [
      entry({
        ...browser,
        path: `${REALM}/authorize`,
        status: 302,
        answered: { location: '/openam/XUI/sign-in?request=x' },
      }),
      entry({ ...browser, path: '/openam/XUI/sign-in', answered: { page: 'Choose' } }),
      entry({
        ...browser,
        method: 'POST',
        path: '/openam/XUI/sign-in',
        status: 302,
        answered: { location: 'https://clinic.example/callback?code=x' },
      }),
    ]
    expect(labels(entries)).toEqual([
      'app>browser: go to CIS2',
      'browser>cis2: GET …/authorize',
      'cis2>browser: 302, go to /openam/XUI/sign-in',
      'browser>cis2: GET /openam/XUI/sign-in',
      'cis2>browser: 200, page "Choose"',
      'browser>cis2: POST /openam/XUI/sign-in',
      'cis2>browser: 302, go to https://clinic.example/callback',
      'browser>app: GET https://clinic.example/callback',
    ])
  })

  it('say when no answer came, and shorten long addresses', () => {
    const path = `https://clinic.example/${'x'.repeat(100)}/keys`
    const [request = '', answer] = labels([entry({ from: 'cis2', to: 'app', path, status: 0 })])
    expect(request).toMatch(/^cis2>app: GET …x+\/keys$/)
    expect(request.length).toBeLessThan(70)
    expect(answer).toBe('app>cis2: no answer')
  })
})
