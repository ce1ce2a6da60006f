/** Random schedules: two to six flows, at times with commands that fail, and the clock turned in the middle. */
import { Seeded } from './choices.js'
import type { FlowName } from './flows.js'
import { FLOW_NAMES, turnsClock } from './pairs.js'
import { PEOPLE, runPlan, type Part, type Plan, type Result } from './run.js'
import type { World } from './world.js'
import { overlap, type Fate } from './schedule.js'

const FEWEST = 2
const MOST = 6
const WITH_TIME = 0.2
const WITH_FAULTS = 0.35
const FAULT = 0.12
/** A callback sent twice waits for the first in real time: often enough to meet everything, rarely enough to go on. */
const WITH_DUPLICATE = 0.02
const FAULTS: readonly Fate[] = ['not-done', 'reply-lost', 'late']
const PLAIN = FLOW_NAMES.filter((name) => name !== 'duplicate' && !turnsClock([name]))

/** The seed of one schedule of a run: the same, whoever runs it and in whatever order. */
export function seedOf(run: number, schedule: number): number {
  return (Math.imul(run, 0x9e3779b1) ^ Math.imul(schedule + 1, 0x85ebca6b)) >>> 0
}

export function randomPlan(random: Seeded): Plan {
  const count = FEWEST + random.choose(MOST - FEWEST + 1)
  const timed = random.fraction() < WITH_TIME
  const faulty = random.fraction() < WITH_FAULTS
  // Most meet in one browser; the others are there to be left alone.
  const parts: Part[] = Array.from({ length: count }, () => ({
    flow: random.pick(PLAIN),
    browser: random.fraction() < 0.6 ? 0 : random.choose(PEOPLE.length),
    node: random.fraction() < 0.7 ? 0 : 1,
  }))
  if (timed) parts[random.choose(count)] = { flow: random.pick(['idle', 'absolute']), browser: 0, node: 0 }
  else if (!faulty && random.fraction() < WITH_DUPLICATE) parts.splice(0, 2, stepUp('stepUp'), stepUp('duplicate'))
  return {
    parts,
    staggered: random.fraction() < 0.7,
    storeAges: random.fraction() < 0.5,
    ...(faulty
      ? { fate: (command: string) => (command !== 'time' && random.fraction() < FAULT ? random.pick(FAULTS) : 'done') }
      : {}),
  }
}

function stepUp(flow: FlowName): Part {
  return { flow, browser: 0, node: 0 }
}

export interface RandomRun {
  readonly plan: Plan
  readonly result: Result
  /** Pairs of flows that overlapped in at least one command. */
  readonly overlapping: readonly string[]
}

export async function runRandom(world: World, seed: number): Promise<RandomRun> {
  const { plan, result } = await world.undisturbed(async () => {
    const random = new Seeded(seed)
    const plan = randomPlan(random)
    return { plan, result: await runPlan(world, plan, random) }
  }, nothingToRewind)
  return { plan, result, overlapping: overlapping(plan, result) }
}

/** The seed is the whole way. */
function nothingToRewind(): void {}

function overlapping({ parts }: Plan, { steps }: Result): string[] {
  const pairs: string[] = []
  for (const [one, { flow }] of parts.entries()) {
    for (const [other, { flow: otherFlow }] of parts.entries()) {
      if (one < other && overlap(steps, one, other)) pairs.push(pairName(flow, otherFlow))
    }
  }
  return pairs
}

export function pairName(one: FlowName, other: FlowName): string {
  return [one, other].sort((a, b) => FLOW_NAMES.indexOf(a) - FLOW_NAMES.indexOf(b)).join(' × ')
}

/** What to say when a schedule went wrong. */
export function describeRun(seed: number, { plan, result }: RandomRun): string {
  const parts = plan.parts.map(({ flow, browser, node }, index) => `${index}=${flow}@${browser}/${node}`).join(' ')
  const steps = result.steps.map(({ flow, command, fate }) => `${flow}:${command}${fate === 'done' ? '' : `(${fate})`}`)
  return `schedule ${seed}: ${parts} | ${steps.join(' ')} | ${result.outcomes.join(', ')}`
}
