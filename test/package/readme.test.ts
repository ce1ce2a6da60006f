/** README.md, followed to the letter: an empty folder, the package, three kinds of file. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { createConsumers, type Consumers } from './support/consumer.js'
import { Reader, asCommonJs, readChapter, type Chapter } from './support/follow-readme.js'
import { ROOT } from './support/run.js'

describe('whoever follows README.md in an empty folder', () => {
  const readers: Reader[] = []
  let consumers: Consumers
  let chapter: Chapter

  beforeAll(async () => {
    consumers = await createConsumers()
    chapter = readChapter(readFileSync(join(ROOT, 'README.md'), 'utf8'))
  }, 240_000)

  afterAll(async () => {
    await Promise.all(readers.map((reader) => reader.stop()))
    consumers.remove()
  })

  async function reader(): Promise<Reader> {
    const one = await Reader.in(await consumers.install('empty'), chapter)
    readers.push(one)
    return one
  }

  async function seesTheNurse(one: Reader): Promise<void> {
    const open = one.browser()
    expect((await open('/')).text).not.toContain('Sign out')
    expect(JSON.parse((await open('/me')).text)).toMatchObject({
      name: 'Okafor Ngozi Ms',
      selectedRole: { jobRole: 'R8001' },
    })
    expect((await open('/')).text).toContain('Sign out')
    expect((await open('/prescriptions', 'POST')).status).toBe(403)
    await open('/logout', 'POST')
    expect((await open('/')).text).not.toContain('Sign out')
  }

  it('sees her nurse, in an ES module, stays signed in when --watch starts it anew, and is told of a taken port', async () => {
    const one = await reader()
    one.save('app.mjs', chapter.app)
    const env = { REDIS_URL: process.env.REDIS_URL ?? '' }
    const words = ['--env-file=.env', '--watch', 'app.mjs']
    const { started: watched } = await one.start(words, `Open ${one.address}`, env)
    await seesTheNurse(one)
    const open = one.browser()
    await open('/me')
    await one.saveAgain(watched, 'app.mjs', `${chapter.app}\n// Saved again.\n`, `Open ${one.address}`)
    expect((await open('/')).text).toContain('Sign out')

    // --watch itself lives on, and waits for a change.
    const second = await one.start(words, 'EADDRINUSE', env)
    expect(second.output).not.toContain(`Open ${one.address}`)
  }, 120_000)

  it('sees her nurse, in CommonJS, and is told that the port is taken', async () => {
    const one = await reader()
    one.save('app.cjs', asCommonJs(chapter))
    await one.start(['--env-file=.env', 'app.cjs'], `Open ${one.address}`)
    await seesTheNurse(one)
    const second = await one.ending(['--env-file=.env', 'app.cjs'])
    expect(second.output).toContain('EADDRINUSE')
    expect(second.output).not.toContain(`Open ${one.address}`)
    expect(second.code).not.toBe(0)
  }, 120_000)

  it('sees her nurse, in TypeScript, by tsx', async () => {
    const one = await reader()
    one.save('app.ts', chapter.app)
    await one.start(['node_modules/tsx/dist/cli.mjs', '--env-file=.env', 'app.ts'], `Open ${one.address}`)
    await seesTheNurse(one)
  }, 120_000)
})
