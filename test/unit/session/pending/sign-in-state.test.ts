import { createHmac, randomBytes } from 'node:crypto'

import { createSignInStates } from '../../../../src/session/pending/sign-in-state.js'
import { deriveSecrets } from '../../../../src/session/records/session-secrets.js'

const SECRETS = deriveSecrets({ secrets: ['Vn3k8sPq2Lr7wXy5bTz9cJm4dHf6gKa1'], keyPrefix: 'cis2:' })
const NOW = 1_700_000_000_000

/** As version 0.1 issued it. */
function oldState(): { readonly text: string; readonly id: string } {
  const payload = Buffer.concat([randomBytes(16), Buffer.of(0, 0, 0x65, 0x53, 0xf1, 0x00, 0)])
  const mac = createHmac('sha256', SECRETS[0].state).update(payload).digest().subarray(0, 16)
  return { text: Buffer.concat([payload, mac]).toString('base64url'), id: payload.toString('base64url', 0, 16) }
}

describe('the state of a sign-in', () => {
  it('FIELD-24 is hexadecimal digits alone, and so is the id that names its cookie', () => {
    const states = createSignInStates(SECRETS)
    for (let each = 0; each < 2_000; each++) {
      const state = states.issue(NOW, false)
      expect(state.text).toMatch(/^[0-9a-f]{78}$/)
      expect(state.id).toMatch(/^[0-9a-f]{32}$/)
      expect(states.read(state.text, NOW)).toEqual(state)
    }
  })

  it('FIELD-24 that an older version issued is still read, and names the cookie that this version set', () => {
    const { text, id } = oldState()
    const read = createSignInStates(SECRETS).read(text, NOW)
    expect(read).toEqual({ text, id, issuedAt: NOW / 1000, restarted: false, expired: false })
  })

  it.each([
    [599_999, false],
    [600_000, true],
  ])('is %d milliseconds old: expired is %s', (age, expired) => {
    const states = createSignInStates(SECRETS)
    expect(states.read(states.issue(NOW, false).text, NOW + age)?.expired).toBe(expired)
  })

  it('tells that its sign-in was restarted once already', () => {
    const states = createSignInStates(SECRETS)
    expect([true, false].map((restarted) => states.read(states.issue(NOW, restarted).text, NOW)?.restarted)).toEqual([
      true,
      false,
    ])
  })

  it('SES-6 is read by whoever has its secret, among new ones and old ones, and by nobody else', () => {
    const mine = createSignInStates(SECRETS).issue(NOW, false).text
    const readBy = (...secrets: [string, ...string[]]) =>
      createSignInStates(deriveSecrets({ secrets, keyPrefix: 'cis2:' })).read(mine, NOW)?.text
    const old = 'Vn3k8sPq2Lr7wXy5bTz9cJm4dHf6gKa1'
    const another = 'another-secret-b7Qx2mVt9LkR4wZp6HsD1'
    expect([readBy(another, old), readBy(old, another)]).toEqual([mine, mine])
    expect(readBy(another)).toBeUndefined()
  })

  it('CB-4 is none of ours when one bit of it is changed', () => {
    const states = createSignInStates(SECRETS)
    const { text } = states.issue(NOW, false)
    for (let bit = 0; bit < 39 * 8; bit++) {
      const bytes = Buffer.from(text, 'hex')
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(states.read(bytes.toString('hex'), NOW)).toBeUndefined()
    }
    for (const odd of [text.toUpperCase(), `00${text}`, `${text}00`, `${text}\n`, text.slice(2), '']) {
      expect(states.read(odd, NOW)).toBeUndefined()
    }
  })
})
