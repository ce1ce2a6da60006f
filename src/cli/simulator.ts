/** `express-cis2 simulator`: CIS2 on this machine, until Ctrl-C. */
import {
  DEMO_CLIENT,
  describeFaults,
  readSimulatorFile,
  type Simulator,
  type SimulatorClient,
  SimulatorOptionsError,
  startSimulator,
} from '../simulator/index.js'
import { isLoopback } from '../primitives/is-loopback.js'
import { CliError, type CliIo, codeOf } from './io.js'
import { createPaint } from './paint.js'
import { type ClientFlags, clientFromFlags } from './simulator-client.js'

export interface SimulatorFlags extends ClientFlags {
  readonly port: number
  readonly host: string
  readonly https: boolean
  readonly issuer?: string
  readonly file?: string
  /** By name; judged by the simulator. */
  readonly fault: Readonly<Record<string, true | string | number>>
  readonly signInAs?: string
  readonly state?: string
  readonly listFaults: boolean
  readonly json: boolean
}

/** Starts the simulator, prints what one needs to know, and resolves after it has stopped. */
export async function runSimulator(flags: SimulatorFlags, io: CliIo): Promise<void> {
  if (flags.listFaults) {
    io.stdout.write(flags.json ? `${JSON.stringify(describeFaults())}\n` : faultTable(io))
    return
  }
  const simulator = await start(flags)
  try {
    if (!isOwnMachine(flags.host)) io.stderr.write(`${warning(flags.host, io)}\n`)
    io.stdout.write(flags.json ? `${JSON.stringify(facts(simulator))}\n` : describe(simulator, flags.host, io))
    await aborted(io.signal)
  } finally {
    await simulator.stop()
  }
}

async function start(flags: SimulatorFlags): Promise<Simulator> {
  const { file, fault, issuer, host, port, https, signInAs, state } = flags
  try {
    const client = clientFromFlags(flags)
    const { users, clients = [] } = file === undefined ? {} : await readSimulatorFile(file)
    const others = clients.filter(({ clientId }) => clientId !== client?.clientId)
    const all = client ? [...others, client] : others
    return await startSimulator({
      users,
      ...(all.length > 0 ? { clients: all } : {}),
      ...{ host, port, https, issuer, signInAs, state, faults: fault },
    })
  } catch (error) {
    throw explained(error, host, port)
  }
}

function isOwnMachine(host: string): boolean {
  return isLoopback(host.includes(':') ? `[${host}]` : host)
}

function isEverywhere(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

function warning(host: string, io: CliIo): string {
  const where = isEverywhere(host) ? 'every address of this machine' : host
  const paint = createPaint(io.stderr, io.env)
  const words = `It listens on ${where}, and whoever reaches it there signs in as anyone.`
  return `${paint('red', 'WARNING: open to the network.')} ${words} Without --host it listens on this machine only.\n`
}

function explained(error: unknown, host: string, port: number): unknown {
  if (error instanceof SimulatorOptionsError) {
    const message = `The simulator cannot start like this: ${error.problems.join('; ')}.`
    return new CliError(message, { cause: error, exitCode: 2 })
  }
  const sentences: Partial<Record<string, string>> = {
    EADDRINUSE: `Port ${port} on ${host} is in use: stop what listens there, or choose another with --port (0: any free one).`,
    EACCES: `Port ${port} on ${host} is reserved for administrators: choose one from 1024 on with --port.`,
    EADDRNOTAVAIL: `${host} is no address of this machine: choose another with --host.`,
    ENOTFOUND: `${host} is no address of this machine: choose another with --host.`,
  }
  const sentence = sentences[String(codeOf(error))]
  return sentence === undefined ? error : new CliError(sentence, { cause: error, exitCode: 1 })
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => {
      resolve()
    })
  })
}

function facts({ url, issuer, certificate, users, clients }: Simulator) {
  return {
    url,
    issuer,
    certificate,
    users: users.map(({ sub, name, description }) => ({ sub, name, description })),
    clients: clients.map(clientFacts),
  }
}

/** A secret out of somebody's file is not printed; the one of the ready-made client is no secret. */
function clientFacts({ clientId, tokenEndpointAuthMethod, redirectUris, clientSecret }: SimulatorClient) {
  return {
    clientId,
    tokenEndpointAuthMethod,
    redirectUris,
    ...(clientSecret === DEMO_CLIENT.clientSecret ? { clientSecret } : {}),
  }
}

function describe({ url, issuer, certificate, users, clients }: Simulator, host: string, io: CliIo): string {
  const paint = createPaint(io.stdout, io.env)
  const width = Math.max(...users.map(({ name }) => name.length))
  return [
    `${paint('bold', `CIS2 simulator at ${url}`)}${isEverywhere(host) ? ', and at every other address of this machine' : ''}`,
    `  issuer  ${issuer}`,
    '',
    ...(certificate === undefined
      ? []
      : [paint('bold', 'Certificate, for NODE_EXTRA_CA_CERTS'), certificate.trim(), '']),
    paint('bold', 'Users'),
    ...users.map(({ name, description }) => `  ${name.padEnd(width)}  ${paint('dim', description)}`),
    '',
    paint('bold', 'Clients'),
    ...clients
      .map(clientFacts)
      .flatMap((client) => [
        `  clientId      ${client.clientId}`,
        `  method        ${client.tokenEndpointAuthMethod}`,
        ...(client.clientSecret === undefined ? [] : [`  clientSecret  ${client.clientSecret}`]),
        ...client.redirectUris.map((uri) => `  redirectUri   ${uri}`),
      ]),
    '',
    'Ctrl-C ends it. It signs in anybody as anyone: keep it on this machine.',
    '',
  ].join('\n')
}

function faultTable(io: CliIo): string {
  const paint = createPaint(io.stdout, io.env)
  const faults = describeFaults()
  const width = Math.max(...faults.map(({ name }) => name.length))
  const rows = faults.map(({ name, spoils }) => `${paint('bold', name.padEnd(width))}  ${spoils}\n`)
  return rows.join('')
}
