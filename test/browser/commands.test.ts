/** `npm run example`, and what docker-compose.yml runs, in a copy of the repository with nothing built. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'

import type { Browser } from 'playwright-core'

import { openBrowser, openVisitor } from './support/browser.js'
import { readComposeFile } from './support/compose-file.js'
import { readCopiedPaths, readDockerfile, readImage } from './support/dockerfile.js'
import { freePort } from '../support/free-port.js'
import { makeFreshCopy } from './support/fresh-copy.js'
import type { FreshCopy } from './support/fresh-copy.js'
import { runCommand } from './support/running-command.js'
import type { RunningCommand } from './support/running-command.js'
import { signInAtCis2 } from './support/sign-in-pages.js'

// The build takes most of it.
jest.setTimeout(180_000)

let browser: Browser
let copy: FreshCopy
/** `npm run example`, whose build the other tests use too. */
let example: RunningCommand
let ports: { PORT: string; SIMULATOR_PORT: string }
const running: RunningCommand[] = []

function run(words: readonly string[], env: NodeJS.ProcessEnv = {}, cwd = copy.folder): RunningCommand {
  const command = runCommand(words, { cwd, env })
  running.push(command)
  return command
}

const start = (env: NodeJS.ProcessEnv) => run([process.execPath, 'example-app/dist/start.js'], { ...ports, ...env })

/** Rejects once nobody listens there any more. */
const ask = (port: string) => fetch(`http://127.0.0.1:${port}/`)

beforeAll(async () => {
  browser = await openBrowser()
  copy = await makeFreshCopy()
  ports = { PORT: String(await freePort()), SIMULATOR_PORT: String(await freePort()) }
  example = run(['npm', 'run', 'example'], ports)
  await example.printed(/Ctrl-C ends everything/)
})

afterAll(async () => {
  for (const command of running) command.pressCtrlC()
  await Promise.all(running.map((command) => command.exitCode()))
  await browser.close()
  await copy.remove()
})

async function signNurseIn(baseUrl: string, path = '/patients'): Promise<void> {
  const { page, complaints, close } = await openVisitor(browser)
  await page.goto(`${baseUrl}${path}`)
  await signInAtCis2(page, { with: 'smartcard', as: 'Ngozi Okafor' })
  expect(page.url()).toBe(`${baseUrl}${path}`)
  expect(await page.getByRole('banner').innerText()).toContain('Nurse Access Role')
  expect(complaints).toEqual([])
  await close()
}

describe('npm run example', () => {
  it('prints the addresses, who can sign in and what to try; signs a nurse in; and Ctrl-C ends all of it', async () => {
    const { PORT, SIMULATOR_PORT } = ports
    expect(example.output).toContain(`http://localhost:${PORT}`)
    expect(example.output).toContain(`http://127.0.0.1:${SIMULATOR_PORT}`)
    expect(example.output).toContain('Ngozi Okafor')
    expect(example.output).toContain('Try this:')
    await signNurseIn(`http://localhost:${PORT}`)
    await example.printed(/sign-in\.succeeded {2}AAL3/)
    expect(example.output).not.toContain('555000000101')
    const before = example.output
    example.pressCtrlC()
    await example.exitCode()
    expect(example.output).toBe(before)
    await expect(ask(PORT)).rejects.toThrow('fetch failed')
    await expect(ask(SIMULATOR_PORT)).rejects.toThrow('fetch failed')
  })

  it.each(['PORT', 'SIMULATOR_PORT'] as const)(
    'says in one sentence that the port of %s is in use',
    async (variable) => {
      const port = await freePort()
      const server = createServer().listen(port, '127.0.0.1')
      const command = start({ [variable]: String(port) })
      expect(await command.exitCode()).toBe(1)
      expect(command.output).toBe(
        `Port ${port} is in use: set ${variable} to another one, for example ${variable}=${port + 10}.\n`,
      )
      server.close()
    },
  )

  it.each([
    [{ PORT: 'eighty' }, 'PORT must be a port number from 1 to 65535.\n'],
    [{ PORT: '4000', SIMULATOR_PORT: '4000' }, 'PORT and SIMULATOR_PORT must be two different ports.\n'],
    [{ IDLE_TIMEOUT_SECONDS: 'soon' }, 'IDLE_TIMEOUT_SECONDS must be a whole number of seconds.\n'],
  ])('refuses %o', async (env, sentence) => {
    const command = start(env)
    expect([await command.exitCode(), command.output]).toEqual([1, sentence])
  })

  it('says that no Redis answers, and ends', async () => {
    const command = start({ REDIS_URL: `redis://127.0.0.1:${await freePort()}` })
    expect(await command.exitCode()).toBe(1)
    expect(command.output).toMatch(/^No Redis answers at REDIS_URL: .+\.$/m)
  })

  it('refuses an address that is none of a Redis, and ends', async () => {
    const command = start({ REDIS_URL: 'redis.example' })
    expect(await command.exitCode()).toBe(1)
    expect(command.output).toContain('session.redis')
  })

  it('keeps the sessions in Redis when it is told where', async () => {
    const command = start({ REDIS_URL: process.env.REDIS_URL })
    await command.printed(/Sessions are kept in: Redis/)
    await signNurseIn(`http://localhost:${ports.PORT}`)
    command.pressCtrlC()
    expect(await command.exitCode()).toBe(0)
  })

  it('refuses a Node that is too old', async () => {
    const pretend = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "18.20.4" } })'
    const command = run([process.execPath, '--import', `data:text/javascript,${pretend}`, 'example-app/run.mjs'])
    expect(await command.exitCode()).toBe(1)
    expect(command.output).toBe('express-cis2 needs Node 20.19 or later; this is Node 18.20.4.\n')
  })
})

describe('docker-compose.yml', () => {
  const { services } = readComposeFile()

  it('has Redis, simulator and clinic, and publishes ports on this machine only', () => {
    expect(Object.keys(services)).toEqual(['redis', 'network', 'simulator', 'example'])
    const published = Object.values(services).flatMap(({ ports: of = [] }) => of)
    expect(published).toEqual(['127.0.0.1:8080:8080', '127.0.0.1:3000:3000'])
    expect(services.example.depends_on).toEqual({
      redis: { condition: 'service_healthy' },
      simulator: { condition: 'service_healthy' },
    })
  })

  it('starts simulator and clinic again without each other, in a network that neither of them holds', () => {
    for (const { network_mode, restart } of [services.simulator, services.example]) {
      expect([network_mode, restart]).toEqual(['service:network', 'unless-stopped'])
    }
  })

  it('builds targets that the Dockerfile has, with health checks, for no root', () => {
    for (const { build } of [services.simulator, services.example]) {
      const { user, healthcheck } = readImage(build?.target ?? '')
      expect([user, healthcheck.length]).toEqual(['node', 3])
    }
  })

  it('builds from files that exist, by scripts that exist', () => {
    const text = readDockerfile()
    const copied = readCopiedPaths()
    expect(copied).toContain('package-lock.json')
    expect(copied.filter((path) => !existsSync(join(copy.folder, path)))).toEqual([])
    const scripts = (folder: string) =>
      (JSON.parse(readFileSync(join(copy.folder, folder, 'package.json'), 'utf8')) as { scripts: object }).scripts
    expect(text).toContain('RUN npm run build && npm run build --workspace example-app\n')
    expect(scripts('.')).toHaveProperty('build')
    expect(scripts('example-app')).toHaveProperty('build')
    // What goes to the engine is a list of what may, so that no key does by accident.
    const lines = readFileSync(join(copy.folder, '.dockerignore'), 'utf8').split('\n')
    expect(lines.find((line) => line !== '' && !line.startsWith('#'))).toBe('*')
    const isLet = (path: string) => lines.includes(`!${path}`) || lines.includes(`!${path.split('/')[0] ?? ''}`)
    expect(copied.filter((path) => !isLet(path))).toEqual([])
  })

  it('runs images whose commands sign a nurse in, with the settings that it gives them, and end', async () => {
    const clinicPort = String(await freePort())
    const simulatorPort = String(await freePort())
    const here = (text: string) => text.replaceAll('3000', clinicPort).replaceAll('8080', simulatorPort)
    const { simulator, example: clinic } = readComposeFile(here).services
    const images = [readImage('simulator'), readImage('example')] as const

    const [, mounted] = simulator.volumes?.[0]?.split(':') ?? []
    const registration = join(copy.folder, 'registration-of-this-test.json')
    writeFileSync(registration, here(readFileSync(join(copy.folder, 'example-app/registration.json'), 'utf8')))
    const settings = { ...images[0].env, ...simulator.environment, CIS2_SIMULATOR_FILE: registration }
    expect(mounted).toBe(simulator.environment?.CIS2_SIMULATOR_FILE)

    const simulating = run(images[0].command, settings)
    await simulating.printed(/Ctrl-C ends it/)
    const probing = run(images[0].healthcheck, settings)
    const own = { ...images[1].env, PORT: clinicPort, ...clinic.environment, REDIS_URL: process.env.REDIS_URL }
    const serving = run(images[1].command, own)
    await serving.printed(/staff can sign in/)
    expect([await probing.exitCode(), await run(images[1].healthcheck, own).exitCode()]).toEqual([0, 0])
    await signNurseIn(clinic.environment?.CIS2_BASE_URL ?? '', '/patients/1/national-record')

    serving.pressCtrlC()
    simulating.pressCtrlC()
    expect([await serving.exitCode(), await simulating.exitCode()]).toEqual([0, 0])
  })
})
