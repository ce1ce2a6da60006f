import { InvalidArgumentError } from 'commander'

import { bits, fault, port } from '../../../src/cli/flag-values.js'

describe('port', () => {
  it.each(['0', '80', '65535'])('takes %s', (text) => {
    expect(port(text)).toBe(Number(text))
  })

  it.each(['65536', '-1', '', ' 80', '8e1', '0x50', '1.5', 'http'])('refuses "%s"', (text) => {
    expect(() => port(text)).toThrow(InvalidArgumentError)
  })
})

describe('bits', () => {
  it.each(['2048', '16384'])('takes %s', (text) => {
    expect(bits(text)).toBe(Number(text))
  })

  it.each(['2047', '16385'])('refuses %s', (text) => {
    expect(() => bits(text)).toThrow(/from 2048 to 16384/)
  })
})

describe('fault', () => {
  it.each([
    { text: 'iss-mismatch', added: { 'iss-mismatch': true } },
    { text: 'auth-time-old=600', added: { 'auth-time-old': 600 } },
    { text: 'iat-old=-5', added: { 'iat-old': -5 } },
    { text: 'iss-mismatch=https://a.example/?b=c', added: { 'iss-mismatch': 'https://a.example/?b=c' } },
    { text: 'iss-mismatch=', added: { 'iss-mismatch': true } },
  ])('reads $text, beside those before it', ({ text, added }) => {
    expect(fault(text, { 'nonce-wrong': true })).toEqual({ 'nonce-wrong': true, ...added })
  })
})
