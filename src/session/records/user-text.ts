/** A user's text as it lies in the store: small as it is, large ones compressed. */
import { deflateRawSync, inflateRawSync } from 'node:zlib'

/** Every guarded request brings the record from the store; below this, compressing costs more than it saves. */
const COMPRESS_FROM_BYTES = 8 * 1024
/** Of the text, which is at most half as long: what opens was sealed by us, so this is damage, never a bomb. */
const LONGEST_BYTES = 1024 * 1024

const PLAIN = 0
const COMPRESSED = 1

/**
 * Whoever reads the length of a compressed secret, and can choose what stands beside it, can guess it; nothing here is
 * chosen by anybody but CIS2, and the length is seen only by who reads the store.
 */
export function packText(text: string): Buffer {
  const bytes = Buffer.from(text)
  return bytes.length < COMPRESS_FROM_BYTES
    ? Buffer.concat([Buffer.of(PLAIN), bytes])
    : Buffer.concat([Buffer.of(COMPRESSED), deflateRawSync(bytes)])
}

export function unpackText(packed: Buffer): string {
  const bytes = packed.subarray(1)
  return (packed[0] === COMPRESSED ? inflateRawSync(bytes, { maxOutputLength: LONGEST_BYTES }) : bytes).toString()
}
