/**
 * Whether all that is percent-encoded in a text is UTF-8. The decoded text is looked at on purpose: bundlers take
 * `decodeURIComponent` for a function without effects, and leave a call out whose result nobody uses.
 */
export function isDecodable(text: string): boolean {
  try {
    return typeof decodeURIComponent(text) === 'string'
  } catch {
    // That it cannot be decoded is all there is to know.
    return false
  }
}
