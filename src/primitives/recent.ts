/** What was used last, and no more of it than there is room for. */

export interface Recent<Value> {
  get(key: string): Value | undefined
  /** @param weight - Default 1. */
  set(key: string, value: Value, weight?: number): void
  /** Something that is kept has become heavier. */
  weigh(more: number): void
}

export interface Age {
  /** What nobody asks for goes after that time at the earliest, and after twice that time with the next use of anything. */
  readonly milliseconds: number
  /** In milliseconds, from anywhere on. */
  readonly clock: () => number
}

/**
 * Two Maps in turn: one that was full, or has become old, becomes the older, and what is asked for again moves back. A Map in the order of use
 * would be changed with every request; lru-cache would add 0.8 MB to every installation.
 *
 * @param most - What the weights may add up to, in both together.
 * @param age - Without it nothing goes by time.
 */
export function createRecent<Value>(most: number, age?: Age): Recent<Value> {
  type Entry = readonly [value: Value, weight: number]
  let recent = new Map<string, Entry>()
  let before = new Map<string, Entry>()
  let total = 0
  let due = age === undefined ? Infinity : age.clock() + age.milliseconds

  function weigh(more: number): void {
    total += more
    if (total > most / 2) turn()
  }

  function turn(): void {
    before = recent
    recent = new Map()
    total = 0
  }

  function turnWhenDue({ milliseconds, clock }: Age): void {
    const now = clock()
    if (now < due) return
    turn()
    due += milliseconds
    if (now < due) return
    // Nobody has asked for anything meanwhile.
    turn()
    due = now + milliseconds
  }

  function put(key: string, entry: Entry): void {
    recent.set(key, entry)
    weigh(entry[1])
  }

  return {
    get(key) {
      if (age !== undefined) turnWhenDue(age)
      const entry = recent.get(key)
      if (entry !== undefined) return entry[0]
      const older = before.get(key)
      if (older !== undefined) put(key, older)
      return older?.[0]
    },
    set(key, value, weight = 1) {
      if (age !== undefined) turnWhenDue(age)
      put(key, [value, weight])
    },
    weigh,
  }
}
