/** Moving a slot of a Cluster from one node to another, in steps that a test can stop between. */
import { setTimeout as delay } from 'node:timers/promises'

import type { Seeded } from '../../schedule/choices.js'
import type { RedisServer } from './redis-server.js'

export interface SlotMove {
  /** Opens the slot on both nodes. */
  begin(): Promise<void>
  /** Moves keys; all that there are by default. */
  move(keys?: readonly string[]): Promise<void>
  /** Closes the slot: it is the other node's from now on. */
  finish(): Promise<void>
}

export function slotMove(slot: number, from: RedisServer, to: RedisServer, others: readonly RedisServer[]): SlotMove {
  async function idOf({ admin }: RedisServer): Promise<string> {
    return String(await admin.call('CLUSTER', 'MYID'))
  }
  async function migrate(keys: readonly string[]): Promise<void> {
    if (keys.length > 0)
      await from.admin.call('MIGRATE', '127.0.0.1', to.port, '', 0, 5_000, 'REPLACE', 'KEYS', ...keys)
  }
  return {
    async begin() {
      await to.admin.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', await idOf(from))
      await from.admin.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', await idOf(to))
    },
    async move(keys) {
      if (keys !== undefined) {
        await migrate(keys)
        return
      }
      for (;;) {
        const left = (await from.admin.call('CLUSTER', 'GETKEYSINSLOT', slot, 10)) as string[]
        if (left.length === 0) return
        await migrate(left)
      }
    },
    async finish() {
      const id = await idOf(to)
      for (const node of [to, from, ...others]) await node.admin.call('CLUSTER', 'SETSLOT', slot, 'NODE', id)
    },
  }
}

/** Moves the slot of some user to another node, slowly: a key, a pause, a key. Returns how many were moved. */
export async function moveSomeSlot(primaries: readonly RedisServer[], random: Seeded): Promise<number> {
  const keys = await random.pick(primaries).admin.keys('*')
  // Where a user has sessions, more than one key has to come along.
  const users = keys.filter((key) => key.endsWith('}:u'))
  if (users.length === 0) return 0
  const { slot, owner } = await ownerOf(random.pick(users), primaries)
  const others = primaries.filter((node) => node !== owner)
  const to = random.pick(others)
  const rest = others.filter((node) => node !== to)
  const move = slotMove(slot, owner, to, rest)
  const there = (await owner.admin.call('CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[]
  await move.begin()
  for (const key of there) {
    await move.move([key])
    await delay(random.choose(8))
  }
  await move.move()
  await move.finish()
  return there.length
}

/** Which of the nodes serves a key's slot. */
export async function ownerOf(
  key: string,
  nodes: readonly RedisServer[],
): Promise<{ slot: number; owner: RedisServer }> {
  for (const node of nodes) {
    const slot = Number(await node.admin.call('CLUSTER', 'KEYSLOT', key))
    const ranges = (await node.admin.call('CLUSTER', 'SLOTS')) as [number, number, [string, number]][]
    const range = ranges.find(([first, last]) => first <= slot && slot <= last)
    const owner = nodes.find(({ port }) => port === range?.[2][1])
    if (owner !== undefined) return { slot, owner }
  }
  throw new Error('nobody serves that slot')
}
