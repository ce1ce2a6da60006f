/** Runs scripts on Redis, with bounded waiting, a watch on outages and (as configured) confirmation by a replica. */
import type { Emit } from '../../events.js'
import type { SessionConfig } from '../../options/cis2-config.js'
import { openRedis } from './client.js'
import { createConfirming } from './confirming.js'
import { createConnection } from './connection.js'
import type { Connection } from './connection.js'
import { createCredentials } from './credentials.js'
import { evaluate, evaluateText, keyOf } from './evaluate.js'
import type { PartHealth } from '../../health.js'
import { isReply } from './liveness.js'
import { keepLogin } from './login.js'
import type { ScriptCall } from './scripts/script.js'
import { storeUnavailable } from '../store-errors.js'

/** Runs a script; rejects with `StoreUnavailableError` when it is not known to have run. */
export type Run = (call: ScriptCall) => Promise<unknown>

export interface RedisLink {
  readonly run: Run
  /**
   * The same, and (as configured) waits until a replica has it too.
   * @param unwaited - What is run in its place when no replica is waited for.
   */
  runConfirmed(call: ScriptCall, unwaited?: ScriptCall): Promise<unknown>
  /** `run`, whatever is known of the store: to find out. */
  readonly attempt: Run
  /** Asks the server about itself; undefined when it does not say. */
  inquire(command: string, subject: string): Promise<unknown>
  /** Waits, within bounds, until there is a connection and every server was found fit. */
  proven(): Promise<void>
  health(): PartHealth
  close(): void
}

/** What operations need of a link. */
export type Runner = Pick<RedisLink, 'run' | 'runConfirmed'>

export interface LinkSettings {
  readonly redis: Exclude<SessionConfig['redis'], 'memory'>
  /** Asks for what Redis is to be shown, where that ends. */
  readonly askCredentials: SessionConfig['redisCredentials']
  readonly confirmReplicas: SessionConfig['confirmReplicas']
  readonly clock: () => number
  readonly emit: Emit
  /** Shows, with keys of this tag, that Redis does what sessions need. */
  readonly probe: (run: Run, tag: string, aboutServer: () => Promise<string>) => Promise<void>
  /** Called whenever there is a new connection, which may be to another server. */
  readonly connected: (link: Pick<RedisLink, 'inquire' | 'attempt'>) => void
}

export function createRedisLink(settings: LinkSettings): RedisLink {
  const { clock, confirmReplicas, emit, redis } = settings
  const connections: Connection[] = []
  const ask = settings.askCredentials
  const credentials = ask && createCredentials({ ask, clock, emit, changed: report })
  const main = open(function inspect() {
    settings.connected({ inquire, attempt })
  })
  // WAIT holds its connection up and speaks of that connection's writes: so sign-ins and endings have one of their own.
  const confirming = confirmReplicas === 'off' ? undefined : createConfirming(open(), { confirmReplicas, emit })
  let reported: PartHealth['status'] = 'ok'

  function open(connected: () => void = () => {}): Connection {
    const client = openRedis(redis, credentials !== undefined)
    const connection = createConnection({
      client,
      login: keepLogin(client, redis, credentials),
      seconds: () => Math.floor(clock() / 1000),
      probe: (on, tag) =>
        settings.probe(
          (call) => attemptOn(on, call),
          tag,
          () => aboutServer(on, tag),
        ),
      changed: report,
      connected,
    })
    connections.push(connection)
    return connection
  }

  /** One outage, however many connections and servers it meets. */
  function report(): void {
    const { status, reason } = healthOfConnections()
    if ((status === 'ok') === (reported === 'ok')) return
    reported = status
    if (status === 'ok') emit({ type: 'store.recovered' })
    else emit({ type: 'store.unavailable', ...(reason === undefined ? {} : { reason: reason.split(' ')[0] }) })
  }

  function health(): PartHealth {
    const store = healthOfConnections()
    return store.status === 'down' ? store : (credentials?.health() ?? store)
  }

  function healthOfConnections(): PartHealth {
    const each = connections.map((connection) => connection.health())
    const worst = each.find(({ status }) => status === 'down') ?? each.find(({ status }) => status === 'degraded')
    return worst ?? { status: 'ok', since: Math.max(...each.map(({ since }) => since)) }
  }

  const attempt: Run = (call) => attemptOn(main, call).catch(refuse)
  const run: Run = (call) => runOn(main, call)

  /** A closed connection rejects in its own way, also at once. */
  async function inquire(command: string, subject: string): Promise<unknown> {
    return main.attempt('', (client) => client.call(command, subject)).catch(function unknown() {})
  }

  return {
    run,
    async runConfirmed(call, unwaited = call) {
      return confirming === undefined ? run(unwaited) : confirming.run(call, unwaited)
    },
    attempt,
    inquire,
    async proven() {
      await Promise.all(connections.map((connection) => connection.proven())).catch(refuse)
    },
    health,
    close() {
      credentials?.close()
      for (const connection of connections) connection.close()
    },
  }
}

/** What the server of a tag says of itself; nothing where it may not be asked. */
async function aboutServer(connection: Connection, tag: string): Promise<string> {
  const { servers } = connection
  const key = `{${tag}}`
  try {
    return String(
      await connection.attempt(key, (client) => (servers.nodeOf(servers.of(key)) ?? client).call('info', 'server')),
    )
  } catch (error) {
    if (isReply(error)) return ''
    throw error
  }
}

function runOn(connection: Connection, call: ScriptCall): Promise<unknown> {
  return connection.run(keyOf(call), (client) => evaluate(client, call))
}

/** The whole text: so the server knows every script from the first look at it on. */
function attemptOn(connection: Connection, call: ScriptCall): Promise<unknown> {
  return connection.attempt(keyOf(call), (client) => evaluateText(client, call))
}

function refuse(error: unknown): never {
  throw storeUnavailable(error)
}
