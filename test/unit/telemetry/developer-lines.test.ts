import type { Cis2Event } from '../../../src/events.js'
import { createDeveloperLines } from '../../../src/telemetry/developer-lines.js'

const AT = '2026-11-28T09:15:00.000Z'

function linesOf(event: Omit<Cis2Event, 'at'>, nodeEnv?: string): string[] {
  const lines: string[] = []
  createDeveloperLines(nodeEnv, (line) => lines.push(line))?.({ ...event, at: AT })
  return lines
}

describe('what a developer is told on stderr', () => {
  it.each<[Omit<Cis2Event, 'at'>, string]>([
    [
      { type: 'sign-in.refused', reason: 'nonce', cause: 'The nonce is another one.', correlationId: 'abc' },
      'a sign-in was refused (CIS2_SIGN_IN_REFUSED, nonce): The nonce is another one. Read on: node_modules/express-cis2/docs/errors.md#cis2_sign_in_refused (reference abc)',
    ],
    [
      { type: 'step-up.refused', reason: 'CIS2_STORE_UNAVAILABLE' },
      'a step-up was refused (CIS2_STORE_UNAVAILABLE). Read on: node_modules/express-cis2/docs/errors.md#cis2_store_unavailable',
    ],
    [
      { type: 'provider.unavailable', reason: 'discovery-tls' },
      'CIS2 is unavailable (CIS2_PROVIDER_UNAVAILABLE, discovery-tls). Read on: node_modules/express-cis2/docs/errors.md#cis2_provider_unavailable',
    ],
    [
      { type: 'store.unavailable', reason: 'timeout' },
      'the session store is unavailable (CIS2_STORE_UNAVAILABLE, timeout). Read on: node_modules/express-cis2/docs/errors.md#cis2_store_unavailable',
    ],
  ])('of %j is one line with code, reason, cause and where to read on', (event, line) => {
    expect(linesOf(event)).toEqual([`express-cis2: ${line}\n`])
    expect(linesOf(event, 'development')).toHaveLength(1)
  })

  it.each(['production', 'test'])('is nothing where NODE_ENV is %s', (nodeEnv) => {
    expect(createDeveloperLines(nodeEnv, () => undefined)).toBeUndefined()
  })

  it('is nothing of what went well, and of single requests', () => {
    for (const type of ['sign-in.started', 'sign-in.succeeded', 'access.refused', 'session.ended'] as const) {
      expect(linesOf({ type, reason: 'x' })).toEqual([])
    }
  })

  it('names nobody', () => {
    const person = {
      sub: '555012345678',
      role: 'S8000:G8000:R8001',
      organisation: 'A99901',
      sidHash: '0123456789abcdef',
    }
    const [line = ''] = linesOf({ type: 'sign-in.refused', reason: 'userinfo', ...person, aal: 3 })
    for (const value of Object.values(person)) expect(line).not.toContain(value)
  })

  it('is one line whatever the cause holds, and not an endless one', () => {
    const [line = ''] = linesOf({
      type: 'sign-in.refused',
      reason: 'x',
      cause: 'a\r\nb\u001b[2Jc\u2028d\u202ee'.padEnd(9_000, 'x'),
    })
    expect(line).toMatch(/: a b \[2Jc d ex+\n$/)
    expect(line.length).toBeLessThan(2_100)
  })
})
