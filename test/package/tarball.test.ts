/** The package as it would be published: what is in it, and that it says so. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { readLockfile } from './support/lockfile.js'
import { pack, packOnce, readManifest, unpack } from './support/pack.js'
import { ROOT, runNode, tool } from './support/run.js'

let folder: string
let tarball: string
/** The package, unpacked. */
let content: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cis2-package-'))
  content = join(folder, 'content')
  tarball = await packOnce()
  await unpack(tarball, content)
}, 240_000)

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

function filesOf(path: string): string[] {
  return readdirSync(path, { recursive: true })
    .map((name) => String(name).replaceAll('\\', '/'))
    .filter((name) => statSync(join(path, name)).isFile())
}

describe('the tarball', () => {
  it('holds the builds, the documents and nothing else (SUP-2)', () => {
    const allowed =
      /^(dist\/[\w.-]+\.(js|cjs|d\.ts|d\.cts)|docs\/[\w./-]+\.(md|webp)|(README|CHANGELOG|SECURITY)\.md|LICENSE|package\.json)$/
    const files = filesOf(content)
    expect(files.filter((name) => !allowed.test(name))).toEqual([])
    expect(files).toEqual(expect.arrayContaining(['dist/index.js', 'dist/index.cjs', 'docs/errors.md', 'LICENSE']))
  })

  it('runs nothing when it is installed (SUP-2)', () => {
    const { scripts } = readManifest(content)
    expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$|^prepare$/.test(name))).toEqual([])
  })

  it('is smaller than 450 KB', () => {
    expect(statSync(tarball).size).toBeLessThan(450_000)
  })

  it('tells nothing of the machine that built it (SUP-3)', () => {
    const texts = filesOf(content).map((name) => readFileSync(join(content, name), 'utf8'))
    expect(texts.filter((text) => text.includes(ROOT) || text.includes(tmpdir() + '/'))).toEqual([])
  })

  it('comes out the same, byte for byte, from another build (SUP-3)', async () => {
    const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')
    expect(digest(await pack(join(folder, 'again')))).toBe(digest(tarball))
  }, 120_000)

  it('depends on what docs/dependencies.md justifies, uses all of it, and nothing besides (SUP-1)', () => {
    const { dependencies, peerDependencies } = readManifest(content)
    const page = readFileSync(join(content, 'docs/dependencies.md'), 'utf8')
    const justified = [...page.matchAll(/^- `([^`]+)`(?: \(|, )/gm)].map(([, name = '']) => name)
    const named = [...Object.keys(dependencies), ...Object.keys(peerDependencies)]
    expect(justified.sort()).toEqual(named.sort())
    const used = importsOf(/\.c?js$/)
    expect(Object.keys(dependencies).filter((name) => !used.has(name))).toEqual([])
    expect([...used].filter((name) => !named.includes(name))).toEqual([])
  })

  it('is one build, which ES modules hand on', () => {
    const modules = filesOf(join(content, 'dist')).filter((name) => name.endsWith('.js'))
    expect(modules.sort()).toEqual(['index.js', 'session-warning.js', 'simulator.js', 'testing.js'])
    for (const name of ['index', 'simulator', 'testing']) {
      const face = readFileSync(join(content, 'dist', `${name}.js`), 'utf8')
      expect(face).toMatch(new RegExp(`^(import '[\\w-]+'\n)*export \\{ [\\w, ]+ \\} from './${name}\\.cjs'\n$`))
    }
  })

  it('carries what Jest on Node 20 cannot require, in a file that asks for none of it', () => {
    const packages = ['openid-client', 'oauth4webapi', 'jose']
    const asked = (pattern: RegExp) => [...importsOf(pattern)].filter((name) => packages.includes(name)).sort()
    expect(asked(/^carried\.cjs$/)).toEqual([])
    expect(asked(/\.cjs$/)).toEqual(['jose', 'openid-client'])
  })

  it('has lost nothing that is called only to see whether it throws', () => {
    const built = filesOf(join(content, 'dist')).filter((name) => name.endsWith('.cjs'))
    const emptied = /try ?\{ ?(?:return ?(?:!0|!1|true|false|void 0)?;?)? ?\} ?catch/
    expect(built.filter((name) => emptied.test(readFileSync(join(content, 'dist', name), 'utf8')))).toEqual([])
  })

  it('FIELD-18 carries there the versions that the lockfile names, which SECURITY.md promises', () => {
    const { packages } = readLockfile()
    const carried = readdirSync(join(content, 'dist'))
      .filter((name) => name.endsWith('.cjs'))
      .flatMap(
        (name) => /^\/\*! carries (.+) \*\/$/m.exec(readFileSync(join(content, 'dist', name), 'utf8'))?.[1] ?? [],
      )
      .flatMap((names) => names.split(', '))
    const locked = ['jose', 'oauth4webapi', 'openid-client'].map((name) => ({
      name,
      ...packages[`node_modules/${name}`],
    }))
    expect([...new Set(carried)].sort()).toEqual(locked.map(({ name, version }) => `${name} ${String(version)}`))
    for (const { integrity } of locked) expect(integrity).toMatch(/^sha512-/)
  })

  it('has nothing that publint objects to', async () => {
    const finished = await runNode([tool('publint/src/cli.js'), 'run', tarball, '--strict'])
    expect(finished.output).toContain('All good!')
    expect(finished.code).toBe(0)
  }, 120_000)

  it('has types that every way of resolving them finds', async () => {
    const finished = await runNode([
      ...[tool('@arethetypeswrong/cli/dist/index.js'), tarball, '--no-emoji'],
      // For the browser, which has no require.
      ...['--exclude-entrypoints', './session-warning'],
    ])
    expect(finished.output).toContain('No problems found')
    expect(finished.code).toBe(0)
  }, 120_000)
})

/** Packages that the built files import or require. */
function importsOf(extension: RegExp): Set<string> {
  const dist = join(content, 'dist')
  const pattern = /(?:\bfrom ?|\bimport ?|\bimport\(|(?<!\.)\brequire\()"(@?[\w][\w./:-]*(?:\/[\w./-]+)?)"/g
  const names = readdirSync(dist)
    .filter((name) => extension.test(name))
    .flatMap((name) => [...readFileSync(join(dist, name), 'utf8').matchAll(pattern)])
    .map(([, name = '']) => name)
    .filter((name) => !name.startsWith('node:') && !builtinModules.includes(name))
  return new Set(names.map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name))
}
