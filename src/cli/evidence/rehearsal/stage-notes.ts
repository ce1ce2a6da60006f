/** Everything that is said on the stage, in order. */
import type { Cis2Event } from '../../../events.js'
import type { Simulator } from '../../../simulator/simulator.js'
import type { Message } from '../report.js'

/** What is written down while tests run. */
export interface StageNotes {
  readonly events: readonly Cis2Event[]
  /** In the order in which they were sent. */
  readonly messages: readonly Message[]
  add(message: Message): void
  clear(): void
}

/** Between two messages of a browser, what application and CIS2 said to each other goes in. */
export function createNotes(events: Cis2Event[], simulator: Simulator): StageNotes {
  const messages: Message[] = []
  let seen = 0
  return {
    events,
    messages,
    add(message) {
      for (const { id, from, to, method, path, status } of simulator.requests) {
        if (id <= seen || from === 'browser') continue
        const name = from === 'cis2' ? 'back-channel logout' : path.slice(path.lastIndexOf('/'))
        messages.push({ from, to, label: `${method} ${name}` }, { from: to, to: from, label: String(status) })
      }
      seen = simulator.requests.at(-1)?.id ?? seen
      messages.push(message)
    },
    clear() {
      seen = simulator.requests.at(-1)?.id ?? seen
      messages.length = 0
      events.length = 0
    },
  }
}
