/** Who decides, wherever a schedule could go on in several ways. */

export interface Choices {
  /** One of so many ways: 0 to `count - 1`. */
  choose(count: number): number
}

/** Goes through every way there is, one after the other. */
export class EveryWay implements Choices {
  readonly #path: { taken: number; readonly of: number }[] = []
  #at = 0
  /** Of the path, what was decided before this way began. */
  #given = 0

  choose(count: number): number {
    if (count === 1) return 0
    const known = this.#path[this.#at++]
    if (known !== undefined) {
      if (known.of !== count)
        throw new Error('The same steps led to another number of ways: the run is not repeatable.')
      return known.taken
    }
    this.#path.push({ taken: 0, of: count })
    return 0
  }

  /** To the beginning of the same way. */
  rewind(): void {
    this.#path.length = this.#given
    this.#at = 0
  }

  /** Turns to the next way; false when there is none left. */
  next(): boolean {
    this.#at = 0
    while (this.#path.length > 0) {
      const last = this.#path[this.#path.length - 1]
      if (last !== undefined && last.taken + 1 < last.of) {
        last.taken += 1
        this.#given = this.#path.length
        return true
      }
      this.#path.pop()
    }
    return false
  }

  /** So that a failure can be told and repeated. */
  toString(): string {
    return this.#path.map(({ taken, of }) => `${taken}/${of}`).join(' ')
  }
}

/** Small, fast and the same on every machine (mulberry32): a seed is a whole run. */
export class Seeded implements Choices {
  readonly seed: number
  #state: number

  constructor(seed: number) {
    this.seed = seed
    this.#state = seed >>> 0
  }

  choose(count: number): number {
    return count === 1 ? 0 : Math.floor(this.fraction() * count)
  }

  /** 0 inclusive to 1 exclusive. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.choose(items.length)]
    if (item === undefined) throw new Error('nothing to pick from')
    return item
  }

  toString(): string {
    return `seed ${this.seed}`
  }
}
