/** A parser, and what must hold whatever it is given. */
export interface FuzzTarget {
  readonly name: string
  /** Inputs to begin with, a letter a byte. */
  readonly seeds: readonly string[]
  /** Longer inputs are cut; 4,096 when left out. */
  readonly maxBytes?: number
  /** Throws, or rejects, when something does not hold. */
  run(input: Buffer): void | Promise<void>
}

/** What must hold. The message names it, and nothing of the input: findings are told apart by it. */
export function hold(condition: boolean, promise: string): asserts condition {
  if (!condition) throw new Error(`Does not hold: ${promise}`)
}
