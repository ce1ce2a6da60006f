/** The beginning of an answer: whoever answers in another's place may send without end. */

const MOST_BYTES = 64 * 1024

/** At most the first 64 KB, as text. */
export async function readBeginning(response: Response): Promise<string> {
  if (response.body === null) return ''
  const chunks: Uint8Array[] = []
  let size = 0
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader()
  while (size < MOST_BYTES) {
    const { done, value } = await reader.read()
    if (done) return Buffer.concat(chunks).toString()
    chunks.push(value)
    size += value.byteLength
  }
  // Not awaited: a stream may take its time to end, and nothing depends on it.
  reader.cancel().catch(() => undefined)
  return Buffer.concat(chunks).subarray(0, MOST_BYTES).toString()
}
