import { nearestName } from '../../../src/primitives/nearest-name.js'

const KNOWN = ['aal', 'acrValues', 'activities', 'roles', 'check', 'baseUrl']

describe('nearestName', () => {
  it.each([
    ['acrValue', 'acrValues'],
    ['role', 'roles'],
    ['ROLES', 'roles'],
    ['baseURL', 'baseUrl'],
    ['aall', 'aal'],
    ['chekc', 'check'],
    ['actvities', 'activities'],
    ['roles', 'roles'],
    ['', 'aal'],
  ])('takes %p for %p', (name, meant) => {
    expect(nearestName(name, KNOWN)).toBe(meant)
  })

  it('has no suggestion where no name is known', () => {
    expect(nearestName('role', [])).toBeUndefined()
  })

  it('looks at the beginning alone of a name that is longer than any of ours', () => {
    const beginning = 'x'.repeat(64)
    const whole = beginning + 'y'.repeat(1_000)
    expect(nearestName(whole, [beginning, whole])).toBe(beginning)
  })
})
