import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'

import { createTurns } from '../../../src/express/turns.js'

/** Turns of the event loop until everybody was served. */
async function turnsUntil(isDone: () => boolean): Promise<number> {
  let turns = 0
  for (; !isDone(); turns++) await nextTurn()
  return turns
}

describe('FIELD-8 turns for strangers', () => {
  it('serves one at once when nobody else is there', async () => {
    const { take } = createTurns()
    const served: string[] = []
    take(() => served.push('first'))
    expect(served).toEqual(['first'])
    await nextTurn()
    await nextTurn()
    take(() => served.push('second'))
    expect(served).toEqual(['first', 'second'])
  })

  it('serves a crowd in order, a few in a turn, so that others are answered between', async () => {
    const { take } = createTurns()
    const served: number[] = []
    const crowd = Array.from({ length: 100 }, (_, index) => index)
    for (const index of crowd) take(() => served.push(index))
    expect(served).toEqual([0])
    expect(await turnsUntil(() => served.length === crowd.length)).toBeGreaterThanOrEqual(9)
    expect(served).toEqual(crowd)
  })

  it('keeps what belongs to a request with it', async () => {
    const { take } = createTurns()
    const request = new AsyncLocalStorage<number>()
    const seen: (number | undefined)[] = []
    for (const index of [1, 2, 3]) request.run(index, take, () => seen.push(request.getStore()))
    await turnsUntil(() => seen.length === 3)
    expect(seen).toEqual([1, 2, 3])
  })
})
