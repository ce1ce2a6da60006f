/**
 * Runs flows side by side with a barrier before each command of the store: one command at a time, in an order that
 * somebody chooses. Between two commands a flow runs on by itself, as it would between two replies.
 */
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

export class Schedule {
  readonly steps: TakenStep[] = []
  readonly #settings: ScheduleSettings
  readonly #failures: unknown[] = []
  #waiting: Waiting[] = []
  /** Flows that found somebody else at work and look again only after somebody has moved. */
  readonly #stalled = new Set<number>()
  /** Flows that are at their end; what they left behind waits for nobody. */
  readonly #over = new Set<number>()
  #running: number | undefined
  #still: () => void = noop

  constructor(settings: ScheduleSettings) {
    this.#settings = settings
  }

  get step(): number {
    return this.steps.length
  }

  /** Which flow is running now; undefined outside of `run`. */
  get running(): number | undefined {
    return this.#running
  }

  /** Runs all flows to their end, and everything that they left behind. */
  async run(flows: readonly (() => Promise<void>)[]): Promise<void> {
    for (const [flow, run] of flows.entries()) {
      const begin = () => {
        run().then(
          () => {
            this.#over.add(flow)
            this.#still()
          },
          (error: unknown) => {
            this.#over.add(flow)
            this.#fail(error)
          },
        )
      }
      this.#settings.tick()
      if (this.#settings.staggered) this.#waiting.push({ flow, command: START, open: begin })
      else await this.#untilStill(flow, begin)
    }
    while (this.#waiting.length > 0) await this.#takeStep()
    this.#running = undefined
    if (this.#failures.length > 0) throw this.#failures[0]
  }

  #fail(error: unknown): void {
    this.#failures.push(error)
    this.#still()
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
    const flow = this.#running
    if (flow === undefined) return action(0)
    const step = await this.#turn(flow, command)
    if (this.#over.has(flow)) return this.#leftBehind(step, action)
    if (step.fate === 'not-done') throw new StoreUnavailableError('not done')
    if (step.fate === 'late') {
      this.#doLate(flow, command, action)
      throw new StoreUnavailableError('late')
    }
    const reply = await action(step.number)
    if (step.fate === 'reply-lost') throw new StoreUnavailableError('reply lost')
    if (looksAgain(reply)) this.#stalled.add(flow)
    return reply
  }

  /** Of a flow that is over nobody says that it goes on, or that it is at its end. */
  async #leftBehind<Reply>(step: TakenStep, action: (step: number) => Promise<Reply>): Promise<Reply> {
    try {
      return await action(step.number)
    } finally {
      setImmediate(() => {
        this.#still()
      })
    }
  }

  #turn(flow: number, command: string): Promise<TakenStep> {
    return new Promise((open) => {
      this.#waiting.push({ flow, command, open })
      this.#still()
    })
  }

  #doLate(flow: number, command: string, action: (step: number) => Promise<unknown>): void {
    const open = ({ number }: TakenStep) => {
      action(number).then(
        () => {
          this.#still()
        },
        () => {
          this.#still()
        },
      )
    }
    this.#waiting.push({ flow, command: `late ${command}`, open })
  }

  async #takeStep(): Promise<void> {
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
    this.#running = flow
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
