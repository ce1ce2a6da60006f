export interface ProofLine {
  readonly section: string
  /** All parts, in the order of the list. */
  readonly names: readonly string[]
  readonly name: string
  readonly figures: string
}

export function withLine(page: string, line: ProofLine): string
export function sumOf(lines: readonly string[], word: string): number
