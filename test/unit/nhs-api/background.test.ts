import type { ApiToken } from '../../../src/nhs-api/api-token.js'
import { createBackground } from '../../../src/nhs-api/background.js'
import type { ApiSession } from '../../../src/nhs-api/session.js'
import type { KeptToken, TokenSlot } from '../../../src/nhs-api/token-slot.js'
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

  const EMPTY: KeptToken = { text: undefined, version: undefined }
  const session = (name: string, read: TokenSlot['read'] = () => Promise.resolve(EMPTY)): ApiSession => ({
    subject: { sub: '1', aal: 3, authenticatedAt: 0 },
    slot: { name, read, claim: () => Promise.resolve({ state: 'over' }) },
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

  it('lets go of a session that is over, whoever ended it, and goes on with the others', async () => {
    const { background, done, state } = setUp()
    const asked: string[] = []
    let isOver = false
    background.used(
      session('ended', () => {
        asked.push('ended')
        return Promise.resolve(isOver ? undefined : EMPTY)
      }),
      token(),
    )
    background.used(
      session('lives', () => {
        asked.push('lives')
        return Promise.resolve(EMPTY)
      }),
      token(),
    )
    await until(() => asked.length >= 4, 'both are asked twice')
    isOver = true
    const before = asked.length
    await until(() => asked.slice(before).filter((name) => name === 'lives').length >= 3, 'the other is asked on')
    const since = asked.slice(before).filter((name) => name === 'ended')
    expect(since.length).toBeLessThanOrEqual(1)
    state.now = HOUR
    await until(() => done.length > 0, 'who is left is renewed')
    expect(done).toEqual([`renew lives ${String(HOUR - 180_000)} undefined`])
    background.close()
  })

  it('asks sixty at a look, in turn', async () => {
    const { background } = setUp()
    const asked: number[] = []
    let ofOneLook: number | undefined
    for (let index = 0; index < 100; index += 1) {
      const read = (): Promise<KeptToken> => {
        asked.push(index)
        setImmediate(() => (ofOneLook ??= asked.length))
        return Promise.resolve(EMPTY)
      }
      background.used(session(String(index), read), token())
    }
    await until(() => asked.length >= 180, 'it has looked three times')
    background.close()
    expect(ofOneLook).toBe(60)
    expect(asked.slice(0, 180)).toEqual(Array.from({ length: 180 }, (_, at) => at % 100))
  })

  it('keeps a session of which the store does not answer, and asks one at a time', async () => {
    const { background, done, state } = setUp()
    const asked: string[] = []
    let answer: (() => void) | undefined
    const away = () => {
      asked.push('away')
      return Promise.reject(new Error('the store is away'))
    }
    const slow = () => {
      asked.push('slow')
      return new Promise<KeptToken>((resolve) => {
        answer = () => {
          resolve(EMPTY)
        }
      })
    }
    background.used(session('away', away), token())
    background.used(session('slow', slow), token())
    await until(() => answer !== undefined, 'the second is asked after the first was not answered')
    // Looks pass meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(asked).toEqual(['away', 'slow'])
    answer?.()
    await until(() => asked.length === 4, 'both are asked again')
    expect(asked).toEqual(['away', 'slow', 'away', 'slow'])
    state.now = HOUR
    await until(() => done.length === 2, 'both are renewed')
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
