const RUNS = 5

/**
 * Processor time that some work takes, in milliseconds: a busy machine does not add to it, as it would to a wall clock.
 * The least of some runs, since now and then V8 compiles or collects meanwhile.
 */
export function cpuMilliseconds(work: () => unknown): number {
  return Math.min(...Array.from({ length: RUNS }, () => once(work)))
}

function once(work: () => unknown): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
