/** Keeping tokens to NHS APIs in the memory of this process: as on Redis, within one process. */
import { API_TOKEN_TURN } from '../api-token-store.js'
import type { ApiTokenStore, ApiTokenTurn, ClaimedApiToken } from '../api-token-store.js'
import type { Place } from '../place.js'
import { createExpiringMap } from './expiring-map.js'
import { keyOf } from './key-of.js'

/** What of a session this is about. */
export interface KeepsApiToken {
  readonly signedIn: { readonly tokens: Buffer } | undefined
  apiToken: Buffer | undefined
}

/** @param live - The session of a place, while it lives. */
export function createMemoryApiTokens(
  clock: () => number,
  live: (place: Place, now: number) => KeepsApiToken | undefined,
): ApiTokenStore {
  const turns = createExpiringMap<string>(clock)

  function claim(place: Place, turn: ApiTokenTurn & { readonly kept: Buffer | undefined }, now: number) {
    const session = live(place, now)
    if (session === undefined) return 'over'
    if (!isSeen(session, turn)) return 'changed'
    if (turns.get(keyOf(place)) !== undefined) return 'busy'
    turns.set(keyOf(place), turn.attempt, clock() + API_TOKEN_TURN)
    session.apiToken = turn.kept ?? session.apiToken
    return session
  }

  function save(place: Place, turn: ApiTokenTurn & { readonly token: Buffer }, now: number): boolean {
    const session = live(place, now)
    const isWritten = session !== undefined && isSeen(session, turn)
    if (isWritten) session.apiToken = turn.token
    drop(place, turn.attempt)
    return isWritten
  }

  function drop(place: Place, attempt: string): void {
    if (turns.get(keyOf(place)) === attempt) turns.delete(keyOf(place))
  }

  return {
    readApiToken(place, now) {
      const session = live(place, now)
      return Promise.resolve(session === undefined ? undefined : { token: session.apiToken })
    },
    claimApiToken(place, turn, now): Promise<ClaimedApiToken> {
      const claimed = claim(place, turn, now)
      if (typeof claimed === 'string') return Promise.resolve({ claim: claimed })
      return Promise.resolve({ claim: 'mine', tokens: claimed.signedIn?.tokens })
    },
    prolongApiToken(place, attempt) {
      if (turns.get(keyOf(place)) === attempt) turns.set(keyOf(place), attempt, clock() + API_TOKEN_TURN)
      return Promise.resolve()
    },
    saveApiToken: (place, turn, now) => Promise.resolve(save(place, turn, now)),
    dropApiToken(place, attempt) {
      drop(place, attempt)
      return Promise.resolve()
    },
  }
}

function isSeen({ apiToken }: KeepsApiToken, { seen }: ApiTokenTurn): boolean {
  return apiToken === undefined || seen === undefined ? apiToken === seen : apiToken.equals(seen)
}
