/** Reads JSON that somebody sent. */

/** Undefined for a text that is no JSON: whoever asked says so. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
