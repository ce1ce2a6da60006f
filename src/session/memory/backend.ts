/** The session layer's operations in the memory of this process, for development on loopback. */
import { CARRIED_REMEMBERED, CLAIM_PENDING, OUTCOME_LIFETIME, PENDING_LIFETIME, RUNNING_LIFETIME } from '../backend.js'
import type { Backend, Claimed, LogoutClaim, PendingOutcome, TakenMark, TakenRecord } from '../backend.js'
import { createMemoryApiTokens } from './api-tokens.js'
import { createExpiringMap } from './expiring-map.js'
import type { ExpiringMap } from './expiring-map.js'
import { createMemorySessions } from './sessions.js'

export function createMemoryBackend(clock: () => number): Backend {
  const { settle, ...pending } = pendingOperations(clock)
  const claims = createExpiringMap<string>(clock)
  const { live, ...sessions } = createMemorySessions(clock, {
    outcome: settle,
    claim({ claim: { slot, tokenName }, lifetime }) {
      claims.set(`${slot}:${tokenName}`, 'done', clock() + lifetime)
    },
  })
  const since = Math.floor(clock() / 1000)
  return {
    ...sessions,
    ...createMemoryApiTokens(clock, live),
    ...claimOperations(clock, claims, sessions),
    ...pending,
    ready: () => Promise.resolve(),
    health: () => ({ status: 'ok', since }),
    close: () => Promise.resolve(),
  }
}

function claimOperations(
  clock: () => number,
  claims: ExpiringMap<string>,
  { tagsOfSid }: Pick<Backend, 'tagsOfSid'>,
): Pick<Backend, 'claimSidLogout' | 'claimSubLogout' | 'settleClaim' | 'dropClaim'> {
  function claim({ slot, tokenName, attempt }: LogoutClaim): Claimed['claim'] {
    const key = `${slot}:${tokenName}`
    const found = claims.get(key)
    if (found !== undefined) return found === 'done' ? 'done' : 'pending'
    claims.set(key, attempt, clock() + CLAIM_PENDING)
    return 'mine'
  }

  return {
    async claimSidLogout(wanted, lifetime) {
      const result = claim(wanted)
      return result === 'mine' ? { claim: result, tags: await tagsOfSid(wanted.slot, lifetime) } : { claim: result }
    },
    claimSubLogout(wanted) {
      const result = claim(wanted)
      return Promise.resolve(result === 'mine' ? { claim: result, tags: [] } : { claim: result })
    },
    settleClaim({ slot, tokenName }, lifetime) {
      claims.set(`${slot}:${tokenName}`, 'done', clock() + lifetime)
      return Promise.resolve()
    },
    dropClaim({ slot, tokenName, attempt }) {
      if (claims.get(`${slot}:${tokenName}`) === attempt) claims.delete(`${slot}:${tokenName}`)
      return Promise.resolve()
    },
  }
}

function pendingOperations(clock: () => number): Pick<
  Backend,
  'rememberPending' | 'forgetPending' | 'takePending' | 'takeCarried' | 'settlePending'
> & {
  readonly settle: (settled: PendingOutcome) => void
} {
  const records = createExpiringMap<{ record: Buffer; appData: Buffer | undefined }>(clock)
  const running = createExpiringMap<true>(clock)
  const outcomes = createExpiringMap<Buffer>(clock)
  /** By slot, when each was taken: epoch milliseconds. */
  const carried = createExpiringMap<number>(clock)

  function take(slot: string): TakenRecord {
    const outcome = outcomes.get(slot)
    if (outcome !== undefined) return { found: 'outcome', outcome }
    const remembered = records.get(slot)
    if (remembered === undefined) return { found: running.get(slot) === undefined ? 'nothing' : 'running' }
    records.delete(slot)
    running.set(slot, true, clock() + RUNNING_LIFETIME)
    return { found: 'record', ...remembered }
  }

  function takeCarried(slot: string): TakenMark {
    const outcome = outcomes.get(slot)
    if (outcome !== undefined) return { found: 'outcome', outcome }
    const takenAt = carried.get(slot)
    if (takenAt !== undefined) return { found: clock() - takenAt < RUNNING_LIFETIME ? 'running' : 'nothing' }
    carried.set(slot, clock(), clock() + CARRIED_REMEMBERED)
    return { found: 'mine' }
  }

  function settle({ slot, outcome }: PendingOutcome): void {
    outcomes.set(slot, outcome, clock() + OUTCOME_LIFETIME)
  }

  return {
    settle,
    rememberPending(slot, record, appData) {
      records.set(slot, { record, appData }, clock() + PENDING_LIFETIME)
      return Promise.resolve()
    },
    forgetPending(slots) {
      for (const slot of slots) records.delete(slot)
      return Promise.resolve()
    },
    takePending: (slot) => Promise.resolve(take(slot)),
    takeCarried: (slot) => Promise.resolve(takeCarried(slot)),
    settlePending(settled) {
      settle(settled)
      return Promise.resolve()
    },
  }
}
