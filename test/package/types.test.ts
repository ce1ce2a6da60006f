/** The package's types, compiled in a project of a user's. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { createConsumers, type Aliases, type Consumers } from './support/consumer.js'
import { ROOT, runNode, tool, type Finished } from './support/run.js'

const README = readFileSync(join(ROOT, 'README.md'), 'utf8')

let consumers: Consumers

beforeAll(async () => {
  consumers = await createConsumers()
}, 240_000)

afterAll(() => {
  consumers.remove()
})

describe('in a TypeScript project, the package', () => {
  /** The README's application, whole, beside what must and what must not compile. */
  async function compiled(aliases: Aliases, compiler = tool('typescript')): Promise<Finished> {
    const project = await consumers.install('typescript', aliases)
    writeFileSync(join(project, 'app.ts'), /^```ts\n([\s\S]*?)^```$/m.exec(README)?.[1] ?? '')
    return runNode([join(compiler, 'bin/tsc'), '-p', project], { cwd: project })
  }

  it('compiles the application of README.md (SUP-6)', async () => {
    expect(await compiled({})).toEqual({ code: 0, output: '' })
  }, 120_000)

  it('FIELD-28 compiles with TypeScript 5.4, the least that README.md names', async () => {
    expect(README).toContain('TypeScript 5.4')
    const finished = await compiled({}, join(ROOT, 'test/package/typescript-5.4/node_modules/typescript'))
    expect(finished).toEqual({ code: 0, output: '' })
  }, 120_000)

  it('compiles with the types of Express 4 and ioredis 5 (SUP-7)', async () => {
    const finished = await compiled({
      express: 'express4',
      ioredis: 'ioredis5',
      '@types/express': '@types/express4',
    })
    expect(finished).toEqual({ code: 0, output: '' })
  }, 120_000)
})
