/** The command of the package, run as users run it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

import { describeSecurityCases } from '../../src/cli/evidence/facts/security-cases.js'
import type { EvidenceReport } from '../../src/cli/evidence/report.js'
import { createConsumers, type Consumers } from './support/consumer.js'
import { readManifest } from './support/pack.js'
import { run } from './support/run.js'

const PASSED: unknown = expect.objectContaining({ code: 0 })

let consumers: Consumers

beforeAll(async () => {
  consumers = await createConsumers()
}, 240_000)

afterAll(() => {
  consumers.remove()
})

describe('npx express-cis2', () => {
  it.each([
    { by: 'npx', words: ['--no-install', 'express-cis2', 'simulator', '--port', '0', '--json'] },
    { by: 'npm', words: ['run', '--silent', 'cis2'] },
  ])(
    'simulator ends, and gives its port back, when SIGTERM goes to $by',
    async ({ by, words }) => {
      const project = await consumers.install('node-test')
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
    const project = await consumers.install('node-test')
    const version = await run('npx', ['--no-install', 'express-cis2', '--version'], project)
    expect(version).toEqual({ code: 0, output: `${readManifest().version}\n` })
    const help = await run('npx', ['--no-install', 'express-cis2', '--help'], project)
    expect(help.output).toMatch(/simulator[\s\S]*keys[\s\S]*doctor/)
    const keys = await run('npx', ['--no-install', 'express-cis2', 'keys', 'new'], project)
    expect(keys).toEqual(PASSED)
    expect(readdirSync(project).filter((name) => /\.(pem|json)$/.test(name)).length).toBeGreaterThan(1)
    expect(existsSync(join(project, 'node_modules/.bin/express-cis2'))).toBe(true)
  }, 120_000)

  it('writes evidence of an application, with the sources that the package brings', async () => {
    const project = await consumers.install('node-test')
    writeFileSync(join(project, 'application.mjs'), APPLICATION)
    const words = [
      '--config',
      'application.mjs',
      '--module',
      'application.mjs',
      '--protect',
      '/patients',
      '--no-doctor',
    ]
    const evidence = await run('npx', ['--no-install', 'express-cis2', 'evidence', ...words], project)
    expect(evidence.output).toContain('requirements met: 9, not met: 0')
    expect(evidence.code).toBe(0)
    expect(readdirSync(join(project, 'evidence'))).toEqual(
      expect.arrayContaining(['evidence.html', 'evidence.json', 'evidence.md', 'hazard-log.csv']),
    )
    // The build packs less than the page, and nothing less than what is shown of it.
    const { securityCases } = JSON.parse(
      readFileSync(join(project, 'evidence/evidence.json'), 'utf8'),
    ) as EvidenceReport
    const page = readFileSync(resolve(__dirname, '../../docs/security-cases.md'), 'utf8')
    expect(securityCases).toEqual(describeSecurityCases(page))
  }, 120_000)
})

/** What a team writes for `evidence`. */
const APPLICATION = `
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import express from 'express'
import { cis2Auth, requireCis2 } from 'express-cis2'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
export default {
  environment: 'int',
  clientId: 'client',
  clientAuthentication: { method: 'private_key_jwt', keys: [{ privateKey }] },
  baseUrl: 'https://clinic.example',
  session: { secret: randomBytes(32).toString('hex'), redis: 'rediss://redis.example' },
}

export function createApp(options) {
  const app = express()
  app.use(cis2Auth(options))
  app.get('/patients', requireCis2(), (_req, res) => res.send('patients'))
  return app
}
`
