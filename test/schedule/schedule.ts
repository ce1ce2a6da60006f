/**
 * Runs flows side by side with a barrier before each command of the store: one command at a time, in an order that
 * somebody chooses. Between two commands a flow runs on by itself, as it would between two replies.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'

import { StoreUnavailableError } from '../../src/errors.js'
import type { Choices } from './choices.js'

/** What happens to a command: it may fail unseen, fail after it was done, or be done long after its sender gave up. */
export type Fate = 'done' | 'not-done' | 'reply-lost' | 'late'

export interface TakenStep {
  /** 1 is the first; 0 is before all of them. */
  readonly number: number
  readonly flow: number
  readonly command: string
  readonly fate: Fate
}

export interface ScheduleSettings {
  readonly choices: Choices
  /** Whether a flow's beginning waits at a barrier too; otherwise all begin at once. */
  readonly staggered: boolean
  readonly fate?: (command: string) => Fate
  /** Before each beginning and each step. */
  readonly tick: () => void
}

interface Waiting {
  readonly flow: number
  readonly command: string
  readonly open: (step: TakenStep) => void
}

const START = 'start'
/**
 * Which flow a command comes from: one that has left something behind may go on while another has its turn. One for all
 * schedules, since each costs every promise of the process.
 */
const asking = new AsyncLocalStorage<{ readonly schedule: Schedule; readonly flow: number }>()
/** After a reply a flow reaches its next barrier in a few milliseconds. */
const LONGEST_BETWEEN_STEPS_MILLISECONDS = 1_000

export class Schedule {
  readonly steps: TakenStep[] = []
  readonly #settings: ScheduleSettings
  readonly #failures: unknown[] = []
  #waiting: Waiting[] = []
  /** Flows that found somebody else at work and look again only after somebody has moved. */
  readonly #stalled = new Set<number>()
  /** Flows that are at their end; what they left behind waits for nobody. */
  readonly #over = new Set<number>()
  /** How many commands of each flow are out. */
  readonly #out = new Map<number, number>()
  #isOrdered = true
  /** Whose turn it is. */
  #moving: number | undefined
  #flows = 0
  #still: () => void = noop

  constructor(settings: ScheduleSettings) {
    this.#settings = settings
  }

  get step(): number {
    return this.steps.length
  }

  /** Whether no flow had two commands out at once: which of those comes first to its barrier, nobody chooses. */
  get isOrdered(): boolean {
    return this.#isOrdered
  }

  /** Which flow asks; undefined outside of all of them. */
  get running(): number | undefined {
    const asked = asking.getStore()
    return asked?.schedule === this ? asked.flow : undefined
  }

  /** Runs all flows to their end, and everything that they left behind. */
  async run(flows: readonly (() => Promise<void>)[]): Promise<void> {
    this.#flows = flows.length
    for (const [flow, run] of flows.entries()) {
      const begin = () => {
        void asking
          .run({ schedule: this, flow }, run)
          .catch((error: unknown) => this.#failures.push(error))
          .finally(() => {
            this.#over.add(flow)
            this.#beStill(flow)
          })
      }
      this.#settings.tick()
      if (this.#settings.staggered) this.#waiting.push({ flow, command: START, open: begin })
      else await this.#untilStill(flow, begin)
    }
    while (this.#waiting.length > 0 || this.#over.size < flows.length) {
      if (this.#waiting.length > 0) await this.#takeStep()
      // Somebody goes on beside what was left behind: to a barrier, or to the end.
      else await nextTurn()
    }
    if (this.#failures.length > 0) throw this.#failures[0]
  }

  /**
   * Waits for its turn, then runs the command.
   * @param looksAgain - The reply says that somebody else is at work.
   */
  async pass<Reply>(
    command: string,
    action: (step: number) => Promise<Reply>,
    looksAgain: (reply: Reply) => boolean = never,
  ): Promise<Reply> {
    const flow = this.running
    if (flow === undefined) return action(0)
    this.#count(flow, 1)
    const step = await this.#turn(flow, command)
    // Whoever waits elsewhere or is at its end does not say that it goes on after this one, which it left behind.
    const isLeftBehind = this.#over.has(flow) || this.#waiting.some((other) => other.flow === flow)
    try {
      return await this.#carryOut(step, action, looksAgain)
    } finally {
      this.#count(flow, -1)
      if (isLeftBehind)
        void nextTurn().then(() => {
          this.#beStillAfter(step)
        })
      // The command may have been left behind by a flow that goes on elsewhere, where it passed for another.
      else
        setTimeout(() => {
          this.#beStillAfter(step)
        }, LONGEST_BETWEEN_STEPS_MILLISECONDS).unref()
    }
  }

  #count(flow: number, more: 1 | -1): void {
    const out = (this.#out.get(flow) ?? 0) + more
    this.#out.set(flow, out)
    if (out > 1) this.#isOrdered = false
  }

  async #carryOut<Reply>(
    { flow, command, fate, number }: TakenStep,
    action: (step: number) => Promise<Reply>,
    looksAgain: (reply: Reply) => boolean,
  ): Promise<Reply> {
    if (fate === 'not-done') throw new StoreUnavailableError('not done')
    if (fate === 'late') {
      this.#doLate(flow, command, action)
      throw new StoreUnavailableError('late')
    }
    const reply = await action(number)
    if (fate === 'reply-lost') throw new StoreUnavailableError('reply lost')
    if (looksAgain(reply)) this.#stalled.add(flow)
    return reply
  }

  /** Unless what followed from the reply has brought the next step already. */
  #beStillAfter(step: TakenStep): void {
    if (this.steps.at(-1) === step) this.#still()
  }

  #turn(flow: number, command: string): Promise<TakenStep> {
    return new Promise((open) => {
      this.#waiting.push({ flow, command, open })
      this.#beStill(flow)
    })
  }

  #beStill(flow: number): void {
    if (flow === this.#moving) this.#still()
  }

  #doLate(flow: number, command: string, action: (step: number) => Promise<unknown>): void {
    const open = ({ number }: TakenStep) => {
      void asking
        .run({ schedule: this, flow }, action, number)
        .catch(noop)
        .finally(() => {
          this.#still()
        })
    }
    this.#waiting.push({ flow, command: `late ${command}`, open })
  }

  async #takeStep(): Promise<void> {
    // Who goes on beside what was left behind comes to the next barrier, or to the end.
    if (this.#over.size + this.#waiting.length < this.#flows) await nextTurn()
    const able = this.#waiting.filter(({ flow }) => !this.#stalled.has(flow))
    const candidates = able.length > 0 ? able : this.#waiting
    const chosen = candidates[this.#settings.choices.choose(candidates.length)]
    if (chosen === undefined) throw new Error('a choice outside of what there was')
    this.#waiting = this.#waiting.filter((other) => other !== chosen)
    this.#stalled.clear()
    this.#settings.tick()
    const { flow, command } = chosen
    const spared = command === START || command.startsWith('late ')
    const fate = spared ? 'done' : (this.#settings.fate?.(command) ?? 'done')
    const step: TakenStep = { number: this.steps.length + 1, flow, command, fate }
    this.steps.push(step)
    await this.#untilStill(flow, () => {
      chosen.open(step)
    })
  }

  /** Lets a flow run until it waits at the next barrier or is at its end. */
  async #untilStill(flow: number, action: () => void): Promise<void> {
    const still = new Promise<void>((resolve) => {
      this.#still = resolve
    })
    this.#moving = flow
    action()
    await still
    this.#still = noop
  }
}

/** Whether two flows overlap: one took a step between the first and the last of the other. */
export function overlap(steps: readonly TakenStep[], one: number, other: number): boolean {
  return reachesInto(steps, one, other) || reachesInto(steps, other, one)
}

function reachesInto(steps: readonly TakenStep[], outer: number, inner: number): boolean {
  const commands = steps.filter(({ command }) => command !== START)
  const first = commands.findIndex(({ flow }) => flow === outer)
  const last = commands.findLastIndex(({ flow }) => flow === outer)
  return commands.some(({ flow }, at) => flow === inner && at > first && at < last)
}

function never(): boolean {
  return false
}

function noop(): void {}
