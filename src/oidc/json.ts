/** Reading JSON that others wrote. */

/** Deeper than any document of CIS2, shallower than what could hurt code that walks it. */
const MAX_DEPTH = 64

export type JsonObject = Record<string, unknown>

/** Whether a value is a JSON object: no array, no null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The JSON object in these bytes; undefined when they are not UTF-8, not JSON, no object, or nested too deep. */
export function parseJsonObject(bytes: Uint8Array): JsonObject | undefined {
  if (isTooDeep(bytes)) return undefined
  try {
    // ignoreBOM keeps the mark in the text, where JSON does not allow it (RFC 8259, section 8.1).
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes))
    return isJsonObject(value) ? value : undefined
  } catch {
    // Whatever is not JSON is "not an object" to every caller; each says so in its own words.
    return undefined
  }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

function isTooDeep(bytes: Uint8Array): boolean {
  let depth = 0
  let inString = false
  let isEscaped = false
  for (const byte of bytes) {
    if (inString) {
      if (isEscaped) isEscaped = false
      else if (byte === BACKSLASH) isEscaped = true
      else if (byte === QUOTE) inString = false
    } else if (byte === QUOTE) inString = true
    else if (isOpening(byte) && (depth += 1) > MAX_DEPTH) return true
    else if (isClosing(byte)) depth -= 1
  }
  return false
}

/** `[` or `{`. */
function isOpening(byte: number): boolean {
  return byte === 0x5b || byte === 0x7b
}

/** `]` or `}`. */
function isClosing(byte: number): boolean {
  return byte === 0x5d || byte === 0x7d
}
