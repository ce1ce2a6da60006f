/** Processor time that some work takes, in milliseconds: a busy machine does not add to it, as it would to a wall clock. */
export function cpuMilliseconds(work: () => unknown): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
