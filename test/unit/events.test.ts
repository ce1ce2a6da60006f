import { createEmit, sidHashOf, type Cis2Event } from '../../src/events.js'

const AT = Date.UTC(2026, 10, 25, 13, 0, 0, 5)

describe('createEmit', () => {
  it('LOGG-2 hands on one frozen event with the time in UTC, by the clock of the options', () => {
    const events: Cis2Event[] = []
    createEmit(
      (event) => events.push(event),
      () => AT,
    )({ type: 'sign-in.succeeded', sub: '555012345678', aal: 3 })
    expect(events).toEqual([{ type: 'sign-in.succeeded', sub: '555012345678', aal: 3, at: '2026-11-25T13:00:00.005Z' }])
    expect(Object.isFrozen(events[0])).toBe(true)
  })

  it('LOGG-4 does not mind a listener that throws', () => {
    const emit = createEmit(() => {
      throw new Error('a fault of the application')
    }, Date.now)
    expect(() => {
      emit({ type: 'keys.rotated' })
    }).not.toThrow()
  })

  it('LOGG-4 does not mind an async listener that rejects', async () => {
    let heard = 0
    const emit = createEmit(async () => {
      heard += 1
      await Promise.reject(new Error('a fault of the application'))
    }, Date.now)
    emit({ type: 'keys.rotated' })
    // A rejection that nobody handles would end the process, and fails this test.
    await new Promise((resolve) => setImmediate(resolve))
    expect(heard).toBe(1)
  })

  it('does without a listener, and without anybody who counts', () => {
    expect(() => {
      createEmit(undefined, Date.now)({ type: 'keys.rotated' })
    }).not.toThrow()
  })

  it('tells who counts of every event, whether anybody listens or not', () => {
    const counted: unknown[] = []
    const count = (event: unknown) => counted.push(event)
    createEmit(undefined, Date.now, count)({ type: 'keys.rotated' })
    createEmit(() => undefined, Date.now, count)({ type: 'session.ended', reason: 'idle' })
    expect(counted).toEqual([{ type: 'keys.rotated' }, { type: 'session.ended', reason: 'idle' }])
  })
})

describe('sidHashOf', () => {
  it('is the same for one sid, another for another, and shows none of it', () => {
    expect(sidHashOf('q2S1m2b7')).toMatch(/^[0-9a-f]{16}$/)
    expect(sidHashOf('q2S1m2b7')).toBe(sidHashOf('q2S1m2b7'))
    expect(sidHashOf('q2S1m2b7')).not.toBe(sidHashOf('q2S1m2b8'))
  })
})
