/** What was asked and answered, secrets masked, with the true reason of every refusal. */

/** Who takes part in a conversation. */
export type Participant = 'browser' | 'app' | 'cis2'

/** One request, to the simulator or from it. */
export interface SimulatorRequest {
  /** Counts up from 1. */
  readonly id: number
  /** ISO 8601, UTC. */
  readonly at: string
  /** The HTTP method. */
  readonly method: string
  /** Without the query. The whole address for a request that the simulator made. */
  readonly path: string
  /** 0 until answered, and when no answer came. */
  readonly status: number
  /** Why it was refused, as CIS2 itself never tells: "aud lost its :443". */
  readonly refusal?: string
  /** Names of the faults that spoiled the answer, or the request where the simulator made it. */
  readonly faults?: readonly string[]
  /** Who asked. */
  readonly from: Participant
  /** Who was asked. */
  readonly to: Participant
  /** Groups the requests of one sign-in. */
  readonly journey?: string
  /** Parameters and the like, masked. */
  readonly sent: Readonly<Record<string, unknown>>
  /** What came back, masked. */
  readonly answered: Readonly<Record<string, unknown>>
}

/** An entry while its request is under way. */
export type OpenRequest = { -readonly [Key in keyof SimulatorRequest]: SimulatorRequest[Key] }

/** Notes a fault in an entry. */
export function noteFault(entry: OpenRequest, fault: string): void {
  entry.faults = [...(entry.faults ?? []), fault]
}

const KEPT = 2000

/** The newest requests, and word of each change. */
export class RequestLog {
  readonly #entries: OpenRequest[] = []
  readonly #listeners = new Set<() => void>()
  readonly #clock: () => number
  #count = 0

  constructor(clock: () => number) {
    this.#clock = clock
  }

  /** Oldest first. */
  get entries(): readonly SimulatorRequest[] {
    return [...this.#entries]
  }

  open(entry: Pick<SimulatorRequest, 'method' | 'path' | 'from' | 'to'>): OpenRequest {
    this.#count += 1
    const opened = {
      id: this.#count,
      at: new Date(this.#clock()).toISOString(),
      status: 0,
      sent: {},
      answered: {},
      ...entry,
    }
    this.#entries.push(opened)
    if (this.#entries.length > KEPT) this.#entries.shift()
    return opened
  }

  clear(): void {
    this.#entries.length = 0
    this.changed()
  }

  /** To be called when an entry is complete. */
  changed(): void {
    for (const listener of this.#listeners) listener()
  }

  /** Calls back after each change, until the function returned is called. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
