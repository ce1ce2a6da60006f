/** Turns of the event loop for people who are not signed in: however many come at once, the others are answered between. */
import { AsyncResource } from 'node:async_hooks'

/** Of the time that a turn takes, so much goes to strangers; one of them is served in each all the same. */
const SHARE = 0.2
/** What serving one takes, in milliseconds: sooner too much than too little. */
const COST = 0.5
/** Served in one turn at most, also when nothing had happened for long. */
const MOST = 10

export interface Turns {
  /** Runs it at once when nobody has had this turn, else in a later one: first come, first served. */
  take(work: () => void): void
}

export function createTurns(): Turns {
  const waiting: (() => void)[] = []
  let isTaken = false
  let lastBegan = 0

  function begin(): void {
    isTaken = true
    setImmediate(turn)
  }

  function turn(): void {
    const now = performance.now()
    const share = Math.floor(((now - lastBegan) * SHARE) / COST)
    lastBegan = now
    isTaken = false
    if (waiting.length === 0) return
    begin()
    for (let left = Math.min(MOST, Math.max(1, share)); left > 0; left -= 1) {
      const work = waiting.shift()
      if (work === undefined) return
      work()
    }
  }

  return {
    take(work) {
      // What follows belongs to its own request, also for whoever traces requests.
      if (isTaken) waiting.push(AsyncResource.bind(work))
      else {
        begin()
        work()
      }
    },
  }
}
