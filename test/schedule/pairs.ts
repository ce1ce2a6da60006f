/** Every pair of flows in every interleaving of their commands. */
import { EveryWay } from './choices.js'
import type { Flow } from './flow.js'
import { FLOWS, type FlowName } from './flows.js'
import { runPlan, type Part } from './run.js'
import type { World } from './world.js'

export type Pair = readonly [FlowName, FlowName]

export const FLOW_NAMES = Object.keys(FLOWS) as FlowName[]

/** Each with each, itself included. */
export const PAIRS: readonly Pair[] = FLOW_NAMES.flatMap((one, at) =>
  FLOW_NAMES.slice(at).map((other) => [one, other] as const),
)

export interface Interleavings {
  readonly pair: Pair
  readonly schedules: number
  /** By schedule, in the order in which they were tried. */
  readonly outcomes: readonly string[]
  /** With the steps that led there. */
  readonly violations: readonly string[]
}

/** Runs two flows on one session in every order that there is. */
export async function everyInterleaving(world: World, pair: Pair, nodes: readonly [0 | 1, 0 | 1] = [0, 0]) {
  const parts: Part[] = pair.map((flow, at) => ({ flow, browser: 0, node: nodes[at] ?? 0 }))
  const plan = { parts, staggered: turnsClock(pair), storeAges: true }
  const choices = new EveryWay()
  const outcomes: string[] = []
  const violations: string[] = []
  do {
    const result = await world.undisturbed(
      () => runPlan(world, plan, choices),
      () => {
        choices.rewind()
      },
    )
    outcomes.push(result.outcomes.join(', '))
    const steps = result.steps.map(({ flow, command }) => `${pair[flow] ?? ''}:${command}`).join(' ')
    violations.push(...result.violations.map((violation) => `${violation} [${steps}]`))
  } while (choices.next())
  return { pair, schedules: outcomes.length, outcomes, violations } satisfies Interleavings
}

export function turnsClock(names: readonly FlowName[]): boolean {
  return names.some((name) => flowOf(name).turnsClock === true)
}

function flowOf(name: FlowName): Flow {
  return FLOWS[name]
}

/** Works through a list with several worlds at once, so that none waits for the others' store. */
export async function inWorlds<Item, Result>(
  worlds: readonly World[],
  items: readonly Item[],
  work: (world: World, item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const queue = [...items.entries()]
  await Promise.all(
    worlds.map(async (world) => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        results[next[0]] = await work(world, next[1])
      }
    }),
  )
  return results
}
