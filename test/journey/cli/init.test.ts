import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { runCommand } from '../../support/commands/command-line.js'

describe('express-cis2 init', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cis2-init-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  const init = (...words: string[]) => runCommand(['init', '--out', folder, ...words])

  it('writes an application, its variables and its first test, and says what to run next', async () => {
    const { exitCode, stdout } = await init()
    expect(exitCode).toBe(0)
    expect((await readdir(folder)).sort()).toEqual(['.env', '.gitignore', 'app.mjs', 'app.test.mjs', 'package.json'])
    expect(stdout).toContain('npm install express express-cis2 ioredis\n')
    expect(stdout).toContain('  npx express-cis2 simulator\n')
    expect(stdout).toContain('  npm start\n')
  })

  it('makes a secret of its own each time, which only its owner can read, and prints none', async () => {
    const { stdout } = await init()
    const other = join(folder, 'other')
    await init('--out', other)
    const secretIn = async (path: string) => /^SESSION_SECRET=([\w-]{43})$/m.exec(await readFile(path, 'utf8'))?.[1]
    const secrets = [await secretIn(join(folder, '.env')), await secretIn(join(other, '.env'))]
    expect(new Set(secrets).size).toBe(2)
    expect(secrets).not.toContain(undefined)
    expect(stdout).not.toContain(secrets[0])
    expect((await stat(join(folder, '.env'))).mode & 0o777).toBe(0o600)
    expect(await readFile(join(folder, '.gitignore'), 'utf8')).toMatch(/^\.env$/m)
  })

  it.each(['app.mjs', 'app.test.mjs', '.env'])('overwrites no %s, and writes nothing beside it', async (name) => {
    await writeFile(join(folder, name), 'mine')
    const { exitCode, stdout, stderr } = await init()
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toBe(`error: Already in ${folder}: ${name}. Nothing is ever overwritten, so nothing was written.\n`)
    expect(await readdir(folder)).toEqual([name])
    expect(await readFile(join(folder, name), 'utf8')).toBe('mine')
  })

  it('leaves a package.json and a .gitignore as they are, and says what is missing there', async () => {
    await writeFile(join(folder, 'package.json'), '{}')
    await writeFile(join(folder, '.gitignore'), 'dist')
    const { stdout } = await init()
    expect(await readFile(join(folder, 'package.json'), 'utf8')).toBe('{}')
    expect(stdout).toContain('Add .env to .gitignore')
    expect(stdout).toContain('  node --test app.test.mjs\n')
    expect(stdout).toContain('  node app.mjs\n')
  })

  it.each([
    { what: 'asked to', words: ['--typescript'], config: false, name: 'app.ts' },
    { what: 'there is a tsconfig.json', words: [], config: true, name: 'app.ts' },
    { what: 'told not to', words: ['--no-typescript'], config: true, name: 'app.mjs' },
  ])('writes $name when $what', async ({ words, config, name }) => {
    if (config) await writeFile(join(folder, 'tsconfig.json'), '{}')
    const { stdout } = await init('--json', ...words)
    const written = JSON.parse(stdout) as { files: string[]; typescript: boolean; next: string[] }
    expect(written.files[0]).toBe(name)
    expect(written.typescript).toBe(name === 'app.ts')
    expect(written.next.at(-1)).toBe('npm start')
    expect(await readdir(folder)).toContain(name)
  })
})
