/** Keeps session ids and cookies out of what express-session prints for whoever sets `DEBUG`. */
import { createRequire } from 'node:module'

interface DebugModule {
  /** Called for every line, whenever the module was loaded. */
  formatArgs: (this: { namespace: string }, args: unknown[]) => void
}

const QUIET = Symbol.for('express-cis2 quiet debug')

/**
 * express-session prints the ids that it fetches and saves, and the cookies that it sets: enough to take a session
 * over. Its lines stay, the values in them go. Other packages' lines are as they were.
 */
export function quietExpressSession(): void {
  const debug = debugOfExpressSession()
  if (debug === undefined || QUIET in debug.formatArgs) return
  const { formatArgs } = debug
  function formatWithoutValues(this: { namespace: string }, args: unknown[]): void {
    if (this.namespace === 'express-session') args.fill('[redacted]', 1)
    formatArgs.call(this, args)
  }
  debug.formatArgs = Object.assign(formatWithoutValues, { [QUIET]: true })
}

/** The very copy that express-session uses; undefined when it uses none (any more). */
function debugOfExpressSession(): DebugModule | undefined {
  const here = createRequire(import.meta.url)
  try {
    return createRequire(here.resolve('express-session'))('debug') as DebugModule
  } catch {
    // Then there is nothing that prints.
    return undefined
  }
}
