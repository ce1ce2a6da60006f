/** The package where nothing is hoisted, so that only what a package declares is found: installed by others than npm. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { createConsumers, type Consumers } from './support/consumer.js'
import { installByPnpm, installByYarn, type Installed } from './support/installers.js'

let consumers: Consumers
/** Both at once: most of it is waiting. */
let projects: Record<'pnpm' | 'yarn', Promise<Installed>>

beforeAll(async () => {
  consumers = await createConsumers()
  projects = { pnpm: installByPnpm(consumers), yarn: installByYarn(consumers) }
  await Promise.allSettled(Object.values(projects))
}, 240_000)

afterAll(() => {
  consumers.remove()
})

describe.each([
  { name: 'pnpm with hoist=false', by: 'pnpm', hoisted: '../node_modules/.pnpm/node_modules' },
  { name: "Yarn Plug'n'Play", by: 'yarn', hoisted: 'node_modules' },
] as const)('FIELD-28 installed by $name', ({ by, hoisted }) => {
  it('finds what is declared and nothing else', async () => {
    const { project } = await projects[by]
    expect(existsSync(join(project, hoisted))).toBe(false)
  })

  it('has types that compile, those of the guard too', async () => {
    const { node } = await projects[by]
    const compiler = await node(['-p', "require.resolve('typescript/bin/tsc')"])
    expect(await node([compiler.output.trim()])).toEqual({ code: 0, output: '' })
  }, 120_000)

  it('signs in', async () => {
    const { node } = await projects[by]
    const env = { EXPECT_EXPRESS: '5', EXPECT_IOREDIS: '6', REDIS_URL: process.env.REDIS_URL ?? '' }
    const passed: unknown = expect.objectContaining({ code: 0 })
    expect(await node(['--test', 'sign-in.test.mjs'], env)).toEqual(passed)
  }, 120_000)
})
