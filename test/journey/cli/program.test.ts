import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

import type { NewKeyFiles } from '../../../src/cli/keys.js'
import { CLIENT_SECRET, SESSION_SECRET } from '../../support/commands/doctor-case.js'

const ROOT = resolve(__dirname, '../../..')

interface Ended {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end; `onOutput` sees what it has printed so far, and may end it. */
async function run(words: string[], onOutput?: (printed: string, interrupt: () => void) => void): Promise<Ended> {
  const child = spawn(process.execPath, words, { cwd: ROOT, env: { PATH: process.env.PATH, NO_COLOR: '1' } })
  const printed = { stdout: '', stderr: '' }
  child.stdout.on('data', (data) => {
    printed.stdout += String(data)
    onOutput?.(printed.stdout, () => child.kill('SIGINT'))
  })
  child.stderr.on('data', (data) => {
    printed.stderr += String(data)
  })
  await once(child, 'close')
  return { exitCode: child.exitCode, ...printed }
}

describe('the built program', () => {
  let folder: string
  let program: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cis2-program-'))
    const tsdown = join(ROOT, 'node_modules/tsdown/dist/run.mjs')
    const flags = ['--no-config', '--format', 'esm', '--no-dts', '--platform', 'node', '--out-dir', folder]
    const built = await run([tsdown, ...flags, 'src/cli/bin.ts'])
    if (built.exitCode !== 0) throw new Error(built.stdout + built.stderr)
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    program = join(folder, 'bin.mjs')
  }, 60_000)
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const express = (...words: string[]) => run([program, ...words])

  it('is a program of its own, and knows its version', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string }
    expect(await readFile(program, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
    expect(await express('--version')).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' })
  })

  it('ends with 2 when it does not understand', async () => {
    expect(await express('dance')).toMatchObject({ exitCode: 2, stdout: '' })
  })

  it('makes a key that only its owner can read', async () => {
    const { exitCode, stdout } = await express('keys', 'new', '--alg', 'ES256', '--out', folder, '--json')
    expect(exitCode).toBe(0)
    expect((await stat((JSON.parse(stdout) as NewKeyFiles).privateKeyFile)).mode & 0o777).toBe(0o600)
  })

  it('runs the simulator until it is interrupted', async () => {
    const { exitCode, stdout, stderr } = await run([program, 'simulator', '--port', '0'], (printed, interrupt) => {
      if (printed.includes('Ctrl-C')) interrupt()
    })
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toContain('CIS2 simulator at http://127.0.0.1:')
  })

  it('examines an ES module, and ends although the module keeps something open', async () => {
    const options = {
      issuer: 'http://127.0.0.1:1',
      clientId: 'client',
      clientAuthentication: { method: 'client_secret_post', clientSecret: CLIENT_SECRET },
      baseUrl: 'http://127.0.0.1:1',
      session: { secret: SESSION_SECRET, redis: 'memory' },
    }
    const file = join(folder, 'options.mjs')
    await writeFile(file, `setInterval(() => {}, 1000)\nexport default ${JSON.stringify(options)}`)
    const { exitCode, stdout, stderr } = await express('doctor', '--no-app', '--config', file)
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' })
    expect(stdout).toMatch(/^problem +discovery/m)
    expect(stdout).not.toContain('\u001b')
  })

  describe('with a configuration in TypeScript', () => {
    let apart: string

    beforeEach(async () => {
      apart = await mkdtemp(join(tmpdir(), 'cis2-typescript-'))
      await mkdir(join(apart, 'node_modules'))
      await writeFile(join(apart, 'part.ts'), "export const id: string = 'client'\n")
      // Neither the enum nor the import is read by a Node.js that only strips types.
      const source =
        "import { id } from './part.js'\nenum Kind { Memory = 'memory' }\n" +
        'export default { clientId: id, session: { redis: Kind.Memory } }\n'
      await writeFile(join(apart, 'options.ts'), source)
    })
    afterEach(() => rm(apart, { recursive: true, force: true }))

    const examine = () => express('doctor', '--config', join(apart, 'options.ts'))

    it.each([
      { tool: 'tsx', type: 'module' },
      { tool: 'tsx', type: 'commonjs' },
      { tool: 'ts-node', type: 'commonjs' },
    ])('reads it by $tool, where that is installed ($type)', async ({ tool, type }) => {
      await writeFile(join(apart, 'package.json'), JSON.stringify({ type }))
      for (const name of [tool, 'typescript']) {
        await symlink(join(ROOT, 'node_modules', name), join(apart, 'node_modules', name))
      }
      const { exitCode, stdout, stderr } = await examine()
      expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' })
      // The options arrived: what is missing is told, and the client ID is not.
      expect(stdout).toMatch(/^problem +options +baseUrl/m)
      expect(stdout).not.toContain('clientId')
    })

    it('says what to install, where nothing reads it', async () => {
      const { exitCode, stdout, stderr } = await examine()
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
      expect(stderr).toMatch(/^error: Cannot load .*options\.ts: .*\n$/)
      if (!('typescript' in process.features)) expect(stderr).toContain('npm install --save-dev tsx')
    })
  })

  it.each([
    { name: 'none.mjs', text: undefined, says: /^error: There is no file .*none\.mjs\.\n$/ },
    {
      name: 'imports.mjs',
      text: "import 'no-such-package'",
      says: /^error: Cannot load .*: Cannot find package 'no-such-package'.*\n$/,
    },
    { name: 'broken.mjs', text: 'export default {', says: /^error: Cannot load .*broken\.mjs: .*\n$/ },
    { name: 'data.json', text: '{}', says: /^error: Cannot load .*data\.json: .*\n$/ },
  ])('ends with 2 and one sentence for $name', async ({ name, text, says }) => {
    const file = join(folder, name)
    if (text !== undefined) await writeFile(file, text)
    const { exitCode, stdout, stderr } = await express('doctor', '--config', file)
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toMatch(says)
  })
})
