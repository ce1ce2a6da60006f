/** Sealed fields: whose they are decides who can open them. */
import { createCipheriv, createHmac } from 'node:crypto'

import { NEWEST_FORMAT } from '../../../../src/session/record-format.js'
import { createSealer } from '../../../../src/session/records/seal.js'
import { deriveSecrets } from '../../../../src/session/records/session-secrets.js'

const OLD = 'old-secret-b7Qx2mVt9LkR4wZp6HsD1n'
const NEW = 'new-secret-y3Fg8jNc5TbW7vXq2KzA9e'

function sealerWith(...secrets: [string, ...string[]]) {
  return createSealer(deriveSecrets({ secrets, keyPrefix: 'seal:' }))
}

/** Seals as a release with another format would: the same secret, the same layout. */
function sealedInFormat(format: number, owner: string, field: string, plain: string): Buffer {
  const [{ keyId, sealing }] = deriveSecrets({ secrets: [OLD], keyPrefix: 'seal:' })
  const nonce = Buffer.alloc(12, 'n')
  const cipher = createCipheriv('aes-256-gcm', createHmac('sha256', sealing).update(owner).digest(), nonce)
  cipher.setAAD(Buffer.from(`${format}\0${field}\0${owner}`))
  const body = Buffer.concat([cipher.update(plain), cipher.final()])
  return Buffer.concat([Buffer.of(format), keyId, nonce, body, cipher.getAuthTag()])
}

it('SES-6 opens fields of one record that two secrets sealed, in any order', () => {
  const before = sealerWith(OLD)
  const after = sealerWith(NEW, OLD)
  const small = before.seal('owner', 'm', 'small')
  const data = after.seal('owner', 'a', 'data')
  const order = ['m', 'a', 'a', 'm', 'm']
  expect(order.map((field) => after.open('owner', field, field === 'm' ? small : data))).toEqual(
    order.map((field) => (field === 'm' ? 'small' : 'data')),
  )
  expect(before.open('owner', 'a', data)).toBeUndefined()
})

it('opens nothing for another owner or field, whoever was served last', () => {
  const sealer = sealerWith(OLD)
  const sealed = sealer.seal('one', 'm', 'text')
  sealer.seal('other', 'm', 'text')
  expect(sealer.open('other', 'm', sealed)).toBeUndefined()
  expect(sealer.open('one', 'u', sealed)).toBeUndefined()
  expect(sealer.open('one', 'm', sealed)).toBe('text')
})

it('seals under a nonce of its own each time, over more than are drawn at once', () => {
  const sealer = sealerWith(OLD)
  const nonces = Array.from({ length: 1_000 }, () => sealer.seal('owner', 'm', '').toString('hex', 5, 17))
  expect(new Set(nonces).size).toBe(nonces.length)
})

it('SES-6 opens after a restart what it sealed for many owners in turn', () => {
  const sealer = sealerWith(OLD)
  const owners = ['one', 'other', 'one', 'third']
  const sealed = owners.map((owner) => sealer.seal(owner, 'm', owner))
  const opened = owners.map((owner, index) => sealerWith(OLD).open(owner, 'm', sealed[index] ?? Buffer.alloc(0)))
  expect(opened).toEqual(owners)
})

it('SES-5 opens nothing of what was cut off anywhere, or had a byte changed', () => {
  const sealer = sealerWith(OLD)
  const sealed = sealer.seal('owner', 'm', 'text')
  for (let length = 0; length < sealed.length; length += 1) {
    expect(sealer.open('owner', 'm', sealed.subarray(0, length))).toBeUndefined()
    const changed = Buffer.from(sealed)
    changed[length] = (changed[length] ?? 0) ^ 1
    expect(sealer.open('owner', 'm', changed)).toBeUndefined()
  }
})

it('seals and opens what is empty', () => {
  const sealer = sealerWith(OLD)
  expect(sealer.open('owner', 'm', sealer.seal('owner', 'm', ''))).toBe('')
})

it('opens only formats that it knows, whoever sealed them', () => {
  const open = (format: number) => sealerWith(OLD).open('owner', 'm', sealedInFormat(format, 'owner', 'm', 'text'))
  expect(open(1)).toBe('text')
  expect([0, NEWEST_FORMAT + 1, 255].map(open)).toEqual([undefined, undefined, undefined])
})
