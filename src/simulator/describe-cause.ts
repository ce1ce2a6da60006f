/** Says in one line why a request of the simulator failed. */

/** The innermost message: `fetch` says no more than "fetch failed" itself. */
export function describeCause(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.cause !== undefined) return describeCause(error.cause)
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return error.message || code || error.name
}
