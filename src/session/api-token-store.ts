/** What keeping a token for NHS APIs asks of a store: a field of the session, and one turn at changing it. */
import type { Place } from './place.js'

/** One turn at the API token of a session. */
export interface ApiTokenTurn {
  /** Mark of whoever has it. */
  readonly attempt: string
  /** What stood in the field when it was looked at; undefined: nothing. */
  readonly seen: Buffer | undefined
}

export type ClaimedApiToken =
  /** `tokens`: those of CIS2, sealed. */
  | { readonly claim: 'mine'; readonly tokens: Buffer | undefined }
  | { readonly claim: 'busy' }
  /** Something else stands in the field. */
  | { readonly claim: 'changed' }
  /** No session, or one that has ended. */
  | { readonly claim: 'over' }

/** Every operation rejects with `StoreUnavailableError` when it is not known to have been done. */
export interface ApiTokenStore {
  /** Leaves the idle time as it is. Undefined: no session (any more). */
  readApiToken(place: Place, now: number): Promise<{ readonly token: Buffer | undefined } | undefined>
  /**
   * Takes the one turn that there is, for `API_TOKEN_TURN` milliseconds, if the field is as it was seen.
   * @param kept - What stands in the field from then on; undefined leaves it as it is.
   */
  claimApiToken(
    place: Place,
    turn: ApiTokenTurn & { readonly kept: Buffer | undefined },
    now: number,
  ): Promise<ClaimedApiToken>
  /** Begins the turn's time again, unless it is another's by now. */
  prolongApiToken(place: Place, attempt: string): Promise<void>
  /** Writes into a session that lives, if the field is as it was seen, and gives the turn back; whether it was written. */
  saveApiToken(place: Place, turn: ApiTokenTurn & { readonly token: Buffer }, now: number): Promise<boolean>
  /** Gives the turn back. */
  dropApiToken(place: Place, attempt: string): Promise<void>
}

/** A turn that nobody prolongs is over after this, in milliseconds: others go on when an instance is killed. */
export const API_TOKEN_TURN = 1_500
