/** The package as it would be published, built and packed in a folder of its own. */
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

import { ROOT, run, runNode, tool } from './run.js'

export interface PackageManifest {
  readonly name: string
  readonly version: string
  readonly bin: Readonly<Record<string, string>>
  readonly files: readonly string[]
  readonly dependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly scripts: Readonly<Record<string, string>>
}

export function readManifest(folder = ROOT): PackageManifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageManifest
}

/** Packed once for all test files of a run, by whichever of Jest's workers comes first; the others wait. */
export async function packOnce(): Promise<string> {
  const folder = String(process.env.CIS2_PACKAGE_FOLDER)
  const failed = join(folder, 'failed')
  const { name, version } = readManifest()
  const tarball = join(folder, `${name}-${version}.tgz`)
  if (mkdirSync(join(folder, 'packing'), { recursive: true }) !== undefined) {
    try {
      renameSync(await pack(join(folder, 'packing')), tarball)
    } catch (error) {
      writeFileSync(failed, String(error))
    }
  }
  while (!existsSync(tarball)) {
    if (existsSync(failed)) throw new Error(readFileSync(failed, 'utf8'))
    await pause(100)
  }
  return tarball
}

/**
 * Builds into `folder`, packs there, and returns the path of the tarball. The repository's own `dist` is left alone:
 * other tests may be running from it.
 */
export async function pack(folder: string): Promise<string> {
  const staging = join(folder, 'staging')
  mkdirSync(staging, { recursive: true })
  const built = await runNode([tool('tsdown/dist/run.mjs'), '--out-dir', join(staging, 'dist')])
  if (built.code !== 0) throw new Error(`The build failed:\n${built.output}`)
  for (const name of ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'SECURITY.md', 'docs']) {
    cpSync(join(ROOT, name), join(staging, name), { recursive: true })
  }
  const packed = await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], staging)
  if (packed.code !== 0) throw new Error(`npm pack failed:\n${packed.output}`)
  const { name, version } = readManifest()
  return join(folder, `${name}-${version}.tgz`)
}

/** Unpacks as npm does: what is below `package/` comes out in `folder`. */
export async function unpack(tarball: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const unpacked = await run('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1'], ROOT)
  if (unpacked.code !== 0) throw new Error(`tar failed:\n${unpacked.output}`)
}
