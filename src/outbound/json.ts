/** Reading JSON that others wrote. */
import { isRecord } from '../primitives/is-record.js'

/** Deeper than any document of CIS2, shallower than what could hurt code that walks it. */
const MAX_DEPTH = 64

export type JsonObject = Readonly<Record<string, unknown>>

// ignoreBOM keeps the mark in the text, where JSON does not allow it (RFC 8259, section 8.1).
const UTF_8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The JSON object in these bytes; undefined when they are not UTF-8, not JSON, no object, or nested too deep. */
export function parseJsonObject(bytes: Uint8Array): JsonObject | undefined {
  if (isTooDeep(bytes)) return undefined
  try {
    const value: unknown = JSON.parse(UTF_8.decode(bytes))
    return isRecord(value) ? value : undefined
  } catch {
    // Whatever is not JSON is "not an object" to every caller; each says so in its own words.
    return undefined
  }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPENING_BRACKET = 0x5b
const OPENING_BRACE = 0x7b

function isTooDeep(bytes: Uint8Array): boolean {
  return opensMoreThan(MAX_DEPTH, bytes) && nestsTooDeep(bytes)
}

/** Most documents have so few brackets in all that there is nothing to follow; found by a search, not byte by byte. */
function opensMoreThan(most: number, bytes: Uint8Array): boolean {
  let count = 0
  for (const opening of [OPENING_BRACKET, OPENING_BRACE]) {
    for (let at = bytes.indexOf(opening); at !== -1; at = bytes.indexOf(opening, at + 1)) {
      if ((count += 1) > most) return true
    }
  }
  return false
}

function nestsTooDeep(bytes: Uint8Array): boolean {
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
  return byte === OPENING_BRACKET || byte === OPENING_BRACE
}

/** `]` or `}`. */
function isClosing(byte: number): boolean {
  return byte === 0x5d || byte === 0x7d
}
