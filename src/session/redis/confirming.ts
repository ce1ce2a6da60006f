/** Writes that a replica confirms, as far as `confirmReplicas` asks for it. */
import type { Redis } from 'ioredis'

import { StoreUnavailableError } from '../../errors.js'
import type { Emit } from '../../events.js'
import { kindOf } from '../store-errors.js'
import { COMMAND_TIMEOUT } from './client.js'
import type { RedisClient } from './client.js'
import type { Connection } from './connection.js'
import { evaluate, evaluateText, keyOf } from './evaluate.js'
import type { ScriptCall } from './scripts/script.js'
import { isReply } from './liveness.js'
import { replyWithin } from './reply-within.js'
import { createWaitBatches, type WaitBatches, type Written } from './wait-batches.js'

/** After a short answer, nobody who only prefers a confirmation waits for one for so long, in milliseconds. */
const PAUSE = 5_000
/** How long the number of replicas is believed, in milliseconds. */
const REPLICAS_KNOWN = 5_000
export interface Confirming {
  /** @param unwaited - What is run in place of `call` when no replica is waited for. */
  run(call: ScriptCall, unwaited: ScriptCall): Promise<unknown>
}

export interface ConfirmingSettings {
  readonly confirmReplicas: 'prefer' | 'require'
  readonly emit: Emit
}

/** What is known of a server's replicas. */
interface Replication {
  readonly batches: WaitBatches
  pausedUntil: number
  /** Writes since the last event for which nobody has waited. */
  unwaited: number
  replicas?: { readonly on: unknown; readonly at: number; readonly some: boolean }
}

export function createConfirming(connection: Connection, { confirmReplicas, emit }: ConfirmingSettings): Confirming {
  const { servers } = connection
  const known = new Map<string, Replication>()

  function replicationOf(server: string): Replication {
    let replication = known.get(server)
    if (replication === undefined) {
      replication = { batches: createWaitBatches(short, pointless), pausedUntil: -Infinity, unwaited: 0 }
      known.set(server, replication)
    }
    function short(names: readonly string[]): void {
      const { unwaited } = replicationOf(server)
      Object.assign(replicationOf(server), { pausedUntil: performance.now() + PAUSE, unwaited: 0 })
      emit({ type: 'replication.short', cause: names[0] ?? '', count: names.length + unwaited })
    }
    /** Who only prefers it does not wait again where it was just now in vain. */
    function pointless(): boolean {
      const current = replicationOf(server)
      const paused = confirmReplicas === 'prefer' && performance.now() < current.pausedUntil
      if (paused) current.unwaited += 1
      return paused
    }
    return replication
  }

  /** Whether there is a point in waiting. */
  async function waits(key: string, node: Redis | undefined): Promise<boolean> {
    if (confirmReplicas === 'require' || node === undefined) return true
    const replication = replicationOf(servers.of(key))
    if (!(servers.hasReplicas(key) ?? (await asked(replication, node)))) return false
    if (performance.now() >= replication.pausedUntil) return true
    replication.unwaited += 1
    return false
  }

  async function write(client: RedisClient, call: ScriptCall, unwaited: ScriptCall): Promise<Written> {
    const key = keyOf(call)
    const node = servers.nodeOf(servers.of(key))
    if (!(await waits(key, node))) {
      return { value: await replyWithin(evaluate(client, unwaited), COMMAND_TIMEOUT), short: false }
    }
    const { batches } = replicationOf(servers.of(key))
    if (node !== undefined) {
      try {
        return await batches.write(node, call.script.name, (on) => evaluateText(on, call))
      } catch (error) {
        if (!REDIRECTIONS.has(kindOf(error))) throw error
        // Between two servers nobody knows which of them has it.
        if (kindOf(error) !== 'MOVED') {
          return { value: await replyWithin(evaluateText(client, call), COMMAND_TIMEOUT), short: true }
        }
      }
    }
    const value = await replyWithin(evaluateText(client, call), COMMAND_TIMEOUT)
    const moved = servers.nodeOf(servers.of(key))
    if (moved === undefined) return { value, short: true }
    // Nobody knew before whether there is a replica.
    if (node === undefined && !(await waits(key, moved))) return { value, short: false }
    // Behind that write, on the connection that it went over.
    return replicationOf(servers.of(key)).batches.write(moved, call.script.name, () => Promise.resolve(value))
  }

  return {
    async run(call, unwaited) {
      const { value, short } = await connection.run(keyOf(call), (client) => write(client, call, unwaited), Infinity)
      if (short && confirmReplicas === 'require') {
        throw new StoreUnavailableError('No replica of the session store confirmed the write.')
      }
      return value
    },
  }
}

/** Answers of a Cluster's node that does not keep the key, or not alone. It has done nothing. */
const REDIRECTIONS: ReadonlySet<string> = new Set(['MOVED', 'ASK', 'TRYAGAIN'])

/** Asked every few seconds, by a clock that nobody sets, and on every new connection. */
async function asked(replication: Replication, node: Redis): Promise<boolean> {
  const now = performance.now()
  const { replicas } = replication
  if (replicas?.on === node.stream && now - replicas.at < REPLICAS_KNOWN) return replicas.some
  // A server that does not say (INFO may be forbidden, or renamed) is taken at its word later, by WAIT.
  const info = await replyWithin(node.call('info', 'replication'), COMMAND_TIMEOUT).catch((error: unknown) => {
    if (!isReply(error)) throw error
    return ''
  })
  const some = !/^connected_slaves:0\b/m.test(String(info))
  replication.replicas = { on: node.stream, at: now, some }
  return some
}
