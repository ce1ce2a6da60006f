import { Duplex } from 'node:stream'
import { setImmediate } from 'node:timers/promises'

import { createSharedWrites } from '../../../../src/session/redis/shared-writes.js'

/** A socket that notes what leaves in one write. */
function socket() {
  const writes: string[] = []
  const stream = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      writes.push(chunk.toString())
      done()
    },
    writev(chunks, done) {
      writes.push(chunks.map(({ chunk }) => String(chunk)).join(''))
      done()
    },
  })
  return { stream, writes }
}

describe('shared writes', () => {
  it('let the first command of a turn leave at once, and those after it together, in their order', async () => {
    const { share } = createSharedWrites()
    const { stream, writes } = socket()
    for (const command of ['a', 'b', 'c']) {
      share(stream)
      stream.write(command)
    }
    expect(writes).toEqual(['a'])
    await setImmediate()
    expect(writes).toEqual(['a', 'bc'])
    share(stream)
    stream.write('d')
    expect(writes).toEqual(['a', 'bc', 'd'])
  })

  it('hold few back at a time: the server begins on them while a busy process issues the next', async () => {
    const { share } = createSharedWrites()
    const { stream, writes } = socket()
    for (const command of 'abcdefghijk') {
      share(stream)
      stream.write(command)
    }
    expect(writes).toEqual(['a', 'bcde', 'fghi'])
    await setImmediate()
    expect(writes).toEqual(['a', 'bcde', 'fghi', 'jk'])
    expect(stream.writableCorked).toBe(0)
  })

  it('hold nothing back on one connection for the sake of another', async () => {
    const { share } = createSharedWrites()
    const [one, other] = [socket(), socket()]
    for (const { stream } of [one, one, other, one]) {
      share(stream)
      stream.write('x')
    }
    await setImmediate()
    expect([one, other].map(({ writes }) => writes.join(''))).toEqual(['xxx', 'x'])
    expect([one, other].map(({ stream }) => stream.writableCorked)).toEqual([0, 0])
  })

  it('let a connection go that was closed meanwhile', async () => {
    const { share } = createSharedWrites()
    const [one, other] = [socket(), socket()]
    share(one.stream)
    one.stream.write('x')
    one.stream.destroy()
    share(other.stream)
    other.stream.write('y')
    await setImmediate()
    expect(other.writes).toEqual(['y'])
  })
})
