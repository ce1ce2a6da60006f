import { createAllowance } from '../../../../src/session/pending/allowance.js'

function allowance(now = 1_700_000_000_000) {
  const clock = { now }
  const allow = createAllowance(() => clock.now)
  const granted = (asked: number) => Array.from({ length: asked }, allow).filter(Boolean).length
  return { clock, granted }
}

describe('how many sign-ins under way the store may keep', () => {
  it('is 500 in a minute, and 500 again when it is over', () => {
    const { clock, granted } = allowance()
    expect(granted(300)).toBe(300)
    clock.now += 59_999
    expect(granted(300)).toBe(200)
    clock.now += 1
    expect(granted(600)).toBe(500)
    expect(granted(1)).toBe(0)
  })

  it('is counted anew when the clock is set back, and not while it stands', () => {
    const { clock, granted } = allowance()
    expect(granted(600)).toBe(500)
    expect(granted(1)).toBe(0)
    clock.now -= 1
    expect(granted(600)).toBe(500)
  })

  it('begins with the first that is asked for, at any hour', () => {
    expect(allowance(0).granted(501)).toBe(500)
  })
})
