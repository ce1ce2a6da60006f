/** The package as users get it: packed, installed in small projects of theirs, and run there. */
import { spawn } from 'node:child_process'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { install, installApart, type Aliases } from './support/consumer.js'
import { readLockfile } from './support/lockfile.js'
import { pack, readManifest, unpack } from './support/pack.js'
import { ROOT, run, runNode, tool, type Finished } from './support/run.js'

const PASSED: unknown = expect.objectContaining({ code: 0 })

let folder: string
let tarball: string
/** The package, unpacked. */
let content: string
let again: Promise<string>

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cis2-package-'))
  content = join(folder, 'content')
  tarball = await pack(join(folder, 'first'))
  // Needed by one test only: others need not wait.
  again = pack(join(folder, 'second'))
  await unpack(tarball, content)
}, 180_000)

afterAll(async () => {
  await again
  rmSync(folder, { recursive: true, force: true })
}, 120_000)

let consumers = 0

/** A consumer in a folder of its own. */
function consumer(name: string, aliases?: Aliases): Promise<string> {
  consumers += 1
  return install(name, join(folder, `${String(consumers)}-${name}`), tarball, aliases)
}

function filesOf(path: string): string[] {
  return readdirSync(path, { recursive: true })
    .map((name) => String(name).replaceAll('\\', '/'))
    .filter((name) => statSync(join(path, name)).isFile())
}

describe('the tarball', () => {
  it('holds the builds, the documents and nothing else (SUP-2)', () => {
    const allowed =
      /^(dist\/[\w.-]+\.(js|cjs|d\.ts|d\.cts)|docs\/[\w./-]+\.md|(README|CHANGELOG|SECURITY)\.md|LICENSE|package\.json)$/
    const files = filesOf(content)
    expect(files.filter((name) => !allowed.test(name))).toEqual([])
    expect(files).toEqual(expect.arrayContaining(['dist/index.js', 'dist/index.cjs', 'docs/errors.md', 'LICENSE']))
  })

  it('runs nothing when it is installed (SUP-2)', () => {
    const { scripts } = readManifest(content)
    expect(Object.keys(scripts).filter((name) => /^(pre|post)?install$|^prepare$/.test(name))).toEqual([])
  })

  it('is smaller than 600 KB', () => {
    expect(statSync(tarball).size).toBeLessThan(600 * 1024)
  })

  it('tells nothing of the machine that built it (SUP-3)', () => {
    const texts = filesOf(content).map((name) => readFileSync(join(content, name), 'utf8'))
    expect(texts.filter((text) => text.includes(ROOT) || text.includes(tmpdir() + '/'))).toEqual([])
  })

  it('comes out the same, byte for byte, from another build (SUP-3)', async () => {
    const digest = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex')
    expect(digest(await again)).toBe(digest(tarball))
  }, 120_000)

  it('depends on what docs/dependencies.md justifies, uses all of it, and nothing besides', () => {
    const { dependencies, peerDependencies } = readManifest(content)
    const page = readFileSync(join(content, 'docs/dependencies.md'), 'utf8')
    const justified = [...page.matchAll(/^\| `([^`]+)` +\|/gm)].map(([, name = '']) => name)
    const named = [...Object.keys(dependencies), ...Object.keys(peerDependencies)]
    expect(justified.sort()).toEqual(named.sort())
    const used = importsOf(/\.js$/)
    expect(Object.keys(dependencies).filter((name) => !used.has(name))).toEqual([])
    expect([...used].filter((name) => !named.includes(name))).toEqual([])
  })

  it('carries in its CommonJS build what Jest on Node 20 cannot require', () => {
    const used = importsOf(/\.cjs$/)
    expect(used).toContain('express-session')
    expect([...used].filter((name) => ['openid-client', 'oauth4webapi', 'jose'].includes(name))).toEqual([])
  })

  it('FIELD-18 carries there the versions that the lockfile names, which SECURITY.md promises', () => {
    const { packages } = readLockfile()
    const carried = new Set(
      readdirSync(join(content, 'dist'))
        .filter((name) => name.endsWith('.cjs'))
        .flatMap((name) => [
          ...readFileSync(join(content, 'dist', name), 'utf8').matchAll(/#region (node_modules\S+)/g),
        ])
        .map(([, path = '']) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path),
    )
    expect([...carried].sort()).toEqual([
      'node_modules/jose',
      'node_modules/oauth4webapi',
      'node_modules/openid-client',
    ])
    for (const path of carried) {
      expect({ path, version: readManifest(join(ROOT, path)).version }).toEqual({
        path,
        version: packages[path]?.version,
      })
      expect(packages[path]?.integrity).toMatch(/^sha512-/)
    }
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
  const pattern = /(?:\bfrom |\bimport |\bimport\(|(?<!\.)\brequire\()"([^".][^"]*)"/g
  const names = readdirSync(dist)
    .filter((name) => extension.test(name))
    .flatMap((name) => [...readFileSync(join(dist, name), 'utf8').matchAll(pattern)])
    .map(([, name = '']) => name)
    .filter((name) => !name.startsWith('node:') && !builtinModules.includes(name))
  return new Set(names.map((name) => /^(@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name))
}

describe('in a TypeScript project, the package', () => {
  /** The README's first example, whole, beside what must and what must not compile. */
  async function compiled(
    aliases: Aliases,
    compiler = tool('typescript'),
  ): Promise<{ project: string; finished: Finished }> {
    const project = await consumer('typescript', aliases)
    const readme = readFileSync(join(content, 'README.md'), 'utf8')
    writeFileSync(join(project, 'app.ts'), /^```ts\n([\s\S]*?)^```$/m.exec(readme)?.[1] ?? '')
    return { project, finished: await runNode([join(compiler, 'bin/tsc'), '-p', project], { cwd: project }) }
  }

  it('compiles the first example of the README, and it runs', async () => {
    const { project, finished } = await compiled({})
    expect(finished).toEqual({ code: 0, output: '' })
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const env = {
      CIS2_CLIENT_ID: 'my-app',
      CIS2_PRIVATE_KEY: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      SESSION_SECRET: 'a secret of at least thirty-two characters',
      REDIS_URL: process.env.REDIS_URL ?? '',
    }
    const ran = await runNode(['--import', './ask-readme.mjs', 'out/app.js'], { cwd: project, env })
    const lines = ran.output.trim().split('\n')
    // Without onEvent, whoever starts it is told why nobody can sign in.
    expect(lines).toContainEqual(expect.stringContaining('CIS2 is unavailable (CIS2_PROVIDER_UNAVAILABLE'))
    expect(lines.filter((line) => !line.startsWith('express-cis2: '))).toEqual([
      'the example listens on 3000',
      'GET /patients 401 CIS2_NOT_SIGNED_IN',
      'POST /prescriptions 401 CIS2_NOT_SIGNED_IN',
      'GET /login 503 CIS2_PROVIDER_UNAVAILABLE',
    ])
    expect(ran.code).toBe(0)
  }, 120_000)

  it('FIELD-28 compiles with TypeScript 5.4, the least that README.md names', async () => {
    expect(readFileSync(join(content, 'README.md'), 'utf8')).toContain('TypeScript 5.4')
    const { finished } = await compiled({}, join(ROOT, 'test/package/typescript-5.4/node_modules/typescript'))
    expect(finished).toEqual({ code: 0, output: '' })
  }, 120_000)

  it('FIELD-28 compiles where nothing is hoisted: pnpm with hoist=false', async () => {
    const direct = ['express', 'ioredis', 'supertest', '@types/express', '@types/node', '@types/supertest']
    const project = await installApart('typescript', join(folder, 'apart'), tarball, direct)
    const finished = await runNode([tool('typescript/bin/tsc'), '-p', project], { cwd: project })
    expect(finished).toEqual({ code: 0, output: '' })
  }, 120_000)

  it('compiles with the types of Express 4 and ioredis 5', async () => {
    const { finished } = await compiled({
      express: 'express4',
      ioredis: 'ioredis5',
      '@types/express': '@types/express4',
    })
    expect(finished).toEqual({ code: 0, output: '' })
  }, 120_000)
})

describe('the test kit signs users in', () => {
  it("in a CommonJS project with Jest's defaults, Express 4 and ioredis 5", async () => {
    const project = await consumer('cjs-jest', { express: 'express4', ioredis: 'ioredis5' })
    expect(await runNode([tool('jest/bin/jest.js')], { cwd: project })).toEqual(PASSED)
  }, 120_000)

  it('FIELD-33 in Vitest, and in its DOM environments', async () => {
    const project = await consumer('vitest')
    for (const environment of ['node', 'jsdom', 'happy-dom']) {
      const run = [tool('vitest/vitest.mjs'), 'run', '--environment', environment]
      expect(await runNode(run, { cwd: project, env: { ENVIRONMENT: environment } })).toEqual(PASSED)
    }
  }, 180_000)

  it.each([
    { express: '5', ioredis: '6' },
    { express: '5', ioredis: '5' },
    { express: '4', ioredis: '6' },
    { express: '4', ioredis: '5' },
  ])(
    'in node:test with Express $express and ioredis $ioredis, in memory and in Redis',
    async ({ express, ioredis }) => {
      const aliases = {
        ...(express === '4' && { express: 'express4' }),
        ...(ioredis === '5' && { ioredis: 'ioredis5' }),
      }
      const project = await consumer('node-test', aliases)
      const env = {
        EXPECT_EXPRESS: express,
        EXPECT_IOREDIS: ioredis,
        REDIS_URL: process.env.REDIS_URL ?? '',
      }
      expect(await runNode(['--test'], { cwd: project, env })).toEqual(PASSED)
    },
    120_000,
  )

  it('in a CommonJS test of an ES module application, in one process', async () => {
    const project = await consumer('mixed')
    expect(await runNode(['--test'], { cwd: project })).toEqual(PASSED)
  }, 120_000)
})

describe('FIELD-27 in one file that a bundler made, the package', () => {
  const BUNDLERS = ['esbuild-cjs', 'esbuild-esm', 'webpack', 'ncc', 'tsdown']
  let project: string
  let bare: string

  beforeAll(async () => {
    project = await consumer('bundled')
    bare = await consumer('bundled', { '@opentelemetry': null })
  })

  async function bundle(where: string, bundler: string, entry: string): Promise<string> {
    const output = join(where, 'out', bundler, entry)
    const built = await runNode(['build.mjs', bundler, entry, output], { cwd: where })
    expect({ bundler, entry, built }).toEqual({ bundler, entry, built: PASSED })
    return join(output, built.output.trim().split('\n').at(-1) ?? '')
  }

  it.each(BUNDLERS)(
    'signs in, and keeps what the documents promise: %s',
    async (bundler) => {
      const file = await bundle(project, bundler, 'whole.js')
      const env = { REDIS_URL: process.env.REDIS_URL ?? '' }
      expect(await runNode([file], { cwd: project, env })).toEqual({ code: 0, output: 'all of it holds\n' })
      // Its copy of express-session cannot be told to keep ids to itself.
      const loud = await runNode([file], { cwd: project, env: { ...env, DEBUG: '*,-ioredis:*' } })
      expect(loud.output).toContain('DEBUG must not include express-session')
      expect(loud.code).not.toBe(0)
    },
    120_000,
  )

  it.each([
    ['esbuild-cjs', 'old-style.cjs'],
    ['esbuild-esm', 'without-telemetry.js'],
    ['webpack', 'without-telemetry.js'],
    ['ncc', 'old-style.cjs'],
    ['tsdown', 'without-telemetry.js'],
  ])(
    'needs no OpenTelemetry, required or imported, and leaves DEBUG to others: %s of %s',
    async (bundler, entry) => {
      const file = await bundle(bare, bundler, entry)
      const ran = await runNode([file], { cwd: tmpdir(), env: { DEBUG: 'express-session*,-express-session' } })
      expect(ran).toEqual({ code: 0, output: 'CIS2_CONFIG\n' })
    },
    120_000,
  )
})

describe('npx express-cis2', () => {
  it.each([
    { by: 'npx', words: ['--no-install', 'express-cis2', 'simulator', '--port', '0', '--json'] },
    { by: 'npm', words: ['run', '--silent', 'cis2'] },
  ])(
    'simulator ends, and gives its port back, when SIGTERM goes to $by',
    async ({ by, words }) => {
      const project = await consumer('node-test')
      const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as object
      const scripts = { cis2: 'express-cis2 simulator --port 0 --json' }
      writeFileSync(join(project, 'package.json'), JSON.stringify({ ...manifest, scripts }))
      const npm = spawn(by, words, { cwd: project, stdio: ['ignore', 'pipe', 'inherit'] })
      // The pipe closes when the last process that writes to it has ended.
      const closed = once(npm.stdout, 'close')
      let line = ''
      npm.stdout.setEncoding('utf8').on('data', (part: string) => (line += part))
      while (!line.endsWith('\n')) await once(npm.stdout, 'data')
      const { url } = JSON.parse(line) as { url: string }
      expect((await fetch(`${url}/simulator`)).status).toBe(200)
      npm.kill('SIGTERM')
      await closed
      await expect(fetch(url)).rejects.toThrow()
    },
    120_000,
  )

  it('runs the command of the package', async () => {
    const project = await consumer('node-test')
    const version = await run('npx', ['--no-install', 'express-cis2', '--version'], project)
    expect(version).toEqual({ code: 0, output: `${readManifest().version}\n` })
    const help = await run('npx', ['--no-install', 'express-cis2', '--help'], project)
    expect(help.output).toMatch(/simulator[\s\S]*keys[\s\S]*doctor/)
    const keys = await run('npx', ['--no-install', 'express-cis2', 'keys', 'new'], project)
    expect(keys).toEqual(PASSED)
    expect(readdirSync(project).filter((name) => /\.(pem|json)$/.test(name)).length).toBeGreaterThan(1)
    expect(existsSync(join(project, 'node_modules/.bin/express-cis2'))).toBe(true)
  }, 120_000)
})
