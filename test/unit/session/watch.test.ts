import { jest } from '@jest/globals'

import type { Heard } from '../../../src/session/backend.js'
import { createWatch, type Look, type Watched } from '../../../src/session/watch.js'

const MINUTE = 60_000

describe('watching sessions', () => {
  let now = 0
  let heard: () => Promise<Heard>
  let look: Look<Watched>
  let hears: number
  let looked: string[]

  const watch = () =>
    createWatch<Watched>({
      clock: () => now,
      hear() {
        hears += 1
        return heard()
      },
      look(session) {
        looked.push(session.name)
        return look(session)
      },
    })
  const session = (name: string): Watched => ({ tag: 'tag', name, until: 15 * MINUTE })
  const nothing = () => Promise.resolve({ newest: 0, names: [] })
  const alive: Look<Watched> = () => Promise.resolve({ until: 15 * MINUTE })

  beforeEach(() => {
    jest.useFakeTimers()
    now = hears = 0
    looked = []
    heard = nothing
    look = alive
  })

  afterEach(() => {
    jest.useRealTimers()
  })

  it('asks nobody while nobody watches, and once for everybody while somebody does', async () => {
    const watching = watch()
    await jest.advanceTimersByTimeAsync(10_000)
    expect(hears).toBe(0)
    const added = Array.from({ length: 100 }, (_, index) => watching.add(session(String(index))))
    await jest.advanceTimersByTimeAsync(10_000)
    expect(hears).toBeLessThanOrEqual(6)
    // Each was looked at when it came, and never since.
    expect(looked).toHaveLength(100)
    for (const { release } of added) release()
    expect(watching.size).toBe(0)
    await jest.advanceTimersByTimeAsync(2_000)
    const before = hears
    await jest.advanceTimersByTimeAsync(60_000)
    expect(hears).toBe(before)
  })

  it('notices a session that ended before it was added', async () => {
    look = () => Promise.resolve({ over: 'administrator' })
    const { signal } = watch().add(session('a'))
    await jest.advanceTimersByTimeAsync(0)
    expect(signal.reason).toMatchObject({ code: 'CIS2_SESSION_ENDED', reason: 'administrator' })
  })

  it('looks again at what was told of and still lives: it is told before it is done', async () => {
    const watching = watch()
    const { signal } = watching.add(session('a'))
    await jest.advanceTimersByTimeAsync(0)
    heard = () => Promise.resolve({ newest: 1, names: ['a', 'of another instance'] })
    await jest.advanceTimersByTimeAsync(2_000)
    expect(signal.aborted).toBe(false)
    heard = () => Promise.resolve({ newest: 1, names: [] })
    look = () => Promise.resolve({ over: 'sign-out' })
    await jest.advanceTimersByTimeAsync(2_000)
    expect(signal.reason).toMatchObject({ reason: 'sign-out' })
  })

  it.each<[string, Heard]>([
    ['was made anew', { newest: 0, names: [] }],
    ['has lost some', { newest: 9, names: ['b'] }],
  ])('looks at everything when the list of endings %s', async (_what, torn) => {
    const watching = watch()
    heard = () => Promise.resolve({ newest: 5, names: [] })
    const { signal } = watching.add(session('a'))
    await jest.advanceTimersByTimeAsync(0)
    look = () => Promise.resolve({ over: undefined })
    heard = () => Promise.resolve(torn)
    await jest.advanceTimersByTimeAsync(2_000)
    expect(signal.reason).toMatchObject({ code: 'CIS2_SESSION_ENDED', reason: undefined })
  })

  it('looks at a session whose time should be over, and goes on when somebody has slid it', async () => {
    const watching = watch()
    const { signal } = watching.add(session('a'))
    await jest.advanceTimersByTimeAsync(2_000)
    now = 15 * MINUTE
    look = () => Promise.resolve({ until: 20 * MINUTE })
    await jest.advanceTimersByTimeAsync(4_000)
    expect(signal.aborted).toBe(false)
    expect(looked).toHaveLength(2)
    now = 20 * MINUTE
    look = () => Promise.resolve({ over: 'idle' })
    await jest.advanceTimersByTimeAsync(2_000)
    expect(signal.reason).toMatchObject({ reason: 'idle' })
  })

  it('has patience with a lost store for thirty seconds, and no longer', async () => {
    const watching = watch()
    const { signal } = watching.add(session('a'))
    await jest.advanceTimersByTimeAsync(2_000)
    heard = () => Promise.reject(new Error('lost'))
    await jest.advanceTimersByTimeAsync(28_000)
    expect(signal.aborted).toBe(false)
    heard = nothing
    await jest.advanceTimersByTimeAsync(2_000)
    heard = () => Promise.reject(new Error('lost'))
    await jest.advanceTimersByTimeAsync(30_000)
    expect(signal.aborted).toBe(false)
    await jest.advanceTimersByTimeAsync(4_000)
    expect(signal.reason).toMatchObject({ code: 'CIS2_STORE_UNAVAILABLE' })
  })

  it('fires at once for what is ended here, for each who watches, and for nobody who let go', async () => {
    const watching = watch()
    const [one, other, gone] = [watching.add(session('a')), watching.add(session('a')), watching.add(session('a'))]
    gone.release()
    watching.ended({ tag: 'tag', name: 'a' }, 'back-channel')
    expect([one, other, gone].map(({ signal }) => signal.aborted)).toEqual([true, true, false])
    await jest.advanceTimersByTimeAsync(2_000)
    expect(watching.size).toBe(0)
  })

  it('closes whatever is open when it is closed', () => {
    const watching = watch()
    const { signal } = watching.add(session('a'))
    watching.close()
    expect(signal.reason).toMatchObject({ code: 'CIS2_STORE_UNAVAILABLE' })
    expect(jest.getTimerCount()).toBe(0)
  })
})
