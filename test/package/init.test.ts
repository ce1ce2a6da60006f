/** The first minutes with the package: what `init` writes runs, by the commands that it prints. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { freePort } from '../support/free-port.js'
import { createConsumers, type Consumers } from './support/consumer.js'
import { openPage, startPrinted } from './support/first-run.js'
import { run, runNode, tool } from './support/run.js'

const PASSED: unknown = expect.objectContaining({ code: 0 })

let consumers: Consumers

beforeAll(async () => {
  consumers = await createConsumers()
}, 240_000)

afterAll(() => {
  consumers.remove()
})

describe('what express-cis2 init writes into an empty folder', () => {
  interface Printed {
    readonly next: readonly string[]
  }

  async function initialised(...words: string[]): Promise<{ project: string; next: readonly string[] }> {
    const project = await consumers.installEmpty()
    const { code, output } = await run('npx', ['--no-install', 'express-cis2', 'init', '--json', ...words], project)
    expect(code).toBe(0)
    return { project, next: (JSON.parse(output) as Printed).next }
  }

  it('passes its own test, and signs in against the simulator, by the commands as printed', async () => {
    const { project, next } = await initialised()
    expect(next).toEqual(['npm test', 'npx express-cis2 simulator', 'npm start'])
    expect(await run('npm', ['test'], project)).toEqual(PASSED)
    const [ourPort, cis2Port] = [await freePort(), await freePort()]
    const baseUrl = `http://localhost:${String(ourPort)}`
    // Other ports than usual, for others may be at work on this machine.
    const simulator = await startPrinted('npx --no-install express-cis2 simulator', {
      cwd: project,
      env: {
        CIS2_SIMULATOR_PORT: String(cis2Port),
        CIS2_SIMULATOR_APP: baseUrl,
        CIS2_SIMULATOR_SIGN_IN_AS: 'Ngozi Okafor',
      },
      line: /(?<=issuer {2})\S+/,
    })
    const env = { CIS2_ISSUER: simulator.found, CIS2_BASE_URL: baseUrl }
    const application = await startPrinted('npm start', { cwd: project, env, line: /Open \S+/ })
    try {
      expect(application.found).toBe(`Open ${baseUrl}`)
      expect(await openPage(`${baseUrl}/me`)).toMatch(/^Signed in: .*Okafor.*, \S/)
      const second = await run('npm', ['start'], project, env)
      expect(second.output).toContain('EADDRINUSE')
      expect(second.output).not.toContain(`Open ${baseUrl}`)
      expect(second.code).not.toBe(0)
      const watched = await startPrinted('node --watch app.mjs 2>&1', {
        cwd: project,
        env,
        line: /[\s\S]*EADDRINUSE[\s\S]*Failed running/,
      })
      await watched.stop()
      expect(watched.found).not.toContain(`Open ${baseUrl}`)
      const words = ['--no-install', 'express-cis2', 'doctor', '--config', 'app.mjs', '--json']
      const doctor = await run('npx', words, project, env)
      expect(JSON.parse(doctor.output)).toMatchObject({ problems: 0 })
      expect(doctor.code).toBe(0)
    } finally {
      await application.stop()
      await simulator.stop()
    }
  }, 120_000)

  it('passes its own test in TypeScript, and compiles', async () => {
    const { project, next } = await initialised('--typescript')
    expect(next).toEqual(['npm test', 'npx express-cis2 simulator', 'npm start'])
    expect(await run('npm', ['test'], project)).toEqual(PASSED)
    const flags = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2022']
    const compiled = await runNode([tool('typescript/bin/tsc'), ...flags, 'app.ts', 'app.test.ts'], { cwd: project })
    expect(compiled).toEqual({ code: 0, output: '' })
  }, 120_000)
})
