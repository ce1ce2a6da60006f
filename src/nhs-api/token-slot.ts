/** Where one session keeps its API token, as this room sees it. Every operation rejects when it is not known to be done. */
import type { SubjectToken } from '../cis2/tokens.js'

/** What the slot holds; both undefined when it is empty. */
export interface KeptToken {
  readonly text: string | undefined
  /** Tells this content from any other. */
  readonly version: Buffer | undefined
}

export interface TokenSlot {
  /** Names the session within this process. No key to it. */
  readonly name: string
  /** One round trip to the store. Undefined: the session is over. */
  read(): Promise<KeptToken | undefined>
  /**
   * Takes the one turn that there is for this session over all instances, unless the slot has changed since it was seen.
   * @param keep - What stands in the slot meanwhile; undefined leaves it as it is.
   */
  claim(seen: KeptToken, keep: string | undefined): Promise<ClaimedSlot>
}

export type ClaimedSlot =
  | { readonly state: 'mine'; readonly turn: Turn }
  /** Somebody has the turn. */
  | { readonly state: 'busy' }
  | { readonly state: 'changed' }
  /** The session has ended. */
  | { readonly state: 'over' }

/** One turn. It ends by itself within two seconds when nobody prolongs it. */
export interface Turn {
  readonly subject: SubjectToken | undefined
  prolong(): Promise<void>
  /** Writes into the session, if it lives and nobody has written since, and gives the turn back; whether it was written. */
  settle(text: string): Promise<boolean>
  /** Gives the turn back. */
  release(): Promise<void>
}
