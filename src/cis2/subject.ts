/** Who a token is about: the one claim that identifies a person. */

/** OpenID Connect Core 1.0, section 2: "MUST NOT exceed 255 ASCII characters in length". */
const PRINTABLE_ASCII = /^[\x20-\x7e]{1,255}$/

/**
 * Whether a `sub` can identify a person. It is kept byte for byte, spaces included, and never trimmed.
 *
 * Control characters would reach logs and keys, and a name that every object has (`__proto__`,
 * `constructor`) is nobody's.
 */
export function isSubject(value: unknown): value is string {
  if (typeof value !== 'string' || value.trim() === '') return false
  return PRINTABLE_ASCII.test(value) && !Object.hasOwn(Object.prototype, value)
}
