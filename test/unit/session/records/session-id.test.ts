import { addressOf, nameOf, newSessionId } from '../../../../src/session/records/session-id.js'
import { deriveSecrets, tagOfUser } from '../../../../src/session/records/session-secrets.js'

const SECRETS = deriveSecrets({ secrets: ['Vn3k8sPq2Lr7wXy5bTz9cJm4dHf6gKa1'], keyPrefix: 'cis2:' })

describe('a session id', () => {
  it('SES-7 has 256 random bits beside its tag, and never comes twice', () => {
    const [secret] = SECRETS
    const tag = tagOfUser(secret, 'https://issuer.example', '555012345678')
    const ids = new Set<string>()
    for (let each = 0; each < 100_000; each++) ids.add(newSessionId(tag))
    expect(ids.size).toBe(100_000)
    const seen = [...ids].slice(0, 1000).map((id) => Buffer.from(id.slice(tag.length), 'base64url'))
    expect(new Set(seen.map((random) => random.length))).toEqual(new Set([32]))
    // Every bit is set about every other time: 1,000 throws stay within 6 standard deviations.
    for (let bit = 0; bit < 256; bit++) {
      const set = seen.filter((random) => ((random[bit >> 3] ?? 0) >> (bit & 7)) & 1).length
      expect(Math.abs(set - 500)).toBeLessThan(95)
    }
  })

  it('SES-8 is not what the store is told', () => {
    const id = newSessionId()
    const address = addressOf(id)
    expect(address).toMatchObject({ id, name: nameOf(id) })
    expect(id).not.toContain(address?.name)
  })

  it('carries the tag of its user, which tells where it is kept', () => {
    const tag = 'a-tag-of-22-characters'
    expect(addressOf(newSessionId(tag))?.tag).toBe(tag)
  })

  it('is kept under the name that earlier releases gave it', () => {
    // The first 132 bits of SHA-256, as base64url.
    expect(nameOf('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7')
  })

  it.each([
    undefined,
    7,
    '',
    'x'.repeat(64),
    'x'.repeat(66),
    `${'x'.repeat(64)}/`,
    'x'.repeat(65) + '\n',
    ['x'.repeat(65)],
  ])('SES-5 is not read out of %j', (text) => {
    expect(addressOf(text)).toBeUndefined()
  })
})

describe('the tag of a user', () => {
  it('CLM-8 differs between issuers, users and secrets', () => {
    const [secret] = SECRETS
    const [other] = deriveSecrets({ secrets: ['another-secret-b7Qx2mVt9LkR4wZp6HsD1'], keyPrefix: 'cis2:' })
    const tags = [
      tagOfUser(secret, 'https://a.example', '1'),
      tagOfUser(secret, 'https://b.example', '1'),
      tagOfUser(secret, 'https://a.example', '2'),
      tagOfUser(secret, 'https://a.example1', ''),
      tagOfUser(other, 'https://a.example', '1'),
    ]
    expect(new Set(tags).size).toBe(tags.length)
    expect(tagOfUser(secret, 'https://a.example', '1')).toBe(tags[0])
  })

  it('differs between applications that share a secret', () => {
    const [here] = SECRETS
    const [there] = deriveSecrets({ secrets: ['Vn3k8sPq2Lr7wXy5bTz9cJm4dHf6gKa1'], keyPrefix: 'other:' })
    expect(tagOfUser(there, 'https://a.example', '1')).not.toBe(tagOfUser(here, 'https://a.example', '1'))
  })
})
