import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { aUser } from '../../../../src/testing/a-user.js'
import { rememberOpened } from '../../../../src/session/records/opened-sessions.js'

/** So many that a few kilobytes of each can be told from noise. */
const SESSIONS = 1_000

const SMALL = Buffer.from('small')
const USER = Buffer.from('user')

/** A memory, and what was really opened for it, in order. */
function counting({ user = aUser(), mostBytes = 1_000_000 } = {}) {
  const opened: string[] = []
  const { open, made } = rememberOpened<{ readonly sub: string }>(
    {
      small(id, sealed) {
        opened.push(`${id} small`)
        return sealed.equals(SMALL) ? { sub: id } : undefined
      },
      user(id, sealed) {
        opened.push(`${id} user`)
        return sealed.equals(USER) ? user : undefined
      },
    },
    mostBytes,
  )
  return { opened, open, made, openUsual: (id: string) => open(id, { small: SMALL, user: USER }) }
}

describe('rememberOpened', () => {
  it('opens records that have not changed once, and the large one when somebody asks for it', () => {
    const { opened, openUsual, open } = counting()
    const session = openUsual('one')
    expect(open('one', { small: Buffer.from(SMALL), user: Buffer.from(USER) })).toBe(session)
    expect(opened).toEqual(['one small'])
    expect(session?.user()).toBe(openUsual('one')?.user())
    expect(opened).toEqual(['one small', 'one user'])
  })

  it('keeps sessions apart that have the same records', () => {
    const { openUsual } = counting()
    expect(openUsual('one')?.small).toEqual({ sub: 'one' })
    expect(openUsual('other')?.small).toEqual({ sub: 'other' })
  })

  it.each(['small', 'user'] as const)(
    'takes nothing from memory when a byte of the %s record has changed, then or later',
    (name) => {
      const { openUsual, open } = counting()
      expect(openUsual('one')?.user()).toBeDefined()
      const damaged = { small: SMALL, user: USER, [name]: Buffer.from('damage') }
      for (let time = 0; time < 2; time++) expect(open('one', damaged)?.user()).toBeUndefined()
      expect(openUsual('one')?.user()).toBeDefined()
    },
  )

  it('keeps the bytes of the records and none beside them, whatever passes in between', () => {
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    const held = () => {
      // What the first has freed is counted off by the second.
      for (let time = 0; time < 2; time++) collectGarbage()
      return process.memoryUsage().arrayBuffers
    }
    const memory = rememberOpened({ small: () => ({}), user: () => undefined }, 100_000_000)
    const before = held()
    for (let session = 0; session < SESSIONS; session++) {
      // As a reply of the store, and an answer that passes.
      const reply = Buffer.alloc(1_200)
      Buffer.from('x'.repeat(3_000))
      memory.open(`session ${session}`, { small: reply.subarray(0, 300), user: reply.subarray(300) })
    }
    expect((held() - before) / SESSIONS).toBeLessThan(2_000)
    expect(memory.open('session 0', { small: Buffer.alloc(300), user: Buffer.alloc(900) })).toBeDefined()
  })

  it('does not change what it remembers when the bytes it was given are used for something else', () => {
    const { open, openUsual } = counting()
    const reused = { small: Buffer.from(SMALL), user: Buffer.from(USER) }
    const session = open('one', reused)
    for (const bytes of [reused.small, reused.user]) bytes.fill(0)
    expect(open('one', reused)).toBeUndefined()
    expect(session?.user()).toBeDefined()
    expect(openUsual('one')).toBe(session)
  })

  it('does not open what was sealed just now', () => {
    const { opened, made, openUsual } = counting()
    const session = made('one', { small: SMALL, user: USER }, { sub: 'one' })
    expect(openUsual('one')).toBe(session)
    expect(opened).toEqual([])
  })

  it('forgets who was not there lately when there is no more room, and keeps who was', () => {
    const { opened, openUsual } = counting({ mostBytes: 20_000 })
    const often = openUsual('often')
    for (let each = 0; each < 1000; each++) {
      openUsual(String(each))
      expect(openUsual('often')).toBe(often)
    }
    expect(opened).toHaveLength(1001)
    openUsual('999')
    expect(opened).toHaveLength(1001)
    openUsual('900')
    expect(opened).toHaveLength(1002)
  })

  it('counts a session by the bytes of both its records', () => {
    const opened: string[] = []
    const { open } = rememberOpened(
      {
        small(id) {
          opened.push(id)
          return {}
        },
        user: () => undefined,
      },
      20_000,
    )
    // Two take half of the room, and the next two push them out.
    for (const id of ['one', 'two', 'three', 'four', 'one'])
      open(id, { small: Buffer.alloc(1_000), user: Buffer.alloc(3_000) })
    expect(opened).toEqual(['one', 'two', 'three', 'four', 'one'])
  })

  it('keeps nothing of whoever has asked for nothing in two minutes, however much room there is', () => {
    let now = 0
    const opened: string[] = []
    const small = (id: string) => opened.push(id)
    const { open } = rememberOpened({ small, user: () => undefined }, 1_000_000, () => now)
    const records = { small: SMALL, user: USER }
    for (const [after, id] of [
      [0, 'works'],
      [0, 'leaves'],
      [59_000, 'works'],
      [60_000, 'works'],
      [1_000, 'works'],
    ] as const) {
      now += after
      open(id, records)
    }
    expect(opened).toEqual(['works', 'leaves'])
    open('leaves', records)
    expect(opened).toEqual(['works', 'leaves', 'leaves'])
  })

  it('has room for a thousand sessions of a usual user', () => {
    const opened: string[] = []
    const { open } = rememberOpened({
      small(id) {
        opened.push(id)
        return {}
      },
      user: () => undefined,
    })
    const records = { small: Buffer.alloc(400), user: Buffer.alloc(1_600) }
    for (let time = 0; time < 2; time++) {
      for (let each = 0; each < 1_000; each++) open(String(each), records)
    }
    expect(opened).toHaveLength(1_000)
  })

  it('counts nothing for the few roles that most people have', () => {
    const roles = Array.from({ length: 10 }, (_, index) => ({ id: String(index), code: 'R8000' }))
    const { opened, openUsual } = counting({ user: aUser({ role: null, roles }), mostBytes: 4_400 })
    for (const id of ['one', 'two', 'one']) openUsual(id)?.user()
    expect(opened).toEqual(['one small', 'one user', 'two small', 'two user'])
  })

  it('FIELD-29 counts many roles, which a compressed record does not show', () => {
    const roles = Array.from({ length: 300 }, (_, index) => ({ id: String(index), code: 'R8000' }))
    const { opened, openUsual } = counting({ user: aUser({ role: 'R8000', roles }), mostBytes: 250_000 })
    for (const id of ['one', 'two', 'three', 'one']) openUsual(id)?.user()
    expect(opened.filter((what) => what.startsWith('one'))).toEqual(['one small', 'one user', 'one small', 'one user'])
  })
})
