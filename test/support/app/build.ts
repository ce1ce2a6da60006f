/** Builds of the package, for processes of their own: as it is, or as it was. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'

const ROOT = resolve(__dirname, '../../..')
/** Inside the repository, so that what is built finds its dependencies. */
const CACHE = join(ROOT, 'node_modules/.cache/express-cis2/builds')

/** Returns the path of the built module. */
export function buildHere(name = 'here'): string {
  return build(ROOT, name)
}

/** The same of an earlier commit; `change` may spoil its files before. */
export function buildOf(commit: string, change: (folder: string) => void = () => {}, name = commit): string {
  const folder = join(CACHE, `${name}-source`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const archive = execFileSync('git', ['archive', commit, 'src', 'package.json', 'tsconfig.json'], {
    cwd: ROOT,
    maxBuffer: 100_000_000,
  })
  execFileSync('tar', ['-x', '-C', folder], { input: archive })
  change(folder)
  return build(folder, name)
}

function build(folder: string, name: string): string {
  const out = join(CACHE, name)
  const program = join(ROOT, 'test/support/commands/build-package.mjs')
  const { status, stderr } = spawnSync(process.execPath, [program, folder, out], { cwd: ROOT, encoding: 'utf8' })
  if (status !== 0) throw new Error(`The build failed:\n${stderr}`)
  return join(out, 'index.js')
}
