/** How many sign-ins under way may be kept in the store: a flood of them must not fill it. */

/** Each begins a new count, in milliseconds. */
const INTERVAL = 60_000
/** In an interval, per process: with a lifetime of ten minutes at most 5,500 are there at a time: 5 MB, and 17 MB of the largest. */
const MOST = 500

/** Returns whether one more may be kept. */
export type Allowance = () => boolean

/** @param clock - Epoch milliseconds. */
export function createAllowance(clock: () => number): Allowance {
  let begun = -Infinity
  let given = 0
  return function allow() {
    const now = clock()
    // A clock that was set back begins anew too.
    if (now - begun >= INTERVAL || now < begun) {
      begun = now
      given = 0
    }
    given += 1
    return given <= MOST
  }
}
