export type ProofName = 'sign-ins' | 'return-addresses' | 'mutation' | 'fuzzing' | 'soak'

/** What one run of a proof has found. */
export interface ProofRun {
  readonly proof: ProofName
  /** As it is typed to run it again. */
  readonly command: string
  /** Cases that were tried: the greater run stays on the page. */
  readonly count: number
  /** In a few words, without terms of the glossary. */
  readonly figures: string
  readonly seed?: number | undefined
  readonly seconds: number
  readonly passed: boolean
  readonly date?: Date
}

export const PROOFS: Readonly<Record<ProofName, { readonly title: string; readonly promised: number | undefined }>>
export function recordProof(run: ProofRun): boolean
export function withRow(page: string, run: ProofRun): string
