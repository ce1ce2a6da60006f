// RSA keys cost a tenth of a second or more each, and hundreds of simulators and applications want some. A worker keeps
// those that it has made: a suite is given the keys of suites before it, and none of them twice.
import crypto from 'node:crypto'
import { promisify } from 'node:util'

/** By what was asked for: all keys that were made, and how many of them the running suite was given. */
const shelves = new Map()
let isInstalled = false

/** A new suite begins: it may be given every key. */
export function beginKeys() {
  for (const shelf of shelves.values()) shelf.given = 0
  if (isInstalled) return
  isInstalled = true
  const { generateKeyPair, generateKeyPairSync } = crypto
  crypto.generateKeyPairSync = keeping('sync', generateKeyPairSync)
  // With a callback, as nobody here calls it, it makes a key each time.
  crypto.generateKeyPair = Object.assign((...words) => generateKeyPair(...words), {
    [promisify.custom]: keeping('promise', promisify(generateKeyPair)),
  })
  const { subtle } = crypto.webcrypto
  Object.defineProperty(subtle, 'generateKey', { value: keeping('web', subtle.generateKey.bind(subtle)) })
}

/** The same function; an RSA key it makes only when the suite was given all that are at hand. */
function keeping(kind, make) {
  return (...words) => {
    const [algorithm] = words
    if (!/^rsa/i.test(algorithm?.name ?? algorithm)) return make(...words)
    const wanted = `${kind} ${JSON.stringify(words)}`
    const shelf = shelves.get(wanted) ?? { made: [], given: 0 }
    shelves.set(wanted, shelf)
    shelf.given += 1
    return (shelf.made[shelf.given - 1] ??= make(...words))
  }
}
