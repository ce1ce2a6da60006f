import { mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { writeNewFile } from '../../../src/cli/new-file.js'

describe('writeNewFile', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cis2-new-file-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('writes with the mode it is given', async () => {
    const file = join(folder, 'secret')
    await writeNewFile(file, 'text', 0o600)
    expect(await readFile(file, 'utf8')).toBe('text')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  it('leaves a file that exists as it is', async () => {
    const file = join(folder, 'secret')
    await writeFile(file, 'mine')
    await expect(writeNewFile(file, 'yours', 0o600)).rejects.toThrow(/exists, and nothing is ever overwritten/)
    expect(await readFile(file, 'utf8')).toBe('mine')
  })

  it('does not follow a link that somebody put in its place', async () => {
    const target = join(folder, 'elsewhere')
    await symlink(target, join(folder, 'secret'))
    await expect(writeNewFile(join(folder, 'secret'), 'text', 0o600)).rejects.toThrow(/nothing is ever overwritten/)
    await expect(stat(target)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('says why it cannot write', async () => {
    await expect(writeNewFile(join(folder, 'missing', 'secret'), '', 0o600)).rejects.toMatchObject({
      name: 'CliError',
      exitCode: 1,
      message: expect.stringContaining('ENOENT') as string,
    })
  })
})
