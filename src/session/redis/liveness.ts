/** Whether a connection that nobody has used for a while still leads anywhere. */
import { once } from 'node:events'

import type { Redis } from 'ioredis'

import { COMMAND_TIMEOUT, CONNECT_TIMEOUT } from './client.js'
import { NoReply, replyWithin } from './reply-within.js'

/**
 * A connection that has been idle for longer is tried before anything is sent on it: firewalls and balancers forget
 * idle connections without a word, and what is sent into the void is lost. In milliseconds.
 */
const UNTRIED_AFTER = 1_000
/** Longest wait for the answer to a trial, in milliseconds. */
const TRIAL_TIMEOUT = 250
/** A connection idle for longer is used for the sake of it. What firewalls forget is older than a minute. In milliseconds. */
const IDLE_AFTER = 10_000
/** Between two looks for idle connections, in milliseconds. */
const LOOK_EVERY = 5_000

export interface Liveness {
  /** Begins to keep a connection in use, and to end it when its handshake hangs. */
  keep(node: Redis): void
  /** The server has said something on it. */
  heard(node: Redis): void
  /** Resolves when a connection can be expected to work; rejects when it was let go. Undefined: it can, without a trial. */
  assure(node: Redis): Promise<void> | undefined
  /** Ends a connection at once: what hangs on a dead peer hangs until the operating system gives up, a quarter of an hour. */
  letGo(node: Redis): Promise<void>
  close(): void
}

/** @param inUse - The connections to keep in use. */
export function createLiveness(inUse: () => readonly Redis[]): Liveness {
  const lastHeard = new WeakMap<Redis, number>()
  const trials = new WeakMap<Redis, Promise<void>>()

  function idleFor(node: Redis): number {
    return performance.now() - (lastHeard.get(node) ?? -Infinity)
  }

  function heard(node: Redis): void {
    lastHeard.set(node, performance.now())
  }

  async function tryOut(node: Redis, limit: number): Promise<void> {
    try {
      await replyWithin(node.ping(), limit)
    } catch (error) {
      if (error instanceof NoReply) await letGo(node)
      // A refusal is an answer.
      if (!isReply(error)) throw error
    }
    heard(node)
  }

  /** Everybody waits for one trial. */
  function trial(node: Redis, limit: number): Promise<void> {
    const underWay = trials.get(node)
    if (underWay !== undefined) return underWay
    const begun = tryOut(node, limit).finally(() => trials.delete(node))
    trials.set(node, begun)
    return begun
  }

  async function letGo({ stream }: Redis): Promise<void> {
    if (stream.closed) return
    const closed = once(stream, 'close')
    stream.destroy()
    await closed
  }

  function look(): void {
    for (const node of inUse()) {
      if (node.status === 'ready' && idleFor(node) >= IDLE_AFTER)
        trial(node, COMMAND_TIMEOUT).catch(function known() {})
    }
  }

  const timer = setInterval(look, LOOK_EVERY)
  timer.unref()
  return {
    keep(node) {
      node.on('ready', () => {
        heard(node)
      })
      node.on('connect', function shakeHands() {
        const { stream } = node
        const done = new Promise<void>((resolve) => {
          node.once('ready', resolve)
          stream.once('close', resolve)
        })
        replyWithin(done, CONNECT_TIMEOUT).catch(() => stream.destroy())
      })
    },
    heard,
    assure(node) {
      return node.status === 'ready' && idleFor(node) >= UNTRIED_AFTER ? trial(node, TRIAL_TIMEOUT) : undefined
    },
    letGo,
    close() {
      clearInterval(timer)
    },
  }
}

/** Told by its name: the application may have loaded another copy of ioredis. */
export function isReply(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError'
}
