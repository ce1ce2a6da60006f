/** Bounds how much work for strangers is under way at once, and how fast they can have it refused again and again. */
import { ProviderUnavailableError } from '../errors.js'

/** Says how it went; once. Whoever was refused keeps the place occupied for a while longer. */
export type Leave = (how: 'fine' | 'refused') => void

export interface Admission {
  /** Waits for a place; rejects with a {@link ProviderUnavailableError} when too many wait, or after too long. */
  enter(): Promise<Leave>
}

export interface AdmissionSettings {
  /** At work at once, per process. */
  readonly places: number
  /** How long whoever was refused occupies the place still, in milliseconds: `places` in this time is all that a flood gets. */
  readonly refusedFor: number
  /** In milliseconds; nobody waits for a place longer. */
  readonly longestWait: number
  readonly mostWaiting: number
}

interface Waiting {
  readonly admit: () => void
}

/** @param what - That there are too many of. */
export function createAdmission(
  what: string,
  { places, refusedFor, longestWait, mostWaiting }: AdmissionSettings,
): Admission {
  const waiting = new Set<Waiting>()
  let free = places
  let newestIsNext = false

  function release(): void {
    free += 1
    const next = nextOf(waiting)
    if (next === undefined) return
    waiting.delete(next)
    free -= 1
    next.admit()
  }

  /**
   * The oldest and the newest by turns: in turn everybody is admitted, and who comes while a crowd waits need not be
   * behind all of it.
   */
  function nextOf(line: ReadonlySet<Waiting>): Waiting | undefined {
    newestIsNext = !newestIsNext
    return newestIsNext ? [...line].at(-1) : line.values().next().value
  }

  function place(): Leave {
    let left = false
    return function leave(how) {
      if (left) return
      left = true
      if (how === 'fine') release()
      else setTimeout(release, refusedFor).unref()
    }
  }

  function tooMany(): ProviderUnavailableError {
    return new ProviderUnavailableError(`Too many ${what} at once.`, { retryAfterSeconds: 2 })
  }

  return {
    enter() {
      if (free > 0) {
        free -= 1
        return Promise.resolve(place())
      }
      if (waiting.size >= mostWaiting) return Promise.reject(tooMany())
      return new Promise((resolve, reject) => {
        const entry: Waiting = {
          admit() {
            clearTimeout(timer)
            resolve(place())
          },
        }
        const timer = setTimeout(() => {
          waiting.delete(entry)
          reject(tooMany())
        }, longestWait)
        waiting.add(entry)
      })
    },
  }
}
