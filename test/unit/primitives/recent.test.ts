import { createRecent } from '../../../src/primitives/recent.js'

describe('createRecent', () => {
  it('keeps what is asked for again, whatever else comes', () => {
    const recent = createRecent<number>(10)
    recent.set('often', 1)
    for (let each = 0; each < 1000; each++) {
      recent.set(String(each), each)
      expect(recent.get('often')).toBe(1)
    }
  })

  it('keeps no more than there is room for, and of that the newest', () => {
    const recent = createRecent<number>(10)
    for (let each = 0; each < 1000; each++) recent.set(String(each), each)
    const kept = Array.from({ length: 1000 }, (_, each) => each).filter((each) => recent.get(String(each)) === each)
    expect(kept.length).toBeGreaterThanOrEqual(5)
    expect(kept.length).toBeLessThanOrEqual(10)
    expect(kept.at(-1)).toBe(999)
  })

  it('counts by weight, and what has become heavier', () => {
    const recent = createRecent<string>(100)
    recent.set('light', 'light', 1)
    recent.set('heavy', 'heavy', 51)
    recent.set('next', 'next', 40)
    expect(recent.get('heavy')).toBe('heavy')
    recent.set('one', 'one', 1)
    recent.weigh(60)
    recent.weigh(60)
    expect(recent.get('one')).toBeUndefined()
  })

  it('has the newest value of a key', () => {
    const recent = createRecent<number>(10)
    recent.set('one', 1)
    recent.set('one', 2)
    expect(recent.get('one')).toBe(2)
    expect(recent.get('other')).toBeUndefined()
  })

  describe('with an age', () => {
    function aged() {
      let now = 1_000_000
      const recent = createRecent<number>(1_000, { milliseconds: 60, clock: () => now })
      return { recent, pass: (milliseconds: number) => (now += milliseconds) }
    }

    it('keeps what is asked for, for however long', () => {
      const { recent, pass } = aged()
      recent.set('often', 1)
      for (let each = 0; each < 100; each++) {
        pass(59)
        expect(recent.get('often')).toBe(1)
      }
    })

    it('forgets what nobody has asked for between once and twice that time', () => {
      const { recent, pass } = aged()
      recent.set('one', 1)
      pass(59)
      recent.set('other', 2)
      pass(1)
      // The first is the older now, and still there for whoever asks: nobody does.
      expect(recent.get('other')).toBe(2)
      pass(60)
      expect(recent.get('one')).toBeUndefined()
      expect(recent.get('other')).toBe(2)
    })

    it('forgets all of it when nobody has asked for anything for twice that time', () => {
      const { recent, pass } = aged()
      recent.set('one', 1)
      pass(120)
      expect(recent.get('one')).toBeUndefined()
    })

    it('forgets by what is set, too', () => {
      const { recent, pass } = aged()
      recent.set('one', 1)
      pass(60)
      recent.set('two', 2)
      pass(60)
      recent.set('three', 3)
      expect(recent.get('one')).toBeUndefined()
      expect(recent.get('two')).toBe(2)
    })
  })
})
