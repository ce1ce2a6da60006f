/** Our key ring: which key signs now, and what the world may know of all of them. */
import type { JWK } from 'jose'

import type { ParsedSigningKey } from '../options/cis2-config.js'

/** Every member of a JWK that is public for the key types we accept; RFC 7518, section 6. */
const PUBLIC_MEMBERS = ['kty', 'n', 'e', 'crv', 'x', 'y', 'kid', 'alg', 'use'] as const

/**
 * The first key whose `notBefore` has passed; undefined when none has.
 * @param now - Epoch milliseconds.
 */
export function keyToSignWith(keys: readonly ParsedSigningKey[], now: number): ParsedSigningKey | undefined {
  return keys.find(({ notBefore }) => notBefore === undefined || notBefore <= now)
}

/** All keys, also those that do not sign yet: CIS2 must know a key before it meets a signature of it. */
export function publicKeySet(keys: readonly ParsedSigningKey[]): { keys: JWK[] } {
  return { keys: keys.map(({ publicJwk }) => publicMembersOf(publicJwk)) }
}

/** By list of what is public, so that a private member never gets out however it got in. */
function publicMembersOf(key: JWK): JWK {
  return Object.fromEntries(
    PUBLIC_MEMBERS.flatMap((name) => (key[name] === undefined ? [] : [[name, key[name]] as const])),
  )
}
