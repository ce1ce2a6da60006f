import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { get } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { DEMO_CLIENT, theCast } from '../../../src/simulator/index.js'
import { runCommand, startCommand, type CommandLineOptions } from '../../support/commands/command-line.js'

interface Facts {
  readonly url: string
  readonly issuer: string
  readonly certificate?: string
  readonly users: readonly { readonly name: string }[]
  readonly clients: readonly Record<string, unknown>[]
}

/** Runs the simulator until the test has seen what it wanted to see; answers with what was printed. */
async function whileRunning(
  flags: readonly string[],
  look: (printed: string) => Promise<void> | void,
  options?: CommandLineOptions,
): Promise<string> {
  const command = startCommand(['simulator', '--port', '0', ...flags], options)
  try {
    const printed = await Promise.race([command.printed, command.exitCode.then(() => command.stderr())])
    await look(printed)
  } finally {
    command.interrupt()
  }
  expect({ exitCode: await command.exitCode, stderr: command.stderr() }).toEqual({ exitCode: 0, stderr: '' })
  return command.stdout()
}

async function discovery(issuer: string, reach = issuer): Promise<Record<string, unknown>> {
  const response = await fetch(`${reach}/.well-known/openid-configuration`)
  return (await response.json()) as Record<string, unknown>
}

function statusOf(address: string, ca: string | undefined): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(address, { ca, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode)
    }).on('error', reject)
  })
}

describe('express-cis2 simulator', () => {
  let folder: string

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cis2-simulator-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('runs CIS2 until it is interrupted, and prints address, users and clients', async () => {
    let url = ''
    const stdout = await whileRunning([], async (printed) => {
      const issuer = /issuer {2}(\S+)/.exec(printed)?.[1] ?? ''
      url = /at (\S+)/.exec(printed)?.[1] ?? ''
      expect((await discovery(issuer)).issuer).toBe(issuer)
    })
    for (const { name } of theCast()) expect(stdout).toContain(name)
    expect(stdout).toContain(String(DEMO_CLIENT.clientSecret))
    await expect(fetch(url)).rejects.toThrow()
  })

  it('stops at once when it was interrupted while starting', async () => {
    const command = startCommand(['simulator', '--port', '0'])
    command.interrupt()
    expect(await command.exitCode).toBe(0)
  })

  it('prints the facts as one line of JSON', async () => {
    await whileRunning(['--json'], (printed) => {
      const { url, users, clients } = JSON.parse(printed) as Facts
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
      expect(users.map(({ name }) => name)).toEqual(theCast().map(({ name }) => name))
      expect(clients).toMatchObject([{ clientId: DEMO_CLIENT.clientId, clientSecret: DEMO_CLIENT.clientSecret }])
      expect(printed.trimEnd()).not.toContain('\n')
    })
  })

  it('displays the issuer it is told to', async () => {
    const issuer = 'https://cis2.example:443/realms/Healthcare'
    await whileRunning(['--json', '--issuer', issuer], async (printed) => {
      const { url } = JSON.parse(printed) as Facts
      expect((await discovery(issuer, `${url}/realms/Healthcare`)).issuer).toBe(issuer)
    })
  })

  it('listens with TLS, and prints the certificate to trust', async () => {
    await whileRunning(['--json', '--https'], async (printed) => {
      const { url, issuer, certificate } = JSON.parse(printed) as Facts
      expect(issuer).toMatch(/^https:/)
      expect(await statusOf(`${issuer}/.well-known/openid-configuration`, certificate)).toBe(200)
      await expect(statusOf(url, undefined)).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
    })
    const stdout = await whileRunning(['--https'], () => {})
    expect(stdout).toContain('-----BEGIN CERTIFICATE-----')
    expect(stdout).not.toContain('PRIVATE')
  })

  it('starts with faults, by name and with a value', async () => {
    const flags = ['--json', '--fault', 'discovery-issuer-wrong', '--fault', 'auth-time-old=600']
    await whileRunning(flags, async (printed) => {
      const { issuer } = JSON.parse(printed) as Facts
      expect((await discovery(issuer)).issuer).toBe(`${issuer}/other`)
    })
  })

  it('takes users and clients from a file, and keeps their secrets to itself', async () => {
    const file = join(folder, 'people.json')
    const user = { ...theCast()[0], name: 'Dr Only One' }
    const client = {
      clientId: 'mine',
      redirectUris: ['http://localhost:3000/callback'],
      tokenEndpointAuthMethod: 'client_secret_basic',
      clientSecret: 'copied-from-somewhere-real',
    }
    await writeFile(file, JSON.stringify({ users: [user], clients: [client] }))
    for (const format of [[], ['--json']]) {
      const stdout = await whileRunning([...format, '--file', file], (printed) => {
        expect(printed).toContain('Dr Only One')
        expect(printed).toContain('mine')
      })
      expect(stdout).not.toContain('copied-from')
    }
  })

  it('says in one sentence that the port is in use', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const { port } = other.address() as { port: number }
    const { exitCode, stdout, stderr } = await runCommand(['simulator', '--port', String(port)])
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr).toMatch(new RegExp(`^error: Port ${String(port)} on 127\\.0\\.0\\.1 is in use: .*--port.*\\n$`))
    other.close()
  })

  it.each([
    { host: '192.0.2.1', what: 'an address of another machine' },
    { host: 'no-such-host.invalid', what: 'a name that nobody has' },
  ])('says in one sentence that it cannot listen on $what', async ({ host }) => {
    const { exitCode, stderr } = await runCommand(['simulator', '--port', '0', '--host', host])
    expect(exitCode).toBe(1)
    expect(stderr).toBe(`error: ${host} is no address of this machine: choose another with --host.\n`)
  })

  it('says in one sentence whatever else keeps it from listening', async () => {
    // A link-local address without the link that it is local to.
    const { exitCode, stderr } = await runCommand(['simulator', '--port', '0', '--host', 'fe80::1'])
    expect(exitCode).toBe(1)
    expect(stderr).toMatch(/^error: listen E.*fe80::1.*\n$/)
  })

  it.each([
    { flags: ['--fault', 'iss-mismach'], says: /iss-mismatch/ },
    { flags: ['--issuer', 'cis2.example'], says: /issuer/ },
    { flags: ['--file', '/no/such/file.json'], says: /\/no\/such\/file\.json.*ENOENT/ },
  ])('ends with 2 and one sentence for $flags', async ({ flags, says }) => {
    const { exitCode, stdout, stderr } = await runCommand(['simulator', '--port', '0', ...flags])
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toMatch(says)
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
  })

  it('ends with 2 when the file breaks a rule, and names every one that it breaks', async () => {
    const file = join(folder, 'people.json')
    await writeFile(file, JSON.stringify({ user: [], clients: [{ clientId: '' }] }))
    const { exitCode, stderr } = await runCommand(['simulator', '--file', file])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('user: not known')
    expect(stderr).toContain('clients.0.clientId')
  })

  it('lists the faults and starts nothing', async () => {
    const { exitCode, stdout } = await runCommand(['simulator', '--list-faults'])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^iss-mismatch +The ID token names another issuer\.$/m)
    const json = await runCommand(['simulator', '--list-faults', '--json'])
    expect(JSON.parse(json.stdout)).toContainEqual(expect.objectContaining({ name: 'iss-mismatch', place: 'id-token' }))
  })
})
