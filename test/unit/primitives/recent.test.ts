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
})
