import { createIdling } from '../../../src/outbound/idling.js'

const ORIGIN = 'https://cis2.example'

it.each<[said: string | undefined, isBrief: boolean]>([
  [undefined, true],
  ['timeout=5', true],
  ['timeout=5, max=100', true],
  ['max=100, Timeout = "10"', true],
  ['timeout=11', false],
  ['timeout=60', false],
  ['timeout=600, max=5', false],
  ['timeout=999999999', false],
  ['max=100', true],
  ['', true],
])('of a server whose Keep-Alive says %j a connection may stay open: %s', (said, isBrief) => {
  const idling = createIdling()
  expect(idling.isBrief(ORIGIN)).toBe(false)
  idling.learn(ORIGIN, new Headers(said === undefined ? {} : { 'keep-alive': said }))
  expect(idling.isBrief(ORIGIN)).toBe(isBrief)
  expect(idling.isBrief('https://other.example')).toBe(false)
})

it('believes what the server said last', () => {
  const idling = createIdling()
  idling.learn(ORIGIN, new Headers({ 'keep-alive': 'timeout=5' }))
  idling.learn(ORIGIN, new Headers({ 'keep-alive': 'timeout=60' }))
  expect(idling.isBrief(ORIGIN)).toBe(false)
})
