/** Keeps session ids and cookies out of what express-session prints for whoever sets `DEBUG`. */
import session from 'express-session'

import { ConfigError } from '../../errors.js'

interface DebugModule {
  /** Called for every line, whenever the module was loaded. */
  formatArgs: (this: { namespace: string }, args: unknown[]) => void
}

const QUIET = Symbol.for('express-cis2 quiet debug')

/**
 * express-session prints the ids that it fetches and saves, and the cookies that it sets: enough to take a session
 * over. Its lines stay, the values in them go. Other packages' lines are as they were.
 *
 * @throws ConfigError when it prints and cannot be reached, as in a bundle.
 */
export function quietExpressSession(): void {
  const debug = debugOfExpressSession()
  if (debug === undefined) {
    if (printsExpressSession(process.env.DEBUG ?? '')) {
      throw new ConfigError([
        'DEBUG must not include express-session when it is bundled: its lines hold session ids. Add -express-session to DEBUG',
      ])
    }
    return
  }
  if (QUIET in debug.formatArgs) return
  const { formatArgs } = debug
  function formatWithoutValues(this: { namespace: string }, args: unknown[]): void {
    if (this.namespace === 'express-session') args.fill('[redacted]', 1)
    formatArgs.call(this, args)
  }
  debug.formatArgs = Object.assign(formatWithoutValues, { [QUIET]: true })
}

/**
 * The very copy that express-session uses; undefined when that is no module of its own any more. Looked for among the
 * loaded modules, not by name: another copy may lie where a bundle runs. `import.meta` and an import of `createRequire`
 * are what bundles stumble over.
 */
function debugOfExpressSession(): DebugModule | undefined {
  const { createRequire } = process.getBuiltinModule('node:module')
  const modules = Object.values(createRequire(`${process.cwd()}/`).cache)
  try {
    return modules.find((module) => module?.exports === session)?.require('debug') as DebugModule | undefined
  } catch {
    // It uses none any more: then there is nothing that prints.
    return undefined
  }
}

/** As the package `debug` reads its variable. */
function printsExpressSession(names: string): boolean {
  const patterns = names.split(/[\s,]+/).filter((name) => name !== '')
  const matches = (pattern: string) =>
    new RegExp(`^${pattern.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*')}$`).test('express-session')
  const left = patterns.filter((pattern) => pattern.startsWith('-')).map((pattern) => pattern.slice(1))
  return !left.some(matches) && patterns.some(matches)
}
