/** Package managers that lay packages out in their own ways, with the registry that npm is configured for. */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

import type { Consumers } from './consumer.js'
import { readLockfile } from './lockfile.js'
import { ROOT, runNode, tool, type Finished } from './run.js'

/** What the project depends on beside the package: in the versions that this repository has. */
const DIRECT = ['express', 'ioredis', 'supertest', 'typescript', '@types/express', '@types/node', '@types/supertest']

const CONSUMERS = resolve(__dirname, '../consumers')

/** Kept between runs, so that only the first one fetches packages; gone with `node_modules`. */
const CACHE = join(ROOT, 'node_modules/.cache/express-cis2')

export interface Installed {
  readonly project: string
  /** Runs a script with the modules that were installed. */
  node(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Finished>
}

/** The guard in TypeScript, and a sign-in by the test kit. */
function createProject(project: string, tarball: string): void {
  mkdirSync(project, { recursive: true })
  for (const name of ['must-compile.ts', 'must-compile.cts', 'must-not-compile.ts']) {
    cpSync(join(CONSUMERS, 'typescript', name), join(project, name))
  }
  cpSync(join(CONSUMERS, 'node-test/sign-in.test.mjs'), join(project, 'sign-in.test.mjs'))
  cpSync(join(CONSUMERS, 'unhoisted/tsconfig.json'), join(project, 'tsconfig.json'))
  const { packages } = readLockfile()
  const versions = DIRECT.map((name) => [name, packages[`node_modules/${name}`]?.version])
  const dependencies = { ...Object.fromEntries(versions), 'express-cis2': `file:${tarball}` } as object
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }))
}

/** A workspace, where the package lies outside the project and cannot see what the project has. */
export async function installByPnpm({ folder, tarball }: Consumers): Promise<Installed> {
  const workspace = join(folder, 'pnpm')
  const project = join(workspace, 'app')
  createProject(project, tarball)
  cpSync(join(CONSUMERS, 'unhoisted/pnpm-workspace.yaml'), join(workspace, 'pnpm-workspace.yaml'))
  const registry = await configured('registry')
  const options = ['--prefer-offline', '--ignore-scripts', '--no-lockfile', '--registry', registry]
  const folders = ['--store-dir', join(CACHE, 'pnpm-store'), `--config.cache-dir=${join(CACHE, 'pnpm')}`]
  succeeded(await runNode([tool('pnpm/bin/pnpm.cjs'), 'install', ...options, ...folders], { cwd: project }))
  return { project, node: (script, env = {}) => runNode(script, { cwd: project, env }) }
}

/** Plug'n'Play: there is no `node_modules`, and whatever is not declared is not found. */
export async function installByYarn({ folder, tarball }: Consumers): Promise<Installed> {
  const project = join(folder, 'yarn')
  createProject(project, tarball)
  cpSync(join(CONSUMERS, 'unhoisted/.yarnrc.yml'), join(project, '.yarnrc.yml'))
  // It is the root of its own, whatever folder it lies in.
  writeFileSync(join(project, 'yarn.lock'), '')
  const yarn = tool('@yarnpkg/cli-dist/bin/yarn.js')
  const [registry, authority] = await Promise.all([configured('registry'), configured('cafile')])
  const env = {
    YARN_NPM_REGISTRY_SERVER: registry,
    YARN_UNSAFE_HTTP_WHITELIST: new URL(registry).hostname,
    YARN_GLOBAL_FOLDER: join(CACHE, 'yarn'),
    YARN_ENABLE_IMMUTABLE_INSTALLS: '0',
    ...(authority !== 'null' && { YARN_HTTPS_CA_FILE_PATH: authority }),
  }
  const offline = await runNode([yarn, 'install'], { cwd: project, env: { ...env, YARN_ENABLE_OFFLINE_MODE: '1' } })
  if (offline.code !== 0) succeeded(await runNode([yarn, 'install'], { cwd: project, env }))
  return {
    project,
    node: (script, more) => runNode([yarn, 'node', ...script], { cwd: project, env: { ...env, ...more } }),
  }
}

function succeeded({ code, output }: Finished): void {
  if (code !== 0) throw new Error(output)
}

/** A setting of npm's, wherever it comes from: a file, or a variable of the process that runs the tests. */
async function configured(name: string): Promise<string> {
  const { stdout } = await promisify(execFile)('npm', ['config', 'get', name], { cwd: ROOT })
  return stdout.trim()
}
