/** How the application proves to CIS2 that it is itself. */
import { z } from 'zod'

import type { ClientAuthenticationConfig } from './cis2-config.js'
import { conceal } from './conceal.js'
import { isRecord } from '../primitives/is-record.js'
import type { Readable } from './fields.js'
import { UNREADABLE, readFields, whenRead } from './fields.js'
import { environmentText, oneOf } from './schemas.js'
import { parseSigningKeys } from './signing-keys.js'

const PATH = 'clientAuthentication'
const secretMethod = oneOf(['client_secret_post', 'client_secret_basic', 'client_secret_jwt'])
const method = oneOf(['private_key_jwt', 'client_secret_post', 'client_secret_basic', 'client_secret_jwt'])

/** RFC 7518, section 3.2: an HS256 key has at least 256 bits. */
const MIN_HMAC_KEY_BYTES = 32

/** Reads the `clientAuthentication` option; the method says which other members belong to it. */
export function parseClientAuthentication(
  value: unknown,
  nowMilliseconds: number,
  problems: string[],
): Readable<ClientAuthenticationConfig> {
  const name = isRecord(value) ? value.method : undefined
  if (name === 'private_key_jwt') {
    const fields = readFields({ method, keys: z.unknown() }, value, PATH, problems)
    const keys = parseSigningKeys(fields?.keys, `${PATH}.keys`, nowMilliseconds, problems)
    return keys === UNREADABLE ? UNREADABLE : Object.freeze({ method: name, keys })
  }
  if (!secretMethod.safeParse(name).success) {
    readFields({ method, keys: z.unknown(), clientSecret: z.unknown() }, value, PATH, problems)
    return UNREADABLE
  }
  return parseClientSecret(value, problems)
}

function parseClientSecret(value: unknown, problems: string[]): Readable<ClientAuthenticationConfig> {
  const fields = readFields({ method: secretMethod, clientSecret: environmentText }, value, PATH, problems)
  const read = fields === undefined ? UNREADABLE : whenRead(fields)
  if (read === UNREADABLE) return UNREADABLE
  const { method: name, clientSecret } = read
  if (name === 'client_secret_jwt' && Buffer.byteLength(clientSecret) < MIN_HMAC_KEY_BYTES) {
    problems.push(`${PATH}.clientSecret must have at least ${MIN_HMAC_KEY_BYTES} bytes to sign with HS256`)
  }
  return conceal({ method: name, clientSecret }, { clientSecret: '[redacted]' })
}
