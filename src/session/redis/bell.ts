/** How instances that watch sessions are told of endings: in the step that ends where one can, beside it on a Cluster. */
import type { Heard } from '../backend.js'
import type { Key, Keys } from './keys.js'
import type { Runner } from './link.js'
import { list, number, texts } from './replies.js'
import { hear, ringAll } from './scripts/watch-scripts.js'

export interface Bell {
  /** The key for a script that ends sessions in this slot; `nothing` where the script cannot touch it. */
  endings(slot: string): Key<'endings'> | Key<'nothing'>
  /** Tells of endings that a script cannot tell of. Before they are confirmed: whoever hears looks more than once. */
  ring(names: readonly string[]): void
  hear(since: number): Promise<Heard>
}

export function createBell(link: Runner, keys: Keys, crossesSlots: () => boolean): Bell {
  const where = { endings: keys.endings(), nothing: keys.nothing('w') }
  return {
    endings: (slot) => (crossesSlots() ? where.endings : keys.nothing(slot)),
    ring(names) {
      if (crossesSlots() || names.length === 0) return
      const each = names.map((name) => ({ name }))
      // Untold, an ending is noticed when the session's time is over, or when the list of endings is found torn.
      link.run(ringAll(where, {}, each)).catch(function untold() {})
    },
    async hear(since) {
      const [newest, names] = list(await link.run(hear(where, { since })))
      return { newest: number(newest), names: texts(names) }
    },
  }
}
