/** Runs scripts on Redis, with bounded waiting, a circuit breaker and (as configured) confirmation by a replica. */
import { StoreUnavailableError } from '../errors.js'
import type { Emit } from '../events.js'
import type { SessionConfig } from '../options.js'
import { createBreaker } from './breaker.js'
import type { Health } from './breaker.js'
import { COMMAND_TIMEOUT, CONNECT_TIMEOUT, isCluster, openRedis } from './redis-client.js'
import type { RedisClient } from './redis-client.js'
import type { Script } from './scripts/script.js'
import { isReply, kindOf, storeUnavailable } from './store-errors.js'

export type Argument = string | number | Buffer

/** How long `WAIT` may wait for a replica, in milliseconds. */
const REPLICA_TIMEOUT = 200
/** How long the number of replicas is believed, in milliseconds. */
const REPLICAS_KNOWN = 5_000

export interface RedisLink {
  /** Runs a script; rejects with `StoreUnavailableError` when it is not known to have run. */
  run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown>
  /** The same, and (as configured) waits until a replica has it too. */
  runConfirmed(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown>
  /** Asks the server about itself; undefined when it does not say. */
  inquire(command: string, subject: string): Promise<unknown>
  connected(): Promise<void>
  health(): Health
  close(): void
}

export interface LinkSettings {
  readonly redis: Exclude<SessionConfig['redis'], 'memory'>
  readonly confirmReplicas: SessionConfig['confirmReplicas']
  readonly clock: () => number
  readonly emit: Emit
  /** Shows that Redis takes reads and writes again. */
  readonly probe: (run: RedisLink['run']) => Promise<void>
}

export function createRedisLink(settings: LinkSettings): RedisLink {
  const client = openRedis(settings.redis)
  // WAIT holds its connection up and speaks of that connection's writes: so sign-ins and endings have one of their own.
  const confirming = settings.confirmReplicas === 'off' ? undefined : openRedis(settings.redis)
  const breaker = createBreaker({
    clock: settings.clock,
    emit: settings.emit,
    probe: () => settings.probe((script, keys, args) => evaluate(client, script, keys, args)),
    reconnect() {
      for (const each of [client, confirming]) if (each?.status === 'ready') each.disconnect(true)
    },
  })
  const reach = firstConnection(client)
  const reachConfirming = confirming === undefined ? reach : firstConnection(confirming)
  let replicas: { at: number; some: boolean } | undefined

  async function guarded<T>(reached: FirstConnection, action: () => Promise<T>): Promise<T> {
    breaker.assertClosed()
    try {
      if (reached.underWay !== undefined) await reached.underWay
      return await action()
    } catch (error) {
      breaker.failed(kindOf(error), isReply(error))
      throw storeUnavailable(error)
    }
  }

  async function hasReplicas(on: RedisClient): Promise<boolean> {
    if (isCluster(on)) return on.nodes('slave').length > 0
    const now = settings.clock()
    if (replicas === undefined || Math.abs(now - replicas.at) >= REPLICAS_KNOWN) {
      const info = String(await on.call('info', 'replication'))
      replicas = { at: now, some: !/^connected_slaves:0\b/m.test(info) }
    }
    return replicas.some
  }

  async function runConfirmed(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    if (confirming === undefined) return run(script, keys, args)
    const { value, short } = await guarded(reachConfirming, async () => {
      if (settings.confirmReplicas === 'prefer' && !(await hasReplicas(confirming))) {
        return { value: await evaluate(confirming, script, keys, args), short: false }
      }
      return evaluateAndWait(confirming, script, keys, args)
    })
    if (short) {
      settings.emit({ type: 'replication.short', cause: script.name })
      if (settings.confirmReplicas === 'require') {
        throw new StoreUnavailableError('No replica of the session store confirmed the write.')
      }
    }
    return value
  }

  function run(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    return guarded(reach, () => evaluate(client, script, keys, args))
  }

  return {
    run,
    runConfirmed,
    inquire: (command, subject) => bounded(client, client.call(command, subject)).catch(() => undefined),
    connected: () => guarded(firstConnection(client), () => Promise.resolve()),
    health: () => breaker.health(),
    close() {
      breaker.close()
      client.disconnect()
      confirming?.disconnect()
    },
  }
}

async function evaluate(
  client: RedisClient,
  script: Script,
  keys: readonly string[],
  args: readonly Argument[],
): Promise<unknown> {
  try {
    return await bounded(client, client.callBuffer('evalsha', script.sha, keys.length, ...keys, ...args))
  } catch (error) {
    if (kindOf(error) !== 'NOSCRIPT') throw error
    return await bounded(client, client.callBuffer('eval', script.lua, keys.length, ...keys, ...args))
  }
}

/** Script and `WAIT` go out together, so that `WAIT` speaks of this script's writes. */
async function evaluateAndWait(
  client: RedisClient,
  script: Script,
  keys: readonly string[],
  args: readonly Argument[],
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

interface FirstConnection {
  /** Undefined once the client has connected, or has failed to: from then on nobody waits. */
  underWay: Promise<void> | undefined
}

/** The first connection may still be on its way when the first request comes: that one waits, within bounds. */
function firstConnection(client: RedisClient): FirstConnection {
  const first: FirstConnection = { underWay: undefined }
  if (client.status === 'ready') return first
  first.underWay = new Promise<void>((resolve, reject) => {
    let reason = new Error('Connection timed out')
    function remember(error: Error): void {
      reason = error
    }
    function finish(settle: () => void): void {
      clearTimeout(timer)
      client.off('error', remember)
      client.off('ready', ready)
      first.underWay = undefined
      settle()
    }
    function ready(): void {
      finish(resolve)
    }
    const timer = setTimeout(() => {
      finish(() => {
        reject(reason)
      })
    }, CONNECT_TIMEOUT)
    timer.unref()
    client.on('error', remember)
    client.once('ready', ready)
  })
  // Awaited by whoever runs a command; nobody may be there yet when it rejects.
  first.underWay.catch(function nobodyYet() {})
  return first
}
