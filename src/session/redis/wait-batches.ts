/** One `WAIT` for all writes that are out, instead of one each. */
import type { Redis } from 'ioredis'

import { COMMAND_TIMEOUT } from './client.js'
import { replyWithin } from './reply-within.js'

/** How long `WAIT` may wait for a replica, in milliseconds. */
export const REPLICA_TIMEOUT = 200
/** Its answer may be late by as much, in milliseconds. */
const LATE = 200

export interface Written {
  readonly value: unknown
  /** Whether no replica has it, as far as is known. */
  readonly short: boolean
}

export interface WaitBatches {
  /** Writes to a server, and waits until a replica has it. */
  write(node: Redis, name: string, action: (node: Redis) => Promise<unknown>): Promise<Written>
}

interface Batch {
  readonly names: string[]
  confirmed: Promise<boolean>
}

/**
 * `WAIT` holds its connection up, and speaks of that connection's writes. So what comes while one is out goes out
 * together after it, with one `WAIT` behind: however slow a replica is, it limits nobody's number.
 *
 * @param short - Told, once for a batch, that no replica has confirmed its writes.
 * @param pointless - Whether whoever stood behind a batch need not wait for one of her own.
 */
export function createWaitBatches(short: (names: readonly string[]) => void, pointless: () => boolean): WaitBatches {
  let open: Batch | undefined
  /** Set while a `WAIT` is out. */
  let queue: (() => void)[] | undefined

  /** Sends the `WAIT` once everything of this turn is written. */
  function openBatch(node: Redis): Batch {
    const batch: Batch = { names: [], confirmed: Promise.resolve().then(() => confirm(node, batch)) }
    return batch
  }

  async function confirm(node: Redis, batch: Batch): Promise<boolean> {
    open = undefined
    queue = []
    const confirmed = (await countOf(node)) >= 1
    if (!confirmed) short(batch.names)
    const next = queue
    queue = undefined
    for (const begin of next) begin()
    return confirmed
  }

  return {
    async write(node, name, action) {
      while (queue !== undefined) await new Promise<void>((resolve) => queue?.push(resolve))
      if (pointless()) return { value: await replyWithin(action(node), COMMAND_TIMEOUT), short: false }
      open ??= openBatch(node)
      const { names, confirmed } = open
      names.push(name)
      const value = await replyWithin(action(node), COMMAND_TIMEOUT)
      return { value, short: !(await confirmed) }
    },
  }
}

/** A server that does not know `WAIT`, or is late with its answer, has confirmed nothing. */
async function countOf(node: Redis): Promise<number> {
  try {
    return Number(await replyWithin(node.call('wait', 1, REPLICA_TIMEOUT), REPLICA_TIMEOUT + LATE))
  } catch {
    return 0
  }
}
