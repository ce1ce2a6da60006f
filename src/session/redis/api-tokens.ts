/** Keeping tokens to NHS APIs on Redis. */
import type { ApiTokenStore, ClaimedApiToken } from '../api-token-store.js'
import type { Place } from '../place.js'
import type { Keys } from './keys.js'
import type { Runner } from './link.js'
import { bytes, list, number } from './replies.js'
import {
  claimApiToken,
  dropApiToken,
  prolongApiToken,
  readApiToken,
  saveApiToken,
} from './scripts/api-token-scripts.js'

export function apiTokenOperations(link: Runner, keys: Keys): ApiTokenStore {
  function keysOf({ tag, name }: Place) {
    return { session: keys.session(tag, name), apiTokenTurn: keys.apiTokenTurn(tag, name) }
  }
  return {
    async readApiToken(place, now) {
      const [state, token] = list(await link.run(readApiToken(keysOf(place), { now })))
      return number(state) === 1 ? { token: bytes(token) } : undefined
    },
    async claimApiToken(place, { attempt, seen, kept }, now) {
      return claimed(list(await link.run(claimApiToken(keysOf(place), { now, attempt, seen, kept }))))
    },
    async prolongApiToken(place, attempt) {
      await link.run(prolongApiToken(keysOf(place), { attempt }))
    },
    async saveApiToken(place, { attempt, seen, token }, now) {
      return number(await link.run(saveApiToken(keysOf(place), { now, attempt, seen, token }))) === 1
    },
    async dropApiToken(place, attempt) {
      await link.run(dropApiToken(keysOf(place), { attempt }))
    },
  }
}

function claimed([state, tokens]: readonly unknown[]): ClaimedApiToken {
  if (number(state) === 1) return { claim: 'mine', tokens: bytes(tokens) }
  if (number(state) === 2) return { claim: 'changed' }
  return { claim: number(state) === 3 ? 'busy' : 'over' }
}
