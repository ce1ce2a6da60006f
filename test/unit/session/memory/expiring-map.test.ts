import { StoreUnavailableError } from '../../../../src/errors.js'
import { createExpiringMap } from '../../../../src/session/memory/expiring-map.js'

function mapAt(now = 0, most?: number) {
  const clock = { now }
  return { clock, map: createExpiringMap<string>(() => clock.now, most) }
}

describe('a map whose entries end by the clock', () => {
  it('has an entry until its time, and forgets it then', () => {
    const { clock, map } = mapAt()
    map.set('a', 'one', 10)
    clock.now = 9
    expect([map.get('a'), map.size]).toEqual(['one', 1])
    clock.now = 10
    expect([map.get('a'), map.size]).toEqual([undefined, 0])
    clock.now = 9
    expect(map.get('a')).toBeUndefined()
  })

  it('has the last that was put there', () => {
    const { clock, map } = mapAt()
    map.set('a', 'one', 20)
    map.set('a', 'other', 10)
    expect(map.get('a')).toBe('other')
    clock.now = 10
    expect(map.get('a')).toBeUndefined()
  })

  it('lets an entry live longer, never shorter, and makes none', () => {
    const { clock, map } = mapAt()
    map.set('a', 'one', 10)
    map.prolong('a', 20)
    map.prolong('a', 5)
    map.prolong('b', 20)
    clock.now = 19
    expect([map.get('a'), map.get('b'), map.size]).toEqual(['one', undefined, 1])
    clock.now = 20
    expect(map.get('a')).toBeUndefined()
  })

  it('makes what is not there, once, and lets what is there live longer', () => {
    const { clock, map } = mapAt()
    const made: string[] = []
    const make = (value: string) => () => {
      made.push(value)
      return value
    }
    expect(map.ensure('a', make('one'), 10)).toBe('one')
    expect(map.ensure('a', make('two'), 20)).toBe('one')
    clock.now = 19
    expect(map.get('a')).toBe('one')
    clock.now = 20
    expect(map.ensure('a', make('three'), 30)).toBe('three')
    expect(map.get('a')).toBe('three')
    expect(made).toEqual(['one', 'three'])
  })

  it('says whether there was something to delete', () => {
    const { map } = mapAt()
    map.set('a', 'one', 10)
    expect([map.delete('a'), map.delete('a'), map.get('a')]).toEqual([true, false, undefined])
  })

  it('is cleaned of what has ended with every thousandth entry that is put there', () => {
    const { clock, map } = mapAt()
    map.set('ended', 'one', 10)
    map.set('alive', 'one', 11)
    clock.now = 10
    for (let each = 2; each < 999; each++) map.set('again', 'one', 11)
    expect(map.size).toBe(3)
    map.set('again', 'one', 11)
    expect(map.size).toBe(2)
  })
})

describe('a map that is full', () => {
  it('takes nothing new, as a full Redis does', () => {
    const { map } = mapAt(0, 2)
    map.set('a', 'one', 10)
    map.set('b', 'one', 10)
    expect(() => {
      map.set('c', 'one', 10)
    }).toThrow(StoreUnavailableError)
    expect([map.get('a'), map.get('c')]).toEqual(['one', undefined])
  })

  it('changes what is there', () => {
    const { map } = mapAt(0, 1)
    map.set('a', 'one', 10)
    map.set('a', 'other', 10)
    expect(map.get('a')).toBe('other')
  })

  it('makes room of what has ended', () => {
    const { clock, map } = mapAt(0, 1)
    map.set('a', 'one', 10)
    clock.now = 10
    map.set('b', 'one', 20)
    expect(map.get('b')).toBe('one')
  })

  it('holds 200,000 entries', () => {
    const { map } = mapAt()
    for (let each = 0; each < 200_000; each++) map.set(String(each), '', 1)
    expect(() => {
      map.set('one more', '', 1)
    }).toThrow(StoreUnavailableError)
  })
})
