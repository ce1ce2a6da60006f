/** The test kit of the package, in the projects and test runners of users. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { createConsumers, type Consumers } from './support/consumer.js'
import { runNode, tool } from './support/run.js'

const PASSED: unknown = expect.objectContaining({ code: 0 })

let consumers: Consumers

beforeAll(async () => {
  consumers = await createConsumers()
}, 240_000)

afterAll(() => {
  consumers.remove()
})

describe('the test kit signs users in', () => {
  it("in a CommonJS project with Jest's defaults, Express 4 and ioredis 5", async () => {
    const project = await consumers.install('cjs-jest', { express: 'express4', ioredis: 'ioredis5' })
    expect(await runNode([tool('jest/bin/jest.js')], { cwd: project })).toEqual(PASSED)
  }, 120_000)

  it('FIELD-33 in Vitest, and in its DOM environments', async () => {
    const project = await consumers.install('vitest')
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
      const project = await consumers.install('node-test', aliases)
      const env = {
        EXPECT_EXPRESS: express,
        EXPECT_IOREDIS: ioredis,
        REDIS_URL: process.env.REDIS_URL ?? '',
      }
      expect(await runNode(['--test'], { cwd: project, env })).toEqual(PASSED)
    },
    120_000,
  )

  it('in a CommonJS test of an ES module application, in one process with a copy each', async () => {
    const project = await consumers.install('mixed')
    expect(await runNode(['--test'], { cwd: project })).toEqual(PASSED)
  }, 120_000)
})

describe('packages of ES modules alone', () => {
  const LOADED = `
    require('express-cis2')
    console.log(Object.keys(require.cache).some((path) => path.endsWith('carried.cjs')))
  `
  let project: string

  beforeAll(async () => {
    project = await consumers.installEmpty()
  })

  it('are those that npm installed, imported or required, and Node has nothing to warn of', async () => {
    expect(await runNode(['-e', LOADED], { cwd: project })).toEqual({ code: 0, output: 'false\n' })
    const imported = `import('express-cis2').then(() => { ${LOADED} })`
    expect(await runNode(['-e', imported], { cwd: project })).toEqual({ code: 0, output: 'false\n' })
  })

  it.each([
    "Promise.all([import('jose'), import('express-cis2'), import('openid-client')])",
    "Promise.all([import('express-cis2/testing'), import('jose'), import('express-cis2/simulator')])",
  ])('may be loaded by somebody else at the same time: %s', async (loading) => {
    const run = ['-e', `${loading}.then(() => { ${LOADED} })`]
    expect(await runNode(run, { cwd: project })).toEqual({ code: 0, output: 'false\n' })
  })

  it('are there, whichever they are, at any moment while somebody else loads them', async () => {
    const moments = [0, 2, 4, 8, 12, 16].map(async (after) => {
      const run = ['-e', `import('openid-client'); setTimeout(() => { ${LOADED} }, ${String(after)})`]
      return (await runNode(run, { cwd: project })).code
    })
    expect(await Promise.all(moments)).toEqual(moments.map(() => 0))
  })

  it('are those that the package carries where Node must not require ES modules', async () => {
    const run = ['--no-experimental-require-module', '-e', LOADED]
    expect(await runNode(run, { cwd: project })).toEqual({ code: 0, output: 'true\n' })
  })

  it('are missed when they are not installed: what is carried hides no broken installation', async () => {
    const broken = await consumers.install('empty', { jose: null })
    const { code, output } = await runNode(['-e', LOADED], { cwd: broken })
    expect(output).toContain("Cannot find module 'jose'")
    expect(code).not.toBe(0)
  })
})
