/** Runs scripts on Redis, with bounded waiting, a circuit breaker and (as configured) confirmation by a replica. */
import { StoreUnavailableError } from '../../errors.js'
import type { Emit } from '../../events.js'
import type { SessionConfig } from '../../options/cis2-config.js'
import { createBreaker } from './outage.js'
import type { PartHealth } from '../../health.js'
import type { Breaker } from './outage.js'
import { COMMAND_TIMEOUT, isCluster, openRedis } from './client.js'
import type { RedisClient } from './client.js'
import { evaluate } from './evaluate.js'
import type { ScriptCall } from './scripts/script.js'
import { firstConnection } from './first-connection.js'
import type { FirstConnection } from './first-connection.js'
import { kindOf, scopeOf, storeUnavailable } from '../store-errors.js'

/** How long `WAIT` may wait for a replica, in milliseconds. */
const REPLICA_TIMEOUT = 200
/** How long the number of replicas is believed, in milliseconds. */
const REPLICAS_KNOWN = 5_000

export interface RedisLink {
  /** Runs a script; rejects with `StoreUnavailableError` when it is not known to have run. */
  run(call: ScriptCall): Promise<unknown>
  /**
   * The same, and (as configured) waits until a replica has it too.
   * @param unwaited - What is run in its place when no replica is waited for.
   */
  runConfirmed(call: ScriptCall, unwaited?: ScriptCall): Promise<unknown>
  /** `run`, whatever is known of the store: to find out. */
  attempt(call: ScriptCall): Promise<unknown>
  /** Asks the server about itself; undefined when it does not say. */
  inquire(command: string, subject: string): Promise<unknown>
  /** Waits, within bounds, until there is a connection. */
  connected(): Promise<void>
  health(): PartHealth
  close(): void
}

export interface LinkSettings {
  readonly redis: Exclude<SessionConfig['redis'], 'memory'>
  readonly confirmReplicas: SessionConfig['confirmReplicas']
  readonly clock: () => number
  readonly emit: Emit
  /** Shows that Redis takes reads and writes again. */
  readonly probe: (run: RedisLink['run']) => Promise<void>
  /** Called whenever there is a new connection, which may be to another server. */
  readonly connected: (link: Pick<RedisLink, 'inquire' | 'attempt'>) => void
}

export function createRedisLink(settings: LinkSettings): RedisLink {
  const client = openRedis(settings.redis)
  // WAIT holds its connection up and speaks of that connection's writes: so sign-ins and endings have one of their own.
  const confirming = settings.confirmReplicas === 'off' ? undefined : openRedis(settings.redis)
  const breaker = createBreaker({
    clock: settings.clock,
    emit: settings.emit,
    probe: () => settings.probe((call) => execute(client, call)),
    reconnect() {
      for (const each of [client, confirming]) if (each?.status === 'ready') each.disconnect(true)
    },
  })
  const reach = firstConnection(client)
  const reachConfirming = confirming === undefined ? reach : firstConnection(confirming)
  const hasReplicas = createReplicaCount()
  watch(client, breaker)
  client.on('ready', function ready() {
    settings.connected({ inquire, attempt })
  })

  async function guarded<T>(reached: FirstConnection, action: () => Promise<T>): Promise<T> {
    breaker.assertClosed()
    try {
      if (reached.underWay !== undefined) await reached.underWay
      return await action()
    } catch (error) {
      breaker.failed(kindOf(error), scopeOf(error))
      throw storeUnavailable(error)
    }
  }

  async function runConfirmed(call: ScriptCall, unwaited: ScriptCall = call): Promise<unknown> {
    if (confirming === undefined) return run(unwaited)
    const { value, short } = await guarded(reachConfirming, async () => {
      if (settings.confirmReplicas === 'prefer' && !(await hasReplicas(confirming))) {
        return { value: await execute(confirming, unwaited), short: false }
      }
      return evaluateAndWait(confirming, call)
    })
    if (short) {
      settings.emit({ type: 'replication.short', cause: call.script.name })
      if (settings.confirmReplicas === 'require') {
        throw new StoreUnavailableError('No replica of the session store confirmed the write.')
      }
    }
    return value
  }

  function run(call: ScriptCall): Promise<unknown> {
    return guarded(reach, () => execute(client, call))
  }

  function attempt(call: ScriptCall): Promise<unknown> {
    return execute(client, call).catch(refuse)
  }

  /** A closed connection rejects in its own way, also at once. */
  async function inquire(command: string, subject: string): Promise<unknown> {
    return bounded(client, client.call(command, subject)).catch(function unknown() {})
  }

  return {
    run,
    runConfirmed,
    attempt,
    inquire,
    connected: async () => firstConnection(client, 'patient').underWay?.catch(refuse),
    health: () => breaker.health(),
    close() {
      breaker.close()
      client.disconnect()
      confirming?.disconnect()
    },
  }
}

function refuse(error: unknown): never {
  throw storeUnavailable(error)
}

/** A connection that is lost is known at once; nobody has to find out by waiting. */
function watch(client: RedisClient, breaker: Breaker): void {
  let reason = 'disconnected'
  client.on('error', function remember(error: unknown) {
    reason = kindOf(error)
  })
  client.on('close', function lost() {
    breaker.failed(reason, 'store')
  })
  client.on('ready', function found() {
    reason = 'disconnected'
    breaker.hurry()
  })
}

/** Whether there is a replica to wait for; asked for every few seconds, by a clock that nobody sets. */
function createReplicaCount(): (on: RedisClient) => Promise<boolean> {
  let known: { readonly at: number; readonly some: boolean } | undefined
  return async function hasReplicas(on) {
    if (isCluster(on)) return on.nodes('slave').length > 0
    const now = performance.now()
    if (known === undefined || now - known.at >= REPLICAS_KNOWN) {
      // A server that does not say (INFO may be forbidden) is taken at its word later, by WAIT.
      const info = await on.call('info', 'replication').catch((error: unknown) => {
        if (kindOf(error) !== 'NOPERM') throw error
        return ''
      })
      known = { at: now, some: !/^connected_slaves:0\b/m.test(String(info)) }
    }
    return known.some
  }
}

function execute(client: RedisClient, call: ScriptCall): Promise<unknown> {
  return bounded(client, evaluate(client, call))
}

/** Script and `WAIT` go out together, so that `WAIT` speaks of this script's writes. */
async function evaluateAndWait(
  client: RedisClient,
  { script, keys, args }: ScriptCall,
): Promise<{ value: unknown; short: boolean }> {
  const replies = await withDeadline(
    client
      .pipeline()
      // The whole text: a NOSCRIPT in a pipeline would leave WAIT speaking of nothing.
      .callBuffer('eval', script.lua, keys.length, ...keys, ...args)
      .call('wait', 1, REPLICA_TIMEOUT)
      .exec(),
  )
  const [ran, waited] = replies ?? []
  if (ran === undefined || waited === undefined) throw new Error('Connection is closed.')
  if (ran[0] !== null) throw ran[0]
  return { value: ran[1], short: waited[0] !== null || Number(waited[1]) < 1 }
}

/** The client's own timeout covers one command on one connection; a Cluster's redirections and retries come on top. */
function bounded<T>(client: RedisClient, reply: Promise<T>): Promise<T> {
  return isCluster(client) ? withDeadline(reply) : reply
}

async function withDeadline<T>(reply: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error('Command timed out'))
    }, COMMAND_TIMEOUT + REPLICA_TIMEOUT)
  })
  try {
    return await Promise.race([reply, deadline])
  } finally {
    clearTimeout(timer)
  }
}
