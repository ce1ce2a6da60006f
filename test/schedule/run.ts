/** One schedule from beginning to end: stage, flows, and what is true afterwards. */
import { Jar } from './browser.js'
import type { Choices } from './choices.js'
import type { Flow, FlowContext, Person } from './flow.js'
import { FLOWS, type FlowName } from './flows.js'
import type { Login } from './oracle.js'
import { judgeKept } from './redis.js'
import type { World } from './world.js'
import { Schedule, type Fate, type TakenStep } from './schedule.js'

export interface Part {
  readonly flow: FlowName
  /** Whose browser: see `PEOPLE`. */
  readonly browser: number
  /** Which node answers. */
  readonly node: 0 | 1
}

export interface Plan {
  readonly parts: readonly Part[]
  readonly staggered: boolean
  /** See `World.storeAges`. */
  readonly storeAges: boolean
  readonly fate?: (command: string) => Fate
}

export interface Result {
  /** In a word each: of the flows, then of every cookie that was ever given out. */
  readonly outcomes: readonly string[]
  readonly steps: readonly TakenStep[]
  /** See `Schedule.isOrdered`. */
  readonly isOrdered: boolean
  readonly violations: readonly string[]
}

/** Two browsers of one user, and one of another. */
export const PEOPLE: readonly Person[] = [
  { sub: '555000000001', sid: 'sid 1' },
  { sub: '555000000001', sid: 'sid 2' },
  { sub: '555000000002', sid: 'sid 3' },
]
/** So long ago, in seconds, the first sign-ins were. */
const SIGNED_IN_AGO = 60

export async function runPlan(world: World, plan: Plan, choices: Choices): Promise<Result> {
  const flows = plan.parts.map(({ flow }): Flow => FLOWS[flow])
  const calm = plan.fate === undefined && !flows.some(({ turnsClock }) => turnsClock)
  world.storeAges = plan.storeAges
  world.exact = !flows.some(({ turnsClock }) => turnsClock)
  const contexts = await setUp(world, plan)
  const schedule = new Schedule({
    choices,
    staggered: plan.staggered,
    ...(plan.fate === undefined ? {} : { fate: plan.fate }),
    tick() {
      world.now += 1
    },
  })
  const outcomes: string[] = []
  world.schedule = schedule
  await schedule.run(
    contexts.map((context, index) => async () => {
      outcomes[index] = (await flows[index]?.run(context)) ?? ''
    }),
  )
  world.schedule = undefined
  const afterwards = await sweep(world, schedule.step + 1, plan.fate === undefined)
  const { oracle } = world
  const kept = await world.reset()
  return {
    outcomes: [...outcomes, ...afterwards],
    steps: schedule.steps,
    isOrdered: schedule.isOrdered,
    violations: [...oracle.violations, ...judgeKept(kept, { exact: calm })],
  }
}

async function setUp(world: World, { parts }: Plan): Promise<FlowContext[]> {
  const jars = new Map<number, Jar>()
  for (const { browser, node } of parts) {
    if (jars.has(browser)) continue
    const jar = new Jar()
    jars.set(browser, jar)
    await signInBefore(world, jar, personOf(browser), node)
  }
  const contexts: FlowContext[] = []
  for (const [index, { flow, browser, node }] of parts.entries()) {
    const jar = jars.get(browser) ?? new Jar()
    const context = { world, index, jar, person: personOf(browser), sessions: world.instances[node], state: '' }
    const { prepare }: Flow = FLOWS[flow]
    const state = flow === 'duplicate' ? stateOfFirst(contexts, parts, browser) : await prepare?.(context)
    contexts.push({ ...context, state: state ?? '' })
  }
  return contexts
}

/** A duplicate repeats the step-up of its browser that comes before it in the plan. */
function stateOfFirst(contexts: readonly FlowContext[], parts: readonly Part[], browser: number): string | undefined {
  return contexts[parts.findIndex((part) => part.flow === 'stepUp' && part.browser === browser)]?.state
}

async function signInBefore(world: World, jar: Jar, { sub, sid }: Person, node: 0 | 1): Promise<void> {
  const sessions = world.instances[node]
  const visit = await world.open(jar, sessions)
  const authTime = world.seconds - SIGNED_IN_AGO
  await sessions.start(visit.req, visit.res, world.intend({ sub, sid, role: 'R1', authTime }))
  await world.answer(visit, jar, { setsCookie: true })
  const { made } = world
  if (made === undefined) throw new Error('the first sign-in failed')
  made.acknowledged = true
  if (!world.onePerUser) return
  const replaced = [...world.oracle.logins.values()].filter((login) => login.sub === sub && login !== made)
  const ending = { what: 'the first sign-in of another browser', covers: (login: Login) => replaced.includes(login) }
  world.oracle.mayEnd(ending)
  world.oracle.ended(ending, 0)
}

/** Asks for every user's list, then shows every cookie that was ever given out to a node, as a thief with a good memory would. */
async function sweep(world: World, step: number, exact: boolean): Promise<string[]> {
  const seen: string[] = []
  const alive = new Map<string, number>()
  world.restingStep = step
  const lists = await listAll(world)
  for (const [index, cookie] of [...world.cookies].entries()) {
    const sessions = world.instances[index % 2 === 0 ? 0 : 1]
    const jar = world.jarWith(cookie)
    const visit = await world.open(jar, sessions, true)
    const { session } = visit.loaded
    if (session !== undefined) {
      const { sub } = session.subject
      const listed = await sessions.list(sub, visit.req)
      world.oracle.marked(listed.filter(({ current }) => current).length)
      alive.set(sub, (alive.get(sub) ?? 0) + 1)
    }
    await world.answer(visit, jar)
    seen.push(session === undefined ? 'dead' : 'alive')
  }
  for (const [sub, count] of lists) {
    world.oracle.listed(sub, { count, alive: alive.get(sub) ?? 0, step, now: world.now, exact })
  }
  return seen
}

/** How many sessions each user has by her list. Both instances open what either has sealed: they list the same. */
async function listAll(world: World): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  const users = new Set([...world.oracle.logins.values()].map((login) => login.sub))
  for (const [index, sub] of [...users].entries()) {
    counts.set(sub, (await world.instances[index % 2 === 0 ? 0 : 1].list(sub)).length)
  }
  return counts
}

function personOf(browser: number): Person {
  const person = PEOPLE[browser]
  if (person === undefined) throw new Error(`there is no browser ${browser}`)
  return person
}
