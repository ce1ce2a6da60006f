/**
 * As much of a fresh clone as the Dockerfile copies, after `npm ci`: what builds here builds in an image, and touches nobody
 * else's files.
 */
import { cp, mkdir, mkdtemp, readdir, realpath, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { readCopiedPaths } from './dockerfile.js'

const root = join(import.meta.dirname, '..', '..', '..')

/** Not in a clone, or not let into an image. */
const LEFT_OUT = new Set(['node_modules', 'dist', 'test'])

/** For the tests to look at. */
const BESIDE = ['.dockerignore', 'docker-compose.yml', 'Dockerfile']

export interface FreshCopy {
  readonly folder: string
  remove(): Promise<void>
}

export async function makeFreshCopy(): Promise<FreshCopy> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'express-cis2-')))
  for (const name of [...readCopiedPaths(), ...BESIDE]) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await cp(join(root, name), join(folder, name), {
      recursive: true,
      filter: (source) => !LEFT_OUT.has(source.split(/[\\/]/).at(-1) ?? ''),
    })
  }
  await linkDependencies(folder)
  return {
    folder,
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** The packages are the same ones; this repository's own name leads to the copy. */
async function linkDependencies(folder: string): Promise<void> {
  await mkdir(join(folder, 'node_modules'))
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (name === 'express-cis2' || name === 'express-cis2-example-clinic' || name === '.cache') continue
    await symlink(join(root, 'node_modules', name), join(folder, 'node_modules', name))
  }
  await symlink(folder, join(folder, 'node_modules', 'express-cis2'))
}
