/** Sealed fields: whose they are decides who can open them. */
import { createSealer } from '../../../../src/session/records/seal.js'
import { deriveSecrets } from '../../../../src/session/records/session-secrets.js'

const OLD = 'old-secret-b7Qx2mVt9LkR4wZp6HsD1n'
const NEW = 'new-secret-y3Fg8jNc5TbW7vXq2KzA9e'

function sealerWith(...secrets: [string, ...string[]]) {
  return createSealer(deriveSecrets({ secrets, keyPrefix: 'seal:' }))
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
