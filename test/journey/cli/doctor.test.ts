import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Finding } from '../../../src/cli/doctor/findings.js'
import { type FaultName, type Simulator, startSimulator } from '../../../src/simulator/index.js'
import { CLIENT_SECRET, SESSION_SECRET } from '../../support/commands/doctor-case.js'
import { runCommand, startCommand } from '../../support/commands/command-line.js'

interface Report {
  readonly problems: number
  readonly warnings: number
  readonly findings: readonly Finding[]
}

describe('express-cis2 doctor', () => {
  let simulator: Simulator

  beforeAll(async () => {
    simulator = await startSimulator({
      clients: [
        {
          clientId: 'doctor.apps.test',
          clientSecret: CLIENT_SECRET,
          tokenEndpointAuthMethod: 'client_secret_post',
          redirectUris: ['https://clinic.example.nhs.uk/callback', 'http://127.0.0.1:3000/callback'],
        },
      ],
    })
  })
  afterEach(() => {
    simulator.clearFaults()
  })
  afterAll(() => simulator.stop())

  /** What an operator has set, with nothing wrong. */
  function environment(changes: Record<string, string | undefined> = {}) {
    return {
      CIS2_ISSUER: simulator.issuer,
      CIS2_CLIENT_ID: 'doctor.apps.test',
      CIS2_CLIENT_SECRET: CLIENT_SECRET,
      CIS2_BASE_URL: 'https://clinic.example.nhs.uk',
      SESSION_SECRET,
      REDIS_URL: process.env.REDIS_URL,
      ...changes,
    }
  }

  async function report(env: Record<string, string | undefined>): Promise<Report & { exitCode: number }> {
    const { exitCode, stdout, stderr } = await runCommand(['doctor', '--no-app', '--json'], { env })
    expect(stderr).toBe('')
    return { exitCode, ...(JSON.parse(stdout) as Report) }
  }

  it('finds no problem with a configuration and a world that fit, and ends with 0', async () => {
    const { exitCode, problems, findings } = await report(environment())
    expect({ exitCode, problems }).toEqual({ exitCode: 0, problems: 0 })
    expect(findings.map(({ check, outcome }) => `${check}: ${outcome}`)).toEqual([
      'options: ok',
      'base-url: ok',
      'back-channel-logout: ok',
      'roles: ok',
      'discovery: ok',
      'clock: ok',
      'issuer: ok',
      'scopes: ok',
      'provider-keys: ok',
      'registration: ok',
      'granted-scopes: ok',
      'client-authentication: ok',
      'redis: ok',
      'redis-version: ok',
      'redis-eviction: ok',
      // A single server, and confirmReplicas as it is by default.
      'redis-replicas: warning',
      'redis-writing: ok',
    ])
  })

  it.each<{ fault: FaultName; check: string }>([
    { fault: 'metadata-down', check: 'discovery' },
    { fault: 'discovery-issuer-wrong', check: 'issuer' },
    { fault: 'discovery-endpoint-moved', check: 'endpoints' },
    { fault: 'jwks-empty', check: 'provider-keys' },
    { fault: 'jwks-decoys-only', check: 'provider-keys' },
  ])('reports the fault $fault as $check, with cause and cure, and ends with 1', async ({ fault, check }) => {
    simulator.setFault(fault)
    const { exitCode, problems, findings } = await report(environment())
    expect({ exitCode, problems }).toEqual({ exitCode: 1, problems: 1 })
    expect(findings.find(({ outcome }) => outcome === 'problem')).toEqual({
      check,
      outcome: 'problem',
      message: expect.any(String) as string,
      cause: expect.any(String) as string,
      cure: expect.any(String) as string,
      page: `docs/command-line.md#${check}`,
    })
  })

  it('prints JSON of a stable form: its version, the numbers, and for each finding its page', async () => {
    const { stdout } = await runCommand(['doctor', '--no-app', '--json'], { env: environment() })
    const printed = JSON.parse(stdout) as Record<string, unknown>
    expect(Object.keys(printed)).toEqual(['schemaVersion', 'version', 'problems', 'warnings', 'findings'])
    expect(printed.schemaVersion).toBe(1)
    const known = ['check', 'outcome', 'message', 'cause', 'cure', 'otherCauses', 'restsOn', 'page']
    const { findings } = printed as { findings: object[] }
    expect(findings.flatMap(Object.keys).filter((name) => !known.includes(name))).toEqual([])
  })

  it('shows on a terminal who is waited for, and takes the line away again', async () => {
    const { stderr } = await runCommand(['doctor', '--no-app'], { env: environment(), isTTY: true })
    expect(stderr.startsWith('\r\u001b[2KAsking CIS2, Redis … 0 s of at most 30 s')).toBe(true)
    expect(stderr.endsWith('\r\u001b[2K')).toBe(true)
  })

  it('ends with 1 and one sentence at Ctrl-C', async () => {
    simulator.setFault('token-endpoint-slow')
    const command = startCommand(['doctor', '--no-app'], { env: environment() })
    command.interrupt()
    expect(await command.exitCode).toBe(1)
    expect([command.stdout(), command.stderr()]).toEqual(['', 'error: Interrupted.\n'])
  })

  it('asks the application too unless told otherwise', async () => {
    const env = environment({ CIS2_BASE_URL: 'http://localhost:1' })
    const { exitCode, stdout } = await runCommand(['doctor', '--json'], { env })
    const { findings } = JSON.parse(stdout) as Report
    expect(exitCode).toBe(1)
    expect(findings).toContainEqual(expect.objectContaining({ check: 'application', outcome: 'problem' }))
  })

  it('names every option that is missing, in one go, and asks nobody', async () => {
    const { exitCode, findings } = await report({})
    expect(exitCode).toBe(1)
    expect(new Set(findings.map(({ check }) => check))).toEqual(new Set(['options']))
    for (const name of ['clientId', 'baseUrl', 'privateKey', 'session.secret', 'session.redis']) {
      expect(findings.map(({ message }) => message)).toContainEqual(expect.stringContaining(name))
    }
  })

  it('prints a line for each finding, cause and cure below it, and how many there are', async () => {
    simulator.setFault('jwks-empty')
    const { exitCode, stdout } = await runCommand(['doctor', '--no-app'], { env: environment() })
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/^problem +provider-keys +The key set of CIS2 holds no usable key/m)
    expect(stdout).toMatch(/^ +cause: /m)
    expect(stdout).toMatch(/^ +cure: {2}/m)
    expect(stdout).toMatch(/\n1 problem, 1 warning, \d+ ok\n$/)
    expect(stdout).not.toContain('\u001b')
  })

  it('prints in colour on a terminal', async () => {
    const { stdout } = await runCommand(['doctor', '--no-app'], { env: environment(), isTTY: true })
    expect(stdout).toContain('\u001b[32mok     \u001b[39m')
  })

  it('prints no secret, whatever is wrong', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
    const password = randomBytes(12).toString('hex')
    const printed: string[] = []
    for (const changes of [
      { CIS2_CLIENT_SECRET: SESSION_SECRET },
      { CIS2_CLIENT_SECRET: undefined, CIS2_PRIVATE_KEY: pem },
      { CIS2_REDIS_URL: `redis://user:${password}@localhost:1/0` },
      { CIS2_REDIS_URL: `redis://user:${password}@` },
      { CIS2_BASE_URL: `https://user:${password}@clinic.example.nhs.uk` },
      { CIS2_SESSION_SECRET: SESSION_SECRET.slice(0, 20) },
    ]) {
      const { exitCode, stdout, stderr } = await runCommand(['doctor', '--no-app'], { env: environment(changes) })
      expect(exitCode).toBe(1)
      printed.push(stdout, stderr)
    }
    const text = printed.join('')
    for (const secret of [SESSION_SECRET.slice(0, 20), CLIENT_SECRET, password, pem.slice(40, 80)]) {
      expect(text).not.toContain(secret)
    }
  })

  describe('with --config', () => {
    let folder: string

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'cis2-doctor-'))
    })
    afterEach(() => rm(folder, { recursive: true, force: true }))

    it('examines the options that the module exports', async () => {
      const file = join(folder, 'options.js')
      const options = {
        issuer: simulator.issuer,
        clientId: 'doctor.apps.test',
        clientAuthentication: { method: 'client_secret_post', clientSecret: CLIENT_SECRET },
        baseUrl: 'http://127.0.0.1:3000',
        routes: { backChannelLogout: false },
        session: { secret: SESSION_SECRET, redis: 'memory' },
      }
      await writeFile(file, `exports.default = ${JSON.stringify(options)}`)
      const { exitCode, stdout } = await runCommand(['doctor', '--no-app', '--json', '--config', file])
      const { findings } = JSON.parse(stdout) as Report
      expect(exitCode).toBe(0)
      expect(findings.filter(({ outcome }) => outcome === 'warning').map(({ check }) => check)).toEqual([
        'base-url',
        'back-channel-logout',
        'redis',
      ])
    })

    it.each([
      {
        what: 'a file that is not there',
        name: 'none.js',
        text: undefined,
        says: /^error: There is no file .*none\.js\.\n$/,
      },
      { what: 'a module that throws', name: 'a.js', text: 'throw new Error("no database")', says: /no database\.\n$/ },
      {
        what: 'a module that is no JavaScript',
        name: 'b.js',
        text: 'export default {',
        says: /^error: Cannot load .*b\.js: /,
      },
      { what: 'a module without options', name: 'c.js', text: 'exports.options = {}', says: /default export\.\n$/ },
    ])('ends with 2 and one sentence for $what', async ({ name, text, says }) => {
      const file = join(folder, name)
      if (text !== undefined) await writeFile(file, text)
      const { exitCode, stdout, stderr } = await runCommand(['doctor', '--config', file])
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
      expect(stderr).toMatch(says)
      expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    })

    it('shows every problem of a module that calls cis2Auth itself', async () => {
      const file = join(folder, 'e.js')
      const source = `require(${JSON.stringify(join(__dirname, '../../../src/index.ts'))}).cis2Auth({ clientId: '' })`
      await writeFile(file, source)
      const { exitCode, stdout, stderr } = await runCommand(['doctor', '--json', '--config', file])
      const { findings } = JSON.parse(stdout) as Report
      expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' })
      expect(findings.length).toBeGreaterThan(4)
      expect(findings.map(({ message }) => message).join()).toMatch(/clientId.*baseUrl.*session/)
    })

    it('does not print what a module could not parse', async () => {
      const file = join(folder, 'd.js')
      await writeFile(file, 'JSON.parse("hush-hush {")')
      const { exitCode, stderr } = await runCommand(['doctor', '--config', file])
      expect(exitCode).toBe(2)
      expect(stderr).not.toContain('hush')
    })
  })
})
