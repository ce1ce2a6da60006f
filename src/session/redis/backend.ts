/** The session layer's operations on Redis: one script each, all of a script's keys in one Cluster slot. */
import type { SessionConfig } from '../../options/cis2-config.js'
import type { Emit } from '../../events.js'
import type {
  Backend,
  Claimed,
  Listed,
  LogoutClaim,
  PendingOutcome,
  Place,
  ReadResult,
  SignInRecord,
  TakenRecord,
} from '../backend.js'
import { apiTokenOperations } from './api-tokens.js'
import { createKeys } from './keys.js'
import type { Keys } from './keys.js'
import { createBell } from './bell.js'
import type { Bell } from './bell.js'
import { createFitness } from './fitness.js'
import { createRedisLink } from './link.js'
import type { RedisLink } from './link.js'
import { endNamed, namesOfSid, namesOfUser } from './scripts/ending-scripts.js'
import { lookAt, namesListed } from './scripts/listing-scripts.js'
import { claimSidLogout, claimSubLogout, dropClaim, settleClaim, tagsOfSid } from './scripts/logout-scripts.js'
import { forgetPending, rememberPending, settlePending, takeCarried, takePending } from './scripts/pending-scripts.js'
import { createAnonymous, end, read, readTokens, saveAppData, unslide } from './scripts/session-scripts.js'
import { claimSid, signIn } from './scripts/sign-in-scripts.js'
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
  const bell = createBell(link, keys, () => fitness.crossesSlots())
  return {
    ...sessionOperations(link, keys, bell),
    ...apiTokenOperations(link, keys),
    ...signInOperations(link, keys),
    ...endingOperations(link, keys, bell),
    ...listingOperations(link, keys),
    hear: (since) => bell.hear(since),
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
  bell: Bell,
): Pick<Backend, 'read' | 'unslide' | 'readTokens' | 'saveAppData' | 'createAnonymous' | 'end'> {
  function keysOf({ tag, name }: Place) {
    return {
      session: keys.session(tag, name),
      epitaph: keys.epitaph(tag, name),
      sessionsOfUser: keys.sessionsOfUser(tag),
    }
  }
  return {
    async read(place, { now, idle }) {
      return readReply(list(await link.run(read(keysOf(place), { name: place.name, now, idle }))))
    },
    async unslide(place, granted, now) {
      await link.run(unslide(keysOf(place), { granted, now }))
    },
    async readTokens(place) {
      return bytes(await link.run(readTokens(keysOf(place), {})))
    },
    async saveAppData(place, appData, now) {
      return number(await link.run(saveAppData(keysOf(place), { now, appData }))) === 1
    },
    async createAnonymous(place, appData, { now, idle, absolute }) {
      const ends = Math.min(now + idle, absolute)
      return number(await link.run(createAnonymous(keysOf(place), { now, ends, absolute, appData }))) === 1
    },
    async end(place, reason, now) {
      const where = { ...keysOf(place), nothing: keys.nothing(place.tag), endings: bell.endings(place.tag) }
      bell.ring([place.name])
      const reply = list(await link.runConfirmed(end(where, { name: place.name, reason, now })))
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

function signInOperations(link: RedisLink, keys: Keys): Pick<Backend, 'claimSid' | 'signIn'> {
  return {
    async claimSid(sidName, tag, claimFor) {
      return number(await link.run(claimSid({ pointer: keys.pointer(sidName) }, { tag, claimFor }))) === 1
    },
    async signIn(record) {
      const { outcome } = record
      const [state, others, more, left] = list(
        await link.runConfirmed(signInCall(keys, record, undefined), signInCall(keys, record, outcome)),
      )
      if (number(state) !== 1) return undefined
      // A replica was waited for: only now may anybody be told. Without it, duplicates come too late.
      if (outcome !== undefined && number(left) !== 1) await settle(link, keys, outcome).catch(function tooLate() {})
      return { others: texts(others), more: number(more) === 1 }
    },
  }
}

function signInCall(keys: Keys, record: SignInRecord, outcome: PendingOutcome | undefined) {
  const { place, sidName, claimSidFor = 0, until: ends, ...args } = record
  const { tag, name } = place
  const nothing = keys.nothing(tag)
  return signIn(
    {
      session: keys.session(tag, name),
      epitaph: keys.epitaph(tag, name),
      sessionsOfUser: keys.sessionsOfUser(tag),
      barredUser: keys.barredUser(tag),
      nothing,
      sessionsOfSid: sidName === undefined ? nothing : keys.sessionsOfSid(tag, sidName),
      barredSid: sidName === undefined ? nothing : keys.barredSid(tag, sidName),
      pointer: sidName === undefined || claimSidFor === 0 ? nothing : keys.pointer(sidName),
      outcome: outcome === undefined ? nothing : keys.outcome(outcome.slot),
    },
    { ...args, name, tag, sidName: sidName ?? '', ends, claimFor: claimSidFor, answer: outcome?.outcome },
  )
}

function endingOperations(
  link: RedisLink,
  keys: Keys,
  bell: Bell,
): Pick<Backend, 'namesOfSid' | 'namesOfUser' | 'endNamed'> {
  return {
    async namesOfSid(tag, sidName, bar) {
      const where = { sessionsOfSid: keys.sessionsOfSid(tag, sidName), barredSid: keys.barredSid(tag, sidName) }
      return texts(await link.runConfirmed(namesOfSid({ ...where, nothing: keys.nothing(tag) }, { bar })))
    },
    async namesOfUser(tag, { upTo = Infinity, bar = 0 }) {
      const where = { sessionsOfUser: keys.sessionsOfUser(tag), barredUser: keys.barredUser(tag) }
      return texts(await link.runConfirmed(namesOfUser({ ...where, nothing: keys.nothing(tag) }, { upTo, bar })))
    },
    async endNamed(tag, { names, sidName, settle }, reason, now) {
      const nothing = keys.nothing(tag)
      const where = {
        sessionsOfUser: keys.sessionsOfUser(tag),
        nothing,
        sessionsOfSid: sidName === undefined ? nothing : keys.sessionsOfSid(tag, sidName),
        claim: settle === undefined ? nothing : keys.claim(settle.claim.slot, settle.claim.tokenName),
        endings: bell.endings(tag),
      }
      const each = names.map((name) => ({ name, session: keys.session(tag, name), epitaph: keys.epitaph(tag, name) }))
      const lifetime = settle?.lifetime ?? 0
      bell.ring(names)
      const notes = list(await link.runConfirmed(endNamed(where, { reason, now, lifetime }, each)))
      return notes.map((note) => bytes(note) ?? NOTHING)
    },
  }
}

function listingOperations(link: RedisLink, keys: Keys): Pick<Backend, 'namesListed' | 'lookAt'> {
  return {
    async namesListed(tag) {
      return texts(await link.run(namesListed({ sessionsOfUser: keys.sessionsOfUser(tag) }, {})))
    },
    async lookAt(tag, names, now) {
      if (names.length === 0) return []
      const each = names.map((name) => ({ session: keys.session(tag, name), epitaph: keys.epitaph(tag, name) }))
      const seen = list(await link.run(lookAt({ sessionsOfUser: keys.sessionsOfUser(tag) }, { now }, each)))
      return names.map((_, index) => listedReply(list(seen[index])))
    },
  }
}

function listedReply([until, absolute, note]: readonly unknown[]): Listed | undefined {
  if (number(until) === 0) return undefined
  return { until: number(until), absolute: number(absolute), note: bytes(note) }
}

function logoutOperations(
  link: RedisLink,
  keys: Keys,
): Pick<Backend, 'tagsOfSid' | 'claimSidLogout' | 'claimSubLogout' | 'settleClaim' | 'dropClaim'> {
  function keysOf({ slot, tokenName }: LogoutClaim) {
    return { claim: keys.claim(slot, tokenName), nothing: keys.nothing(slot) }
  }
  return {
    async tagsOfSid(sidName) {
      return texts(await link.run(tagsOfSid({ pointer: keys.pointer(sidName) }, {})))
    },
    async claimSidLogout(claim, bar) {
      const where = { ...keysOf(claim), pointer: keys.pointer(claim.slot) }
      return claimed(list(await link.runConfirmed(claimSidLogout(where, { attempt: claim.attempt, bar }))))
    },
    async claimSubLogout(claim) {
      return claimed(list(await link.run(claimSubLogout(keysOf(claim), { attempt: claim.attempt }))))
    },
    async settleClaim(claim, lifetime) {
      await link.runConfirmed(settleClaim(keysOf(claim), { lifetime }))
    },
    async dropClaim(claim) {
      await link.run(dropClaim(keysOf(claim), { attempt: claim.attempt }))
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
  function keysOf(slot: string) {
    return { pending: keys.pending(slot), pendingAppData: keys.pendingAppData(slot) }
  }
  return {
    async rememberPending(slot, record, appData) {
      await link.run(rememberPending(keysOf(slot), { record, appData }))
    },
    async forgetPending(slots) {
      await Promise.all(slots.map((slot) => link.run(forgetPending(keysOf(slot), {}))))
    },
    async takePending(slot) {
      const where = { ...keysOf(slot), running: keys.running(slot), outcome: keys.outcome(slot) }
      return takenReply(list(await link.run(takePending(where, {}))))
    },
    async takeCarried(slot) {
      const where = { running: keys.running(slot), outcome: keys.outcome(slot) }
      const reply = list(await link.run(takeCarried(where, {})))
      return number(reply[0]) === 1 ? { found: 'mine' } : takenByAnother(reply)
    },
    settlePending: (settled) => settle(link, keys, settled),
  }
}

async function settle(link: RedisLink, keys: Keys, { slot, outcome }: PendingOutcome): Promise<void> {
  await link.run(settlePending({ outcome: keys.outcome(slot) }, { answer: outcome }))
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
