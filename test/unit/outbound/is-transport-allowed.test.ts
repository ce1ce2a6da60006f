import { isTransportAllowed } from '../../../src/outbound/is-transport-allowed.js'

describe('isTransportAllowed', () => {
  it.each([
    ['https://a.test/', true],
    ['http://127.0.0.1:8080/', true],
    ['http://127.1.2.3/', true],
    ['http://localhost/', true],
    ['http://[::1]:3000/', true],
    ['http://a.test/', false],
    ['http://127.0.0.1.evil.test/', false],
    ['http://localhost.evil.test/', false],
    ['ftp://127.0.0.1/', false],
    ['nothing', false],
  ])('of %s is %s', (address, allowed) => {
    expect(isTransportAllowed(address)).toBe(allowed)
  })
})
