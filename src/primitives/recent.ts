/** What was used last, and no more of it than there is room for. */

export interface Recent<Value> {
  get(key: string): Value | undefined
  /** @param weight - Default 1. */
  set(key: string, value: Value, weight?: number): void
  /** Something that is kept has become heavier. */
  weigh(more: number): void
}

/**
 * Two Maps in turn: one that was full becomes the older, and what is asked for again moves back. A Map in the order of use
 * would be changed with every request; lru-cache would add 0.8 MB to every installation.
 *
 * @param most - What the weights may add up to, in both together.
 */
export function createRecent<Value>(most: number): Recent<Value> {
  type Entry = readonly [value: Value, weight: number]
  let recent = new Map<string, Entry>()
  let before = new Map<string, Entry>()
  let total = 0

  function weigh(more: number): void {
    total += more
    if (total <= most / 2) return
    before = recent
    recent = new Map()
    total = 0
  }

  function put(key: string, entry: Entry): void {
    recent.set(key, entry)
    weigh(entry[1])
  }

  return {
    get(key) {
      const entry = recent.get(key)
      if (entry !== undefined) return entry[0]
      const older = before.get(key)
      if (older !== undefined) put(key, older)
      return older?.[0]
    },
    set(key, value, weight = 1) {
      put(key, [value, weight])
    },
    weigh,
  }
}
