/** A map whose entries end by the clock: what the in-memory backend is made of. */
import { StoreUnavailableError } from '../../errors.js'

export interface ExpiringMap<Value> {
  get(key: string): Value | undefined
  /** Ends at `until`, in epoch milliseconds. */
  set(key: string, value: Value, until: number): void
  /** What is there, or `made`, alive at least until `until`. */
  ensure(key: string, make: () => Value, until: number): Value
  /** Lets an entry live longer; never shortens. */
  prolong(key: string, until: number): void
  delete(key: string): boolean
  readonly size: number
}

/** Entries looked through between two clean-ups; so memory follows what is alive. */
const CLEAN_EVERY = 1_000
/** More than a development server ever needs; beyond it new entries are refused, as a full Redis does. */
const MOST_ENTRIES = 200_000

export function createExpiringMap<Value>(clock: () => number, most = MOST_ENTRIES): ExpiringMap<Value> {
  const entries = new Map<string, { value: Value; until: number }>()
  let writes = 0

  function clean(): void {
    const now = clock()
    for (const [key, entry] of entries) if (entry.until <= now) entries.delete(key)
  }

  function get(key: string): Value | undefined {
    const entry = entries.get(key)
    if (entry === undefined || entry.until > clock()) return entry?.value
    entries.delete(key)
    return undefined
  }

  function set(key: string, value: Value, until: number): void {
    writes += 1
    if (writes % CLEAN_EVERY === 0 || entries.size >= most) clean()
    if (entries.size >= most && !entries.has(key))
      throw new StoreUnavailableError('The in-memory session store is full.')
    entries.set(key, { value, until })
  }

  function prolong(key: string, until: number): void {
    const entry = entries.get(key)
    if (entry !== undefined) entry.until = Math.max(entry.until, until)
  }

  return {
    get,
    set,
    prolong,
    ensure(key, make, until) {
      const found = get(key)
      if (found !== undefined) {
        prolong(key, until)
        return found
      }
      const value = make()
      set(key, value, until)
      return value
    },
    delete: (key) => entries.delete(key),
    get size() {
      return entries.size
    },
  }
}
