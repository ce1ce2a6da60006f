import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { get, request } from 'node:https'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { AM_REALM_PATH, DEMO_CLIENT, theCast } from '../../../src/simulator/index.js'
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

function bodyOf(address: string, ca: string | undefined, method = 'GET'): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(address, { ca, agent: false, method }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => (body += text))
      response.on('end', () => {
        resolve(body)
      })
    })
    sent.on('error', reject)
    sent.end()
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

  it.each([
    { flag: 'iss-without-port=x', says: '"iss-without-port" takes no value' },
    { flag: 'auth-time-old=soon', says: '"auth-time-old" takes a number of seconds, not "soon"' },
    { flag: 'token-endpoint-down=42', says: '"token-endpoint-down" takes an HTTP status, 200 to 599, not 42' },
  ])('refuses --fault $flag', async ({ flag, says }) => {
    const { exitCode, stdout, stderr } = await runCommand(['simulator', '--port', '0', '--fault', flag])
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' })
    expect(stderr).toContain(says)
  })

  it('names the file and the place in it that is no JSON, and quotes nothing', async () => {
    const file = join(folder, 'people.json')
    await writeFile(file, '{\n  "clients": [{ "clientSecret": "from-somewhere-real" "clientId": "x" }]\n}')
    const { exitCode, stderr } = await runCommand(['simulator', '--file', file])
    expect(exitCode).toBe(2)
    expect(stderr).toContain(`${file}: line 2, column 55: this cannot be JSON`)
    expect(stderr).not.toContain('from-somewhere')
  })

  it('says in words what is wrong with a field', async () => {
    const file = join(folder, 'people.json')
    await writeFile(file, JSON.stringify({ users: [{ ...theCast()[0], sub: 7, authenticators: [] }] }))
    const { stderr } = await runCommand(['simulator', '--file', file])
    expect(stderr).toContain('users.0.sub: must be a text, not a number')
    expect(stderr).toContain('users.0.authenticators: must not be empty')
  })

  it('FIELD-16 warns first when it listens beyond this machine, and says so beside its address', async () => {
    const command = startCommand(['simulator', '--port', '0', '--host', '0.0.0.0'])
    expect(await command.printed).toMatch(/at http:\/\/127\.0\.0\.1:\d+, and at every other address of this machine/)
    // It was written before the first line of what it prints, so that it stands above it on a terminal.
    expect(command.stderr()).toBe(
      'WARNING: open to the network. It listens on every address of this machine, and whoever reaches it there signs in ' +
        'as anyone. Without --host it listens on this machine only.\n\n',
    )
    command.interrupt()
    expect(await command.exitCode).toBe(0)
  })

  it('registers an application by flags, under both names of this machine', async () => {
    const flags = ['--json', '--app', 'http://localhost:5000', '--client-id', 'mine', '--client-secret', 'secret']
    const stdout = await whileRunning(flags, async (printed) => {
      const { url, clients } = JSON.parse(printed) as Facts
      const redirectUris = ['http://localhost:5000/callback', 'http://127.0.0.1:5000/callback']
      expect(clients).toEqual([{ clientId: 'mine', tokenEndpointAuthMethod: 'client_secret_post', redirectUris }])
      const { clients: registered } = (await (await fetch(`${url}/simulator/clients`)).json()) as { clients: unknown[] }
      expect(registered).toMatchObject([
        {
          backChannelLogoutUri: 'http://localhost:5000/backchannel-logout',
          initiateLoginUri: 'http://localhost:5000/login',
        },
      ])
    })
    expect(stdout).not.toContain('"secret"')
  })

  it('registers one with keys and an address of its own, beside those of a file', async () => {
    const file = join(folder, 'registration.json')
    await writeFile(file, JSON.stringify({ client_id: 'a', client_secret: 'b', redirect_uris: ['http://localhost/a'] }))
    const flags = ['--file', file, '--jwks-uri', 'http://localhost:1/jwks', '--redirect-uri', 'http://localhost:1/cb']
    await whileRunning(['--json', ...flags], (printed) => {
      const { clients } = JSON.parse(printed) as Facts
      expect(clients).toMatchObject([
        { clientId: 'a', tokenEndpointAuthMethod: 'client_secret_basic' },
        { tokenEndpointAuthMethod: 'private_key_jwt', redirectUris: ['http://localhost:1/cb'] },
      ])
    })
  })

  it.each([
    { flags: ['--client-id', 'x'], says: /--app .* or --redirect-uri/ },
    { flags: ['--app', 'localhost:3000'], says: /--app must be an http or https address/ },
    { flags: ['--app', 'http://localhost:1', '--client-auth', 'mtls'], says: /--client-auth/ },
    { flags: ['--sign-in-as', 'Nobody'], says: /signInAs: No such user: "Nobody"/ },
  ])('ends with 2 for $flags', async ({ flags, says }) => {
    const { exitCode, stderr } = await runCommand(['simulator', '--port', '0', ...flags])
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(says)])
  })

  it('reads every flag from the environment, a flag before its variable', async () => {
    const env = {
      CIS2_SIMULATOR_PORT: '1',
      CIS2_SIMULATOR_JSON: 'true',
      CIS2_SIMULATOR_ISSUER: 'https://cis2.example:443/realms/Healthcare',
      CIS2_SIMULATOR_FAULT: 'discovery-issuer-wrong, auth-time-old=600',
      CIS2_SIMULATOR_REDIRECT_URI: 'http://localhost:1/a,http://localhost:1/b',
      CIS2_SIMULATOR_CLIENT_ID: 'from-the-environment',
      CIS2_SIMULATOR_SIGN_IN_AS: 'Ngozi Okafor',
      CIS2_SIMULATOR_STATE: '',
      CIS2_SIMULATOR_SERVICE_HOST: '10.0.0.1',
      UNRELATED: 'x',
    }
    await whileRunning(
      [],
      async (printed) => {
        const { url, issuer, clients } = JSON.parse(printed) as Facts
        expect(issuer).toBe(env.CIS2_SIMULATOR_ISSUER)
        const redirectUris = ['http://localhost:1/a', 'http://localhost:1/b']
        expect(clients).toMatchObject([{ clientId: 'from-the-environment', redirectUris }])
        const faults = (await (await fetch(`${url}/simulator/faults`)).json()) as { active: unknown }
        expect(faults.active).toEqual({ 'discovery-issuer-wrong': true, 'auth-time-old': 600 })
      },
      { env },
    )
  })

  it.each([
    { variable: 'CIS2_SIMULATOR_HTTPS', value: 'perhaps', says: /CIS2_SIMULATOR_HTTPS must be true or false/ },
    { variable: 'CIS2_SIMULATOR_PORT', value: 'x', says: /CIS2_SIMULATOR_PORT: It must be a whole number/ },
    { variable: 'CIS2_SIMULATOR_ISUER', value: 'x', says: /not a setting; the nearest is CIS2_SIMULATOR_ISSUER/ },
  ])('ends with 2 for $variable=$value', async ({ variable, value, says }) => {
    const { exitCode, stderr } = await runCommand(['simulator'], { env: { [variable]: value } })
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(says)])
  })

  it('keeps keys and certificate over restarts, through a rotation too', async () => {
    const state = join(folder, 'state')
    const seen: { kid: unknown; certificate: unknown }[] = []
    const once = async (rotate: boolean) => {
      await whileRunning(['--json', '--https', '--state', state], async (printed) => {
        const { url, certificate } = JSON.parse(printed) as Facts
        const keySet = JSON.parse(await bodyOf(`${url}${AM_REALM_PATH}/connect/jwk_uri`, certificate)) as {
          keys: { kid: string; n: string }[]
        }
        seen.push({ kid: keySet.keys.slice(0, 1).map(({ kid, n }) => kid + n), certificate })
        if (rotate) await bodyOf(`${url}/simulator/keys`, certificate, 'POST')
      })
    }
    await once(false)
    await once(true)
    await once(false)
    const [first, second, third] = seen
    expect(second).toEqual(first)
    expect([third?.certificate, third?.kid === second?.kid]).toEqual([first?.certificate, false])
    expect((await stat(join(state, 'keys.json'))).mode & 0o777).toBe(0o600)
    await writeFile(join(state, 'keys.json'), '{}')
    const { exitCode, stderr } = await runCommand(['simulator', '--port', '0', '--state', state])
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringMatching(/keys\.json cannot be used .*; delete it to begin anew/),
    ])
  })

  it('lists the faults and starts nothing', async () => {
    const { exitCode, stdout } = await runCommand(['simulator', '--list-faults'])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^iss-mismatch +The ID token names another issuer\.$/m)
    const json = await runCommand(['simulator', '--list-faults', '--json'])
    expect(JSON.parse(json.stdout)).toContainEqual(expect.objectContaining({ name: 'iss-mismatch', place: 'id-token' }))
  })
})
