/** Which faults are in force, and the place where they take hold. */
import { type FaultDrafts, type FaultName, type FaultPlace, FAULTS, type FaultValue } from './faults/index.js'

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

  /** Lets every fault of a place that is in force change the draft; hands the draft back. */
  spoil<Place extends FaultPlace>(place: Place, draft: FaultDrafts[Place]): FaultDrafts[Place] {
    const there = FAULTS[place]
    for (const [name, value] of this.#active) there[name]?.spoil(draft, value)
    return draft
  }
}
