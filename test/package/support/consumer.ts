/** A small project that has the package installed. */
import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { unpack } from './pack.js'
import { ROOT } from './run.js'

/** Which of the repository's packages stands for another: `{ express: 'express4' }`. */
export type Aliases = Readonly<Record<string, string>>

/**
 * Copies a project of `consumers/` into `folder`, with the tarball unpacked in its `node_modules`. Everything else there
 * is a link to the repository's packages: nothing is fetched.
 */
export async function install(name: string, folder: string, tarball: string, aliases: Aliases = {}): Promise<string> {
  cpSync(resolve(__dirname, '../consumers', name), folder, { recursive: true })
  const modules = join(folder, 'node_modules')
  linkPackages('', modules, aliases)
  linkPackages('@types', modules, aliases)
  await unpack(tarball, join(modules, 'express-cis2'))
  mkdirSync(join(modules, '.bin'))
  symlinkSync('../express-cis2/dist/bin.js', join(modules, '.bin', 'express-cis2'))
  return folder
}

/** Links each package of a scope; `@types` alone is a folder of its own, for one of its packages may be exchanged. */
function linkPackages(scope: string, modules: string, aliases: Aliases): void {
  const from = join(ROOT, 'node_modules', scope)
  mkdirSync(join(modules, scope), { recursive: true })
  const left = new Set(['@types', 'express-cis2', 'express-cis2-example-clinic'])
  for (const name of readdirSync(from)) {
    if (left.has(name) || name.startsWith('.')) continue
    const full = join(scope, name)
    symlinkSync(join(ROOT, 'node_modules', aliases[full] ?? full), join(modules, full))
  }
}
