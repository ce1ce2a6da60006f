import { isLoopback } from '../../../src/primitives/is-loopback.js'

describe('isLoopback', () => {
  it.each(['localhost', '127.0.0.1', '127.255.0.9', '[::1]'])('is true of %s', (hostname) => {
    expect(isLoopback(hostname)).toBe(true)
  })

  it.each(['localhost.example', '128.0.0.1', '0.0.0.0', '127.0.0.1.example', '[::2]', 'x127.0.0.1', ''])(
    'is false of "%s"',
    (hostname) => {
      expect(isLoopback(hostname)).toBe(false)
    },
  )
})
