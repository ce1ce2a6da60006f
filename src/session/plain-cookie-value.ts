/**
 * The value of the session's cookie, in letters that no web application firewall takes for an attack.
 *
 * express-session signs in base64, and ids are base64url: among many values some hold `--`, `0x1f` or another piece of
 * what the rules look for, and their users would be locked out. Hexadecimal digits hold none of it.
 */

/** express-session's: the id (a tag of 16 bytes and 32 random ones, see `session-id.ts`), then its signature of 32. */
const SIGNED = /^s:([\w-]{22})([\w-]{43})\.([\w+/]{43})$/
const PLAIN = /^[0-9a-f]{160}$/
const TAG_END = 16
const ID_END = 48

/** What the browser is told in the place of express-session's value. */
export function plainCookieValue(signed: string): string {
  const [, tag, random, signature] = SIGNED.exec(signed) ?? []
  if (tag === undefined || random === undefined || signature === undefined) return encodeURIComponent(signed)
  return hexOf(tag, 'base64url') + hexOf(random, 'base64url') + hexOf(signature, 'base64')
}

/** Express-session's value; undefined when it is not written in our way. */
export function signedCookieValue(plain: string): string | undefined {
  if (!PLAIN.test(plain)) return undefined
  const bytes = Buffer.from(plain, 'hex')
  const id = bytes.toString('base64url', 0, TAG_END) + bytes.toString('base64url', TAG_END, ID_END)
  return `s:${id}.${bytes.toString('base64', ID_END).replace('=', '')}`
}

function hexOf(text: string, encoding: 'base64' | 'base64url'): string {
  return Buffer.from(text, encoding).toString('hex')
}
