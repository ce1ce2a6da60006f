import { createAdmission, type Leave } from '../../../src/oidc/admission.js'

const SETTINGS = { places: 2, refusedFor: 2_000, longestWait: 4_000, mostWaiting: 3 }

beforeEach(() => {
  jest.useFakeTimers()
})

afterEach(() => {
  jest.useRealTimers()
})

/** Enters, and writes down who was let in. */
function setUp() {
  const { enter } = createAdmission('things are being done', SETTINGS)
  const log: string[] = []
  const places = new Map<string, Leave>()
  return {
    log,
    async enter(name: string) {
      const entered = enter().then(
        (leave) => {
          places.set(name, leave)
          log.push(name)
        },
        (error: unknown) => log.push(`${name} ${(error as { code: string }).code}`),
      )
      // Who finds a place is in at once; who waits is not waited for.
      await Promise.race([entered, Promise.resolve().then(() => {})])
      await settle()
    },
    async leave(name: string, how: Parameters<Leave>[0] = 'fine') {
      places.get(name)?.(how)
      await settle()
    },
    async advance(milliseconds: number) {
      jest.advanceTimersByTime(milliseconds)
      await settle()
    },
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

describe('FIELD-8 an admission', () => {
  it('has so many places, and lets in who waits when one is left', async () => {
    const { enter, leave, log } = setUp()
    for (const name of ['a', 'b', 'c']) await enter(name)
    expect(log).toEqual(['a', 'b'])
    await leave('a')
    expect(log).toEqual(['a', 'b', 'c'])
  })

  it('keeps the place of who was refused for a while longer', async () => {
    const { enter, leave, advance, log } = setUp()
    for (const name of ['a', 'b', 'c']) await enter(name)
    await leave('a', 'refused')
    await advance(1_999)
    expect(log).toEqual(['a', 'b'])
    await advance(1)
    expect(log).toEqual(['a', 'b', 'c'])
  })

  it('lets in the newest and the oldest by turns', async () => {
    const { enter, leave, log } = setUp()
    for (const name of ['a', 'b', 'first', 'second', 'third']) await enter(name)
    await leave('a')
    await leave('b')
    await leave('third')
    expect(log.slice(2)).toEqual(['third', 'first', 'second'])
  })

  it('DOS-9 turns away who comes when too many wait, and who has waited for long', async () => {
    const { enter, advance, log } = setUp()
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await enter(name)
    expect(log).toEqual(['a', 'b', 'f CIS2_PROVIDER_UNAVAILABLE'])
    await advance(4_000)
    expect(log.slice(3)).toEqual(['c', 'd', 'e'].map((name) => `${name} CIS2_PROVIDER_UNAVAILABLE`))
  })

  it('gives a place back once, however often it is left', async () => {
    const { enter, leave, log } = setUp()
    for (const name of ['a', 'b', 'c', 'd']) await enter(name)
    await leave('a')
    await leave('a')
    expect(log).toEqual(['a', 'b', 'd'])
  })
})
