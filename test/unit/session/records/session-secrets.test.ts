/** Keys derived from the configured secret: one for each use. */
import { createHash } from 'node:crypto'

import { deriveSecrets } from '../../../../src/session/records/session-secrets.js'

const SECRET = 'a-secret-of-more-than-32-characters-1'

function keysOf(keyPrefix: string, secret = SECRET): string[] {
  const [derived] = deriveSecrets({ secrets: [secret], keyPrefix })
  return Object.values(derived).map((key) => (Buffer.isBuffer(key) ? key.toString('base64url') : String(key)))
}

describe('the keys of a secret', () => {
  it('are another for every use, so that what is made for one stands for no other', () => {
    const keys = keysOf('one:')
    expect(keys.length).toBeGreaterThan(5)
    // The start counts: a shorter key must not be the start of a longer one either.
    expect(new Set(keys.map((key) => key.slice(0, 5))).size).toBe(keys.length)
  })

  it('are others for another prefix, and for another secret', () => {
    const all = [...keysOf('one:'), ...keysOf('two:'), ...keysOf('one:', `${SECRET}x`)]
    expect(new Set(all).size).toBe(all.length)
  })

  it('are those that earlier releases derived: with others, an upgrade would sign everybody out', () => {
    const fingerprints = keysOf('one:').map((key) => createHash('sha256').update(key).digest('hex').slice(0, 8))
    expect(fingerprints).toEqual(['a11110fd', '8b1d7ca5', '0654e223', '65367cfa', '6e410e00', '7f399277'])
  })
})
