/** Where a session keeps its token for NHS APIs, as whoever exchanges sees it. */
import type { SubjectToken } from '../cis2/tokens.js'
import type { ClaimedApiToken } from './api-token-store.js'

/** What the slot holds; both undefined when it is empty. */
export interface KeptApiToken {
  readonly text: string | undefined
  /** As it stands in the store. */
  readonly version: Buffer | undefined
}

/** The API token of one session. Every operation rejects with `StoreUnavailableError` when it is not known to be done. */
export interface ApiTokenSlot {
  /** Names the session, and is no key to it. */
  readonly name: string
  /** One round trip; leaves the idle time as it is. Undefined: the session is over. */
  read(): Promise<KeptApiToken | undefined>
  /**
   * Takes the one turn that there is for this session over all instances, unless the slot has changed since it was seen.
   * @param keep - What stands in the slot meanwhile; undefined leaves it as it is.
   */
  claim(seen: KeptApiToken, keep: string | undefined): Promise<ClaimedApiTokenSlot>
}

export type ClaimedApiTokenSlot =
  | { readonly state: 'mine'; readonly turn: ApiTokenSlotTurn }
  | { readonly state: Exclude<ClaimedApiToken['claim'], 'mine'> }

/** One turn. It ends by itself within two seconds when nobody prolongs it. */
export interface ApiTokenSlotTurn {
  /** Undefined when it cannot be read. */
  readonly subject: SubjectToken | undefined
  prolong(): Promise<void>
  /** Writes into the session, if it lives and nobody has written since, and gives the turn back; whether it was written. */
  settle(text: string): Promise<boolean>
  /** Gives the turn back. */
  release(): Promise<void>
}
