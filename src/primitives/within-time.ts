/** Waiting for something, but not for ever. */

/**
 * What the work resolves with, unless it takes longer: then rejects with what `tooLate` makes, an error with its stack
 * being too dear for work that ends in time.
 * The work itself goes on; its own bounds must end it.
 */
export async function withinTime<T>(work: Promise<T>, milliseconds: number, tooLate: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_resolve, reject) => {
    // The promise's own socket keeps the process alive while there is something to wait for.
    timer = setTimeout(
      () => {
        reject(tooLate())
      },
      Math.max(0, milliseconds),
    ).unref()
  })
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}
