/** A small project that has the package installed. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import { packOnce, unpack } from './pack.js'
import { ROOT } from './run.js'

/** Where the small projects of one test file are. */
export interface Consumers {
  readonly folder: string
  readonly tarball: string
  /** Copies a project of `consumers/` into a folder of its own, which it returns, with the package installed in it. */
  install(name: string, aliases?: Aliases): Promise<string>
  /** The same without a project: the folder holds what is installed, and nothing else. */
  installEmpty(): Promise<string>
  remove(): void
}

export async function createConsumers(): Promise<Consumers> {
  const tarball = await packOnce()
  const folder = mkdtempSync(join(tmpdir(), 'cis2-consumers-'))
  let installed = 0
  return {
    folder,
    tarball,
    install(name, aliases) {
      installed += 1
      return install(name, join(folder, `${String(installed)}-${name}`), tarball, aliases)
    },
    installEmpty() {
      installed += 1
      return installInto(join(folder, `${String(installed)}-empty`), tarball)
    },
    remove() {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Which of the repository's packages stands for another: `{ express: 'express4' }`; null for one that is not installed. */
export type Aliases = Readonly<Record<string, string | null>>

/**
 * Copies a project of `consumers/` into `folder`, with the tarball unpacked in its `node_modules`. Everything else there
 * is a link to the repository's packages: nothing is fetched.
 */
async function install(name: string, folder: string, tarball: string, aliases: Aliases = {}): Promise<string> {
  cpSync(resolve(__dirname, '../consumers', name), folder, { recursive: true })
  return installInto(folder, tarball, aliases)
}

async function installInto(folder: string, tarball: string, aliases: Aliases = {}): Promise<string> {
  const modules = join(folder, 'node_modules')
  linkPackages('', modules, aliases)
  linkPackages('@types', modules, aliases)
  await unpack(tarball, join(modules, 'express-cis2'))
  mkdirSync(join(modules, '.bin'))
  symlinkSync('../express-cis2/dist/bin.cjs', join(modules, '.bin', 'express-cis2'))
  symlinkSync('../tsx/dist/cli.mjs', join(modules, '.bin', 'tsx'))
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
