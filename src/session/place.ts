/** Where a store keeps a session. */

/** A session's place: see `SessionAddress`, without the id, which no store learns. */
export interface Place {
  readonly tag: string
  readonly name: string
}
