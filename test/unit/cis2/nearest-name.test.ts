import { nearestName } from '../../../src/cis2/nearest-name.js'
import { cpuMilliseconds } from '../../support/cpu-milliseconds.js'

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

  it('does little work for a name of a million letters', () => {
    expect(cpuMilliseconds(() => nearestName('x'.repeat(1_000_000), KNOWN))).toBeLessThan(50)
  })
})
