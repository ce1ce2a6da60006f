/** What `npm ci` installs. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { ROOT } from './run.js'

export interface LockedPackage {
  readonly version?: string
  readonly integrity?: string
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly link?: boolean
}

/** By path, `node_modules/jose`. */
export function readLockfile(): { readonly packages: Readonly<Record<string, LockedPackage>> } {
  return JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as ReturnType<typeof readLockfile>
}
