/** What `startSimulator` and a file may say, and what is said about mistakes. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import {
  DEMO_CLIENT,
  readSimulatorFile,
  type Simulator,
  type SimulatorClient,
  SimulatorOptionsError,
  type SimulatorUser,
  startSimulator,
  theCast,
} from 'express-cis2/simulator'

const CLIENT: SimulatorClient = {
  clientId: 'a',
  clientSecret: 's',
  redirectUris: ['https://clinic.example/callback'],
  tokenEndpointAuthMethod: 'client_secret_post',
}
const [NURSE] = theCast() as [SimulatorUser]
const KEYS = { keys: [{ kty: 'RSA' }] }

/** The problems that a start with these options names; an empty list when it starts. */
async function problemsOf(options: Record<string, unknown>): Promise<readonly string[]> {
  try {
    const simulator = await startSimulator(options)
    await simulator.stop()
    return []
  } catch (error) {
    if (!(error instanceof SimulatorOptionsError)) throw error
    expect(error).toMatchObject({ code: 'SIMULATOR_OPTIONS', name: 'SimulatorOptionsError' })
    for (const problem of error.problems) expect(error.message).toContain(problem)
    return error.problems
  }
}

describe('startSimulator', () => {
  it('needs no options: loopback, the cast, and a client for a quick start', async () => {
    const simulator = await startSimulator()
    expect(simulator.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(simulator.users).toEqual(theCast())
    expect(simulator.clients).toEqual([DEMO_CLIENT])
    expect(simulator.certificate).toBeUndefined()
    await simulator.stop()
  })

  it.each([
    { port: -1 },
    { port: 65_536 },
    { port: 1.5 },
    { port: '9000' },
    { host: '' },
    { https: 'yes' },
    { clock: 5 },
    { users: [] },
  ])('refuses %j, naming it', async (options) => {
    const [problem] = await problemsOf(options)
    expect(problem).toMatch(new RegExp(`^${Object.keys(options).join()}: `))
  })

  it.each([
    { issuer: 'am.sim.example', problem: 'issuer: must be an absolute http or https URL' },
    { issuer: 'https://[', problem: 'issuer: must be an absolute http or https URL' },
    { issuer: 'https://a.example/', problem: 'issuer: must have no query, no fragment and no slash at the end' },
    { issuer: 'https://a.example/x?y', problem: 'issuer: must have no query, no fragment and no slash at the end' },
    {
      issuer: 'http://a.example/simulator/x',
      problem: "issuer: must not begin with the simulator's own path /simulator",
    },
  ])('refuses the issuer $issuer', async ({ issuer, problem }) => {
    expect(await problemsOf({ issuer })).toEqual([problem])
  })

  it('takes an issuer without a path', async () => {
    const simulator = await startSimulator({ issuer: 'https://am.sim.example:443' })
    const reply = await simulator.fetch('https://am.sim.example/.well-known/openid-configuration')
    expect(await reply.json()).toMatchObject({
      issuer: 'https://am.sim.example:443',
      token_endpoint: 'https://am.sim.example:443/access_token',
    })
    await simulator.stop()
  })

  it.each([
    { faults: ['acr-lowerd'], problem: /^faults: "acr-lowerd" is not a fault; the nearest are acr-lowered, / },
    { faults: { 'acr-lowered': false }, problem: /^faults/ },
    { faults: { toString: true }, problem: /^faults: "toString" is not a fault/ },
    { faults: 'acr-lowered', problem: /^faults/ },
  ] as { faults: unknown; problem: RegExp }[])('refuses the faults $faults', async ({ faults, problem }) => {
    expect((await problemsOf({ faults })).join()).toMatch(problem)
  })

  it('refuses an unknown option, and names all problems at once', async () => {
    expect(await problemsOf({ isuer: 'x', port: -1 })).toEqual([
      expect.stringMatching(/^port: /),
      expect.stringMatching(/isuer: not known$/),
    ])
  })

  it.each([
    { client: { ...CLIENT, clientId: '' }, problem: 'clients.0.clientId' },
    { client: { ...CLIENT, redirectUris: [] }, problem: 'clients.0.redirectUris' },
    { client: { ...CLIENT, redirectUris: ['/callback'] }, problem: 'must be an absolute URL without a fragment' },
    { client: { ...CLIENT, redirectUris: ['https://a.example/#x'] }, problem: 'without a fragment' },
    { client: { ...CLIENT, backChannelLogoutUri: 'ftp://a.example' }, problem: 'clients.0.backChannelLogoutUri' },
    { client: { ...CLIENT, clientSecret: undefined }, problem: 'clients.0.clientSecret: is needed with this method' },
    {
      client: { ...CLIENT, jwks: KEYS },
      problem: 'clients.0.jwksUri: jwksUri and jwks are used with private_key_jwt only',
    },
    {
      client: { ...CLIENT, jwksUri: 'https://a.example/keys' },
      problem: 'clients.0.jwksUri: jwksUri and jwks are used with private_key_jwt only',
    },
    {
      client: { ...CLIENT, tokenEndpointAuthMethod: 'private_key_jwt', jwks: KEYS },
      problem: 'clients.0.clientSecret: is not used with private_key_jwt',
    },
    {
      client: { ...CLIENT, tokenEndpointAuthMethod: 'private_key_jwt', clientSecret: undefined },
      problem: 'clients.0.jwksUri: private_key_jwt needs exactly one of jwksUri and jwks',
    },
    {
      client: {
        ...CLIENT,
        tokenEndpointAuthMethod: 'private_key_jwt',
        clientSecret: undefined,
        jwks: KEYS,
        jwksUri: 'http://a',
      },
      problem: 'clients.0.jwksUri: private_key_jwt needs exactly one of jwksUri and jwks',
    },
    { client: { ...CLIENT, secret: 'x' }, problem: 'clients.0.secret: not known' },
    { client: { ...CLIENT, apiPlatform: {} }, problem: 'clients.0.apiPlatform.apiKey' },
  ])('refuses a client: $problem', async ({ client, problem }) => {
    expect((await problemsOf({ clients: [client] })).join()).toContain(problem)
  })

  it.each([
    { clients: [CLIENT, CLIENT], problem: 'clients: two clients share a clientId' },
    { users: [NURSE, NURSE], problem: 'users: two users share a sub' },
    { users: [{ ...NURSE, sub: '12' }], problem: 'users.0.sub: must be 12 digits' },
    { users: [{ ...NURSE, authenticators: [] }], problem: 'users.0.authenticators' },
    { users: [{ ...NURSE, identityAssuranceLevel: 4 }], problem: 'users.0.identityAssuranceLevel' },
    { users: [{ ...NURSE, role: [] }], problem: 'users.0.role: not known' },
  ])('refuses $problem', async ({ problem, ...options }) => {
    expect((await problemsOf(options)).join()).toContain(problem)
  })
})

describe('a running simulator', () => {
  let simulator: Simulator
  beforeAll(async () => {
    simulator = await startSimulator({ faults: { 'acr-lowered': 2 } })
  })
  afterAll(() => simulator.stop())

  it('refuses a client and a fault that cannot be right', () => {
    expect(() => {
      simulator.addClient({ ...CLIENT, redirectUris: [] })
    }).toThrow('client.redirectUris')
    expect(() => {
      simulator.setFault('no-fault' as 'acr-zero')
    }).toThrow(SimulatorOptionsError)
  })

  it('replaces a client of the same name', () => {
    simulator.addClient(CLIENT)
    simulator.addClient({ ...CLIENT, userInfo: 'signed' })
    expect(simulator.clients.filter(({ clientId }) => clientId === 'a')).toEqual([{ ...CLIENT, userInfo: 'signed' }])
  })
})

describe('readSimulatorFile', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'simulator-file-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  async function fileWith(text: string): Promise<string> {
    const path = join(folder, 'simulator.json')
    await writeFile(path, text)
    return path
  }

  it('reads users and clients, which start a simulator', async () => {
    const file = await readSimulatorFile(await fileWith(JSON.stringify({ users: [NURSE], clients: [CLIENT] })))
    const simulator = await startSimulator(file)
    expect(simulator.users.map(({ name }) => name)).toEqual(['Ngozi Okafor'])
    expect(simulator.clients).toEqual([CLIENT])
    await simulator.stop()
  })

  it('leaves out what the file leaves out', async () => {
    expect(await readSimulatorFile(await fileWith('{}'))).toEqual({})
  })

  it.each([
    { text: '{ "users": [] }', problem: /: users: / },
    { text: '{ "people": [] }', problem: /: people: not known$/ },
    { text: '[]', problem: /: value: / },
    { text: '{ "clients": [{}] }', problem: /: clients\.0\.clientId: / },
    { text: 'users:', problem: /JSON/ },
  ])('refuses $text, naming file and place', async ({ text, problem }) => {
    const path = await fileWith(text)
    const reading = readSimulatorFile(path)
    await expect(reading).rejects.toThrow(SimulatorOptionsError)
    const error = (await reading.catch((reason: unknown) => reason)) as SimulatorOptionsError
    expect(error.problems[0]?.startsWith(`${path}: `)).toBe(true)
    expect(error.problems[0]).toMatch(problem)
  })

  it('says that a file is not there', async () => {
    await expect(readSimulatorFile(join(folder, 'missing.json'))).rejects.toThrow(/ENOENT/)
  })
})
