/** Which faults are in force, and the place where they take hold. */
import { type FaultDrafts, type FaultName, type FaultPlace, FAULTS, type FaultValue } from './faults/index.js'

/** Told of each fault that changed what was about to be said. */
export interface SpoiledBy {
  spoiledBy(fault: FaultName): void
}

/** The faults in force. */
export class FaultBoard {
  readonly #active = new Map<FaultName, FaultValue>()

  constructor(initial: ReadonlyMap<FaultName, FaultValue> = new Map()) {
    for (const [name, value] of initial) this.set(name, value)
  }

  set(name: FaultName, value: FaultValue = true): void {
    this.#active.set(name, value)
  }

  remove(name: FaultName): void {
    this.#active.delete(name)
  }

  clear(): void {
    this.#active.clear()
  }

  /** Names and values in force. */
  active(): Partial<Record<FaultName, FaultValue>> {
    return Object.fromEntries(this.#active)
  }

  /** Names in force, each with its value where it has one of its own: for pages. */
  shown(): string[] {
    return [...this.#active].map(([name, value]) => (value === true ? name : `${name}: ${value}`))
  }

  /** Lets every fault of a place that is in force change the draft; hands the draft back. `note` hears which did. */
  spoil<Place extends FaultPlace>(place: Place, draft: FaultDrafts[Place], note: SpoiledBy): FaultDrafts[Place] {
    const there = FAULTS[place]
    for (const [name, value] of this.#active) {
      const fault = there[name]
      if (!fault) continue
      const before = fingerprint(draft)
      fault.spoil(draft, value)
      if (fingerprint(draft) !== before) note.spoiledBy(name)
    }
    return draft
  }
}

/** Differs where two drafts do; a very long text counts by its length and beginning. */
function fingerprint(draft: unknown): string {
  return JSON.stringify(draft, (_name, value: unknown) => {
    if (value instanceof URLSearchParams) return value.toString()
    if (typeof value === 'function') return 'function'
    return typeof value === 'string' && value.length > 10_000 ? `${value.length} ${value.slice(0, 100)}` : value
  })
}
