import { StoreUnavailableError } from '../../../../src/errors.js'
import { bytes, list, number, reasonOf, texts } from '../../../../src/session/redis/replies.js'

const TEXT = Buffer.from('text')

describe('a reply of the store', () => {
  it('is read as what was asked for', () => {
    expect(list([1, TEXT])).toEqual([1, TEXT])
    expect(number(0)).toBe(0)
    expect(bytes(TEXT)).toBe(TEXT)
    expect(texts([TEXT, 'other', 7])).toEqual(['text', 'other', '7'])
  })

  it('is none where it is empty', () => {
    expect(bytes(Buffer.alloc(0))).toBeUndefined()
    expect(texts([])).toEqual([])
  })

  it.each([
    ['list', list, [undefined, null, 7, 'text', TEXT, { length: 0 }]],
    ['number', number, [undefined, null, '7', TEXT, [7], 7n]],
    ['text', bytes, [undefined, null, 7, 'text', [TEXT], new Uint8Array(4)]],
    ['list', texts, [undefined, null, 7, 'text', TEXT]],
  ] as const)('is an outage of the store when it is something else than a %s', (what, read, replies) => {
    for (const reply of replies) {
      expect(() => read(reply)).toThrow(StoreUnavailableError)
      expect(() => read(reply)).toThrow(what)
    }
  })

  it.each(['sign-out', 'idle', 'absolute', 'back-channel', 'replaced', 'administrator'])(
    'tells the reason %s',
    (text) => {
      expect(reasonOf(Buffer.from(text))).toBe(text)
    },
  )

  it.each(['', 'unreadable', 'Idle', 'idle ', undefined, null, 7])('tells no reason by %j', (reply) => {
    expect(reasonOf(reply)).toBeUndefined()
  })
})
