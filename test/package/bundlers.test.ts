/** The package in one file that a bundler made of an application. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { createConsumers, type Consumers } from './support/consumer.js'
import { runNode } from './support/run.js'

const PASSED: unknown = expect.objectContaining({ code: 0 })

let consumers: Consumers

beforeAll(async () => {
  consumers = await createConsumers()
}, 240_000)

afterAll(() => {
  consumers.remove()
})

describe('FIELD-27 in one file that a bundler made, the package', () => {
  const BUNDLERS = ['esbuild-cjs', 'esbuild-esm', 'webpack', 'ncc', 'tsdown']
  let project: string
  let bare: string

  beforeAll(async () => {
    project = await consumers.install('bundled')
    bare = await consumers.install('bundled', { '@opentelemetry': null })
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
      // Not `*`: what Node writes last of all is lost where others have filled the pipe.
      const loud = await runNode([file], { cwd: project, env: { ...env, DEBUG: '*-session,-ioredis:*' } })
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
