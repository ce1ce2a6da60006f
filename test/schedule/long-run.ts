/** One worker's share of `npm run test:long`: random schedules in Redis and in memory until the time is over. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Redis } from 'ioredis'

import { turnsClock } from './pairs.js'
import { describeRun, runRandom, seedOf } from './random.js'
import { World } from './world.js'

export interface LongRunSettings {
  readonly redis: Redis
  readonly url: string
  readonly seed: number
  /** This worker, and how many there are. */
  readonly share: number
  readonly shares: number
  readonly milliseconds: number
  /** Goes on beyond the time until so many have counted, and stops at four times the time all the same. */
  readonly least: number
}

export interface LongRunReport {
  schedules: number
  /** Two flows overlapped in at least one command. */
  counted: number
  commands: number
  /** Run again, for a command took longer than the session layer waits. */
  repeated: number
  readonly pairs: Record<string, number>
  readonly violations: string[]
  /** Redis and memory were in the same order, by the same clock. */
  compared: number
  /** Of those: they answered otherwise. */
  readonly differences: string[]
}

/** At once, so that none waits for the others' store. */
const WORLDS = 8
/** One world in so many allows each user one session only. */
const ONE_PER_USER_EVERY = 4
const MOST_FAILURES = 20
/** How often it says how far it is, in milliseconds. */
const PROGRESS_EVERY = 30_000

export async function longRun(settings: LongRunSettings): Promise<LongRunReport> {
  const report: LongRunReport = {
    schedules: 0,
    counted: 0,
    commands: 0,
    repeated: 0,
    pairs: {},
    compared: 0,
    violations: [],
    differences: [],
  }
  const begun = performance.now()
  function goesOn(): boolean {
    if (report.violations.length + report.differences.length >= MOST_FAILURES) return false
    const spent = performance.now() - begun
    return spent < settings.milliseconds || (report.counted < settings.least && spent < 4 * settings.milliseconds)
  }
  const progress = setInterval(() => {
    tell(settings, report, performance.now() - begun)
  }, PROGRESS_EVERY)
  await Promise.all(Array.from({ length: WORLDS }, (_, world) => workThrough(settings, world, report, goesOn)))
  clearInterval(progress)
  return report
}

function tell({ share, least }: LongRunSettings, { counted, commands }: LongRunReport, spent: number): void {
  const megabytes = Math.round(process.memoryUsage().rss / 1e6)
  process.stderr.write(
    `share ${share + 1}: ${counted} of ${least} schedules, ${commands} commands, ${Math.round(spent / 1000)} s, ${megabytes} MB\n`,
  )
}

async function workThrough(
  { redis, url, seed, share, shares }: LongRunSettings,
  world: number,
  report: LongRunReport,
  goesOn: () => boolean,
): Promise<void> {
  const onePerUser = world % ONE_PER_USER_EVERY === 0
  const crossesSlots = world >= WORLDS / 2
  const prefix = `long-${share}-${world}:`
  const inRedis = new World({ where: { redis, url }, prefix, onePerUser, crossesSlots })
  const inMemory = new World({ where: 'memory', prefix, onePerUser, crossesSlots })
  for (let number = share + shares * world; goesOn(); number += shares * WORLDS) {
    const scheduleSeed = seedOf(seed, number)
    const run = await runRandom(inRedis, scheduleSeed)
    const twin = await runRandom(inMemory, scheduleSeed)
    report.schedules += 1
    report.commands += run.result.steps.length
    if (run.overlapping.length > 0) report.counted += 1
    for (const pair of run.overlapping) report.pairs[pair] = (report.pairs[pair] ?? 0) + 1
    const setting = `${replayOf(scheduleSeed, { onePerUser, crossesSlots })} | `
    for (const [where, { result }] of [['Redis', run] as const, ['memory', twin] as const]) {
      if (result.violations.length === 0) continue
      report.violations.push(`${where}: ${result.violations.join('; ')} | ${setting}${describeRun(scheduleSeed, run)}`)
    }
    // Where the clock turns, the server's own lifetimes forget what the memory of a process still has; both are right.
    const isComparable =
      !turnsClock(run.plan.parts.map(({ flow }) => flow)) && run.result.isOrdered && twin.result.isOrdered
    if (!isComparable) continue
    report.compared += 1
    if (run.result.outcomes.join() !== twin.result.outcomes.join()) {
      report.differences.push(
        `${setting}${describeRun(scheduleSeed, run)} | in memory: ${twin.result.outcomes.join(', ')}`,
      )
    }
  }
  report.repeated += inRedis.disturbances
  await Promise.all([inRedis.close(), inMemory.close()])
}

/** The command that runs one schedule again, step by step the same. */
export function replayOf(
  seed: number,
  { onePerUser, crossesSlots }: { onePerUser: boolean; crossesSlots: boolean },
): string {
  const flags = `${onePerUser ? ',one-per-user' : ''}${crossesSlots ? ',crosses-slots' : ''}`
  return `npm run test:long -- --replay ${seed}${flags}`
}

/** Where `npm run test:long` adds the shares up. */
export function leaveReport(name: string, report: unknown): void {
  const folder = process.env.CIS2_LONG_REPORTS
  if (folder !== undefined) writeFileSync(join(folder, `${name}.json`), JSON.stringify(report))
}
