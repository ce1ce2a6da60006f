/** A small project that has the package installed. */
import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

import { readManifest, unpack } from './pack.js'
import { ROOT } from './run.js'

/** Which of the repository's packages stands for another: `{ express: 'express4' }`; null for one that is not installed. */
export type Aliases = Readonly<Record<string, string | null>>

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
  const left = new Set(['@types', 'express-cis2', 'express-cis2-example-clinic', 'least-typescript'])
  for (const name of readdirSync(from)) {
    if (left.has(name) || name.startsWith('.')) continue
    const full = join(scope, name)
    const target = full in aliases ? aliases[full] : full
    if (typeof target === 'string') symlinkSync(join(ROOT, 'node_modules', target), join(modules, full))
  }
}

/**
 * The same in the layout of a workspace of pnpm that hoists nothing: the package lies apart from the project, beside
 * links to what its manifest names and to nothing else.
 *
 * @param direct - What the project itself depends on.
 */
export async function installApart(name: string, folder: string, tarball: string, direct: string[]): Promise<string> {
  const project = join(folder, 'app')
  cpSync(resolve(__dirname, '../consumers', name), project, { recursive: true })
  const apart = join(folder, 'store', 'node_modules')
  await unpack(tarball, join(apart, 'express-cis2'))
  const { dependencies, peerDependencies } = readManifest(join(apart, 'express-cis2'))
  const peers = Object.keys(peerDependencies).filter((peer) => direct.includes(peer))
  for (const each of [...Object.keys(dependencies), ...peers]) link(each, apart)
  for (const each of direct) link(each, join(project, 'node_modules'))
  symlinkSync(join(apart, 'express-cis2'), join(project, 'node_modules', 'express-cis2'))
  return project
}

function link(name: string, modules: string): void {
  mkdirSync(dirname(join(modules, name)), { recursive: true })
  symlinkSync(join(ROOT, 'node_modules', name), join(modules, name))
}
