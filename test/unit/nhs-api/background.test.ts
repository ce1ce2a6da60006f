import type { ApiToken } from '../../../src/nhs-api/api-token.js'
import { createBackground } from '../../../src/nhs-api/background.js'
import type { ApiSession } from '../../../src/nhs-api/session.js'
import { until } from '../../support/redis/redis-server.js'

describe('the background', () => {
  function setUp() {
    const done: string[] = []
    const renewed: ApiSession[] = []
    const state = { now: 0 }
    const background = createBackground({
      clock: () => state.now,
      lookEveryMs: 5,
      tokens: {
        obtain({ slot }) {
          done.push(`obtain ${slot.name}`)
          return Promise.reject(new Error('nobody minds'))
        },
        renew(session, exchangedBefore) {
          const { slot, correlationId } = session
          renewed.push(session)
          done.push(`renew ${slot.name} ${String(exchangedBefore)} ${String(correlationId)}`)
          return Promise.resolve(undefined)
        },
      },
    })
    return { background, done, renewed, state }
  }

  const session = (name: string): ApiSession => ({
    subject: { sub: '1', aal: 3, authenticatedAt: 0 },
    slot: { name, read: () => Promise.resolve(undefined), claim: () => Promise.resolve({ state: 'over' }) },
    correlationId: 'of the request',
  })

  const HOUR = 3_600_000
  const token = (changes: Partial<ApiToken> = {}) =>
    ({ exchangedAt: 0, idTokenExpiresAt: HOUR, ...changes }) as ApiToken

  it('exchanges four a second, whatever comes', async () => {
    const { background, done } = setUp()
    const began = performance.now()
    for (let index = 0; index < 5; index += 1) background.exchangeSoon(session(String(index)))
    expect(done).toEqual([])
    await until(() => done.length === 5, 'all are done')
    expect(performance.now() - began).toBeGreaterThan(1_000)
    expect(done).toEqual([0, 1, 2, 3, 4].map((index) => `obtain ${String(index)}`))
    background.close()
  })

  it('renews a used session once, three minutes before its ID token ends', async () => {
    const { background, done, state } = setUp()
    for (let use = 0; use < 3; use += 1) background.used(session('a'), token())
    state.now = HOUR - 180_001
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(done).toEqual([])
    state.now += 1
    await until(() => done.length > 0, 'it is renewed')
    expect(done).toEqual([`renew a ${String(HOUR - 180_000)} undefined`])
    background.close()
  })

  it('keeps no subject that what is opened of the session may hang on', async () => {
    const { background, renewed, state } = setUp()
    const used = session('a')
    background.used(used, token())
    state.now = HOUR - 180_000
    await until(() => renewed.length > 0, 'it is renewed')
    expect(renewed[0]?.subject).toEqual(used.subject)
    expect(renewed[0]?.subject).not.toBe(used.subject)
    background.close()
  })

  it('does not watch what cannot be renewed any more, or has been', () => {
    const { background, done, state } = setUp()
    background.used(session('renewed'), token({ exchangedAt: HOUR - 170_000 }))
    state.now = HOUR - 1_000
    background.used(session('late'), token())
    background.close()
    expect(done).toEqual([])
  })

  it('does nothing once closed', async () => {
    const { background, done, state } = setUp()
    background.exchangeSoon(session('a'))
    background.used(session('b'), token())
    background.close()
    state.now = HOUR
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(done).toEqual([])
  })
})
