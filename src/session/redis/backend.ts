/** The session layer's operations on Redis: one script each, all of a script's keys in one Cluster slot. */
import type { SessionConfig } from '../../options/cis2-config.js'
import type { Emit } from '../../events.js'
import {
  BATCH,
  CARRIED_REMEMBERED,
  CLAIM_PENDING,
  OUTCOME_LIFETIME,
  PENDING_LIFETIME,
  REASON_KEPT,
  RUNNING_LIFETIME,
} from '../backend.js'
import type { Backend, Claimed, Ended, LogoutClaim, PendingOutcome, ReadResult, TakenRecord } from '../backend.js'
import { createKeys } from './keys.js'
import type { Keys } from './keys.js'
import { createFitness } from './fitness.js'
import { createRedisLink } from './link.js'
import type { RedisLink } from './link.js'
import { CLAIM_SID_LOGOUT, CLAIM_SUB_LOGOUT, DROP_CLAIM, SETTLE_CLAIM, TAGS_OF_SID } from './scripts/logout-scripts.js'
import { FORGET, REMEMBER, SETTLE, TAKE, TAKE_CARRIED } from './scripts/pending-scripts.js'
import { CREATE_ANONYMOUS, END, READ, READ_TOKENS, SAVE_APP_DATA, UNSLIDE } from './scripts/session-scripts.js'
import { CLAIM_SID, END_OF_SID, END_OF_USER, SIGN_IN } from './scripts/sign-in-scripts.js'
import { bytes, list, number, reasonOf, texts } from './replies.js'

const NOTHING = Buffer.alloc(0)

export interface RedisBackendSettings {
  readonly session: SessionConfig & { readonly redis: Exclude<SessionConfig['redis'], 'memory'> }
  readonly clock: () => number
  readonly emit: Emit
}

export function createRedisBackend({ session, clock, emit }: RedisBackendSettings): Backend {
  const keys = createKeys(session.keyPrefix)
  const fitness = createFitness(keys, clock)
  const link = createRedisLink({
    redis: session.redis,
    confirmReplicas: session.confirmReplicas,
    clock,
    emit,
    probe: (run) => fitness.probe(run),
    connected: (connection) => void fitness.inspect(connection),
  })
  return {
    ...sessionOperations(link, keys),
    ...signInOperations(link, keys),
    ...logoutOperations(link, keys),
    ...pendingOperations(link, keys),
    oneServer: () => fitness.crossesSlots(),
    ready: () => fitness.check(link),
    health: () => fitness.judge(link.health()),
    close() {
      link.close()
      return Promise.resolve()
    },
  }
}

function sessionOperations(
  link: RedisLink,
  keys: Keys,
): Pick<Backend, 'read' | 'unslide' | 'readTokens' | 'saveAppData' | 'createAnonymous' | 'end'> {
  return {
    async read({ tag, name }, { now, idle }) {
      const where = [keys.session(tag, name), keys.epitaph(tag, name)]
      return readReply(list(await link.run(READ, where, [keys.base(tag), name, now, idle, REASON_KEPT])))
    },
    async unslide({ tag, name }, granted, now) {
      await link.run(UNSLIDE, [keys.session(tag, name), keys.epitaph(tag, name)], [granted, now])
    },
    async readTokens({ tag, name }) {
      return bytes(await link.run(READ_TOKENS, [keys.session(tag, name)], []))
    },
    async saveAppData({ tag, name }, appData, now) {
      return number(await link.run(SAVE_APP_DATA, [keys.session(tag, name)], [now, appData])) === 1
    },
    async createAnonymous({ tag, name }, appData, { now, idle, absolute }) {
      const where = [keys.session(tag, name), keys.epitaph(tag, name)]
      const until = Math.min(now + idle, absolute)
      return number(await link.run(CREATE_ANONYMOUS, where, [until, absolute, until - now, appData])) === 1
    },
    async end({ tag, name }, reason, now) {
      const where = [keys.session(tag, name), keys.epitaph(tag, name)]
      const reply = list(await link.runConfirmed(END, where, [keys.base(tag), name, reason, now, REASON_KEPT]))
      return { ended: number(reply[0]) === 1, note: bytes(reply[1]) }
    },
  }
}

function readReply(reply: readonly unknown[]): ReadResult {
  const [state, ...rest] = reply
  if (number(state) === 2) return { state: 'foreign', note: bytes(rest[0]) }
  if (number(state) === 0) return { state: 'none', reason: reasonOf(rest[0]), note: bytes(rest[1]) }
  return {
    state: 'live',
    until: number(rest[0]),
    granted: number(rest[1]),
    absolute: number(rest[2]),
    small: bytes(rest[3]),
    user: bytes(rest[4]),
    appData: bytes(rest[5]),
  }
}

function signInOperations(
  link: RedisLink,
  keys: Keys,
): Pick<Backend, 'claimSid' | 'signIn' | 'endOfSid' | 'endOfUser'> {
  return {
    async claimSid(sidName, tag, lifetime) {
      return number(await link.run(CLAIM_SID, [keys.pointer(sidName)], [tag, lifetime])) === 1
    },
    async signIn(record) {
      const { place, sidName, claimSidFor, outcome } = record
      const { tag, name } = place
      const where = [keys.session(tag, name), keys.epitaph(tag, name)]
      if (sidName !== undefined && claimSidFor !== undefined) where.push(keys.pointer(sidName))
      const reply = list(
        await link.runConfirmed(
          SIGN_IN,
          where,
          [
            keys.base(tag),
            name,
            record.now,
            record.until,
            record.absolute,
            record.small,
            record.user,
            record.tokens,
            record.appData ?? '',
            record.note,
            sidName ?? '',
            record.authTime,
            record.alone ? 1 : 0,
            record.oldestAuthTime,
            REASON_KEPT,
            BATCH,
            tag,
            claimSidFor ?? 0,
          ],
          outcome && { keys: [keys.outcome(outcome.slot)], args: [outcome.outcome, OUTCOME_LIFETIME] },
        ),
      )
      if (number(reply[0]) !== 1) return undefined
      // A replica was waited for: only now may anybody be told. Without it, duplicates come too late.
      if (outcome !== undefined && number(reply[3]) !== 1)
        await settle(link, keys, outcome).catch(function tooLate() {})
      return ended(reply.slice(1))
    },
    async endOfSid(tag, sidName, bar, reason, now) {
      const args = [keys.base(tag), sidName, bar, reason, now, REASON_KEPT, BATCH]
      const where = [keys.sessionsOfSid(tag, sidName), keys.nothing(tag)]
      return ended(list(await link.runConfirmed(END_OF_SID, where, args)))
    },
    async endOfUser(tag, { upTo, bar, except }, reason, now) {
      const args = [keys.base(tag), upTo ?? '+inf', bar ?? 0, except ?? '', reason, now, REASON_KEPT, BATCH]
      const where = [keys.sessionsOfUser(tag), keys.nothing(tag)]
      return ended(list(await link.runConfirmed(END_OF_USER, where, args)))
    },
  }
}

/** `{more, notes}`. */
function ended([more, notes]: readonly unknown[]): Ended {
  return { more: number(more) === 1, notes: list(notes).map((note) => bytes(note) ?? NOTHING) }
}

function logoutOperations(
  link: RedisLink,
  keys: Keys,
): Pick<Backend, 'tagsOfSid' | 'claimSidLogout' | 'claimSubLogout' | 'settleClaim' | 'dropClaim'> {
  function claimKey({ slot, tokenName }: LogoutClaim): string {
    return keys.claim(slot, tokenName)
  }
  return {
    async tagsOfSid(sidName) {
      return texts(await link.run(TAGS_OF_SID, [keys.pointer(sidName)], []))
    },
    async claimSidLogout(claim, lifetime) {
      const where = [claimKey(claim), keys.pointer(claim.slot)]
      return claimed(list(await link.runConfirmed(CLAIM_SID_LOGOUT, where, [claim.attempt, CLAIM_PENDING, lifetime])))
    },
    async claimSubLogout(claim) {
      return claimed(list(await link.run(CLAIM_SUB_LOGOUT, [claimKey(claim)], [claim.attempt, CLAIM_PENDING])))
    },
    async settleClaim(claim, lifetime) {
      await link.runConfirmed(SETTLE_CLAIM, [claimKey(claim)], [lifetime])
    },
    async dropClaim(claim) {
      await link.run(DROP_CLAIM, [claimKey(claim)], [claim.attempt])
    },
  }
}

function claimed([state, tags]: readonly unknown[]): Claimed {
  if (number(state) === 1) return { claim: 'mine', tags: texts(tags) }
  return { claim: number(state) === 2 ? 'done' : 'pending' }
}

function pendingOperations(
  link: RedisLink,
  keys: Keys,
): Pick<Backend, 'rememberPending' | 'forgetPending' | 'takePending' | 'takeCarried' | 'settlePending'> {
  return {
    async rememberPending(slot, record, appData) {
      const where = [keys.pending(slot), keys.pendingAppData(slot)]
      await link.run(REMEMBER, where, [PENDING_LIFETIME, record, appData ?? ''])
    },
    async forgetPending(slots) {
      await Promise.all(slots.map((slot) => link.run(FORGET, [keys.pending(slot), keys.pendingAppData(slot)], [])))
    },
    async takePending(slot) {
      const where = [keys.pending(slot), keys.pendingAppData(slot), keys.running(slot), keys.outcome(slot)]
      return takenReply(list(await link.run(TAKE, where, [RUNNING_LIFETIME])))
    },
    async takeCarried(slot) {
      const where = [keys.running(slot), keys.outcome(slot)]
      const reply = list(await link.run(TAKE_CARRIED, where, [CARRIED_REMEMBERED, RUNNING_LIFETIME]))
      return number(reply[0]) === 1 ? { found: 'mine' } : takenByAnother(reply)
    },
    settlePending: (settled) => settle(link, keys, settled),
  }
}

async function settle(link: RedisLink, keys: Keys, { slot, outcome }: PendingOutcome): Promise<void> {
  await link.run(SETTLE, [keys.outcome(slot)], [OUTCOME_LIFETIME, outcome])
}

function takenReply(reply: readonly unknown[]): TakenRecord {
  const [state, record, appData] = reply
  if (number(state) !== 1) return takenByAnother(reply)
  return { found: 'record', record: bytes(record) ?? NOTHING, appData: bytes(appData) }
}

function takenByAnother([state, first]: readonly unknown[]): Exclude<TakenRecord, { found: 'record' }> {
  const kind = number(state)
  if (kind === 2) return { found: 'outcome', outcome: bytes(first) ?? NOTHING }
  return { found: kind === 3 ? 'running' : 'nothing' }
}
