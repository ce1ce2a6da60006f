/** Sign-ins under way, on Redis. */
import type { Backend, PendingOutcome, TakenRecord } from '../backend.js'
import type { Keys } from './keys.js'
import type { Runner } from './link.js'
import { bytes, list, number } from './replies.js'
import { forgetPending, rememberPending, settlePending, takeCarried, takePending } from './scripts/pending-scripts.js'

const NOTHING = Buffer.alloc(0)

export function pendingOperations(
  link: Runner,
  keys: Keys,
): Pick<Backend, 'rememberPending' | 'forgetPending' | 'takePending' | 'takeCarried' | 'settlePending'> {
  function keysOf(slot: string) {
    return { pending: keys.pending(slot), pendingAppData: keys.pendingAppData(slot) }
  }
  return {
    async rememberPending(slot, record, appData) {
      await link.run(rememberPending(keysOf(slot), { record, appData }))
    },
    async forgetPending(slots) {
      await Promise.all(slots.map((slot) => link.run(forgetPending(keysOf(slot), {}))))
    },
    async takePending(slot) {
      const where = { ...keysOf(slot), running: keys.running(slot), outcome: keys.outcome(slot) }
      return takenReply(list(await link.run(takePending(where, {}))))
    },
    async takeCarried(slot) {
      const where = { running: keys.running(slot), outcome: keys.outcome(slot) }
      const reply = list(await link.run(takeCarried(where, {})))
      return number(reply[0]) === 1 ? { found: 'mine' } : takenByAnother(reply)
    },
    settlePending: (settled) => settle(link, keys, settled),
  }
}

/** Leaves the first callback's answer for the others. */
export async function settle(link: Runner, keys: Keys, { slot, outcome }: PendingOutcome): Promise<void> {
  await link.run(settlePending({ outcome: keys.outcome(slot) }, { answer: outcome }))
}

function takenReply(reply: readonly unknown[]): TakenRecord {
  const [state, record, appData] = reply
  if (number(state) !== 1) return takenByAnother(reply)
  return { found: 'record', record: bytes(record) ?? NOTHING, appData: bytes(appData) }
}

function takenByAnother([state, first]: readonly unknown[]): Exclude<TakenRecord, { found: 'record' }> {
  const kind = number(state)
  if (kind === 2) return { found: 'outcome', outcome: bytes(first) ?? NOTHING }
  return { found: kind === 3 ? 'running' : 'nothing' }
}
