import { aUser } from '../../../../src/testing/a-user.js'
import { rememberOpened } from '../../../../src/session/records/opened-users.js'

const RECORD = Buffer.from('sealed')

function counting(answer = aUser()) {
  const opened: string[] = []
  const open = (id: string, sealed: Buffer) => {
    opened.push(id)
    return sealed.equals(RECORD) ? answer : undefined
  }
  return { opened, open }
}

describe('rememberOpened', () => {
  it('opens a record that has not changed once', () => {
    const { opened, open } = counting()
    const openUser = rememberOpened(open)
    expect(openUser('one', RECORD)).toBe(openUser('one', Buffer.from(RECORD)))
    expect(opened).toEqual(['one'])
  })

  it('keeps sessions apart that have the same record', () => {
    const { opened, open } = counting()
    const openUser = rememberOpened(open)
    openUser('one', RECORD)
    openUser('other', RECORD)
    expect(opened).toEqual(['one', 'other'])
  })

  it('does not take a user from memory when a byte of the record has changed, then or later', () => {
    const { open } = counting()
    const openUser = rememberOpened(open)
    openUser('one', RECORD)
    expect(openUser('one', Buffer.from('sealeD'))).toBeUndefined()
    expect(openUser('one', Buffer.from('sealeD'))).toBeUndefined()
  })

  it('does not change what it remembers when the bytes it was given are used for something else', () => {
    const { opened, open } = counting()
    const openUser = rememberOpened(open)
    const reused = Buffer.from(RECORD)
    openUser('one', reused)
    reused.fill(0)
    expect(openUser('one', reused)).toBeUndefined()
    expect(opened).toEqual(['one', 'one'])
  })

  it('forgets who was used least recently when there is no more room', () => {
    const { opened, open } = counting()
    const openUser = rememberOpened(open, 2 * RECORD.length)
    for (const id of ['one', 'two', 'one', 'three', 'one', 'two']) openUser(id, RECORD)
    expect(opened).toEqual(['one', 'two', 'three', 'two'])
  })

  it('FIELD-29 counts many roles, which a compressed record does not show', () => {
    const roles = Array.from({ length: 300 }, (_, index) => ({ id: String(index), code: 'R8000' }))
    const { opened, open } = counting(aUser({ role: 'R8000', roles }))
    const openUser = rememberOpened(open, 200_000)
    for (const id of ['one', 'two', 'one']) openUser(id, RECORD)
    expect(opened).toEqual(['one', 'two', 'one'])
  })
})
