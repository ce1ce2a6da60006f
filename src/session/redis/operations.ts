/** The session layer's operations on Redis: one script each, all of a script's keys in one Cluster slot. */
import type { Backend, Listed, PendingOutcome, Place, ReadResult, SignInRecord } from '../backend.js'
import { apiTokenOperations } from './api-tokens.js'
import type { Keys } from './keys.js'
import type { Bell } from './bell.js'
import type { Runner } from './link.js'
import { endingOperations, logoutOperations } from './ending-operations.js'
import { pendingOperations, settle } from './pending-operations.js'
import { lookAt, namesListed } from './scripts/listing-scripts.js'
import { createAnonymous, end, read, readTokens, saveAppData, unslide } from './scripts/session-scripts.js'
import { claimSid, forgetGone, signIn } from './scripts/sign-in-scripts.js'
import { bytes, list, number, odd, reasonOf, texts } from './replies.js'

/** What the link's own state does not decide. */
export type Operations = Omit<Backend, 'ready' | 'health' | 'close' | 'crossesSlots'>

/** All of them over a link, or over one connection of it. */
export function operationsOver(link: Runner, keys: Keys, bell: Bell): Operations {
  return {
    ...sessionOperations(link, keys, bell),
    ...apiTokenOperations(link, keys),
    ...signInOperations(link, keys),
    ...endingOperations(link, keys, bell),
    ...listingOperations(link, keys),
    hear: (since) => bell.hear(since),
    ...logoutOperations(link, keys),
    ...pendingOperations(link, keys),
  }
}

function sessionOperations(
  link: Runner,
  keys: Keys,
  bell: Bell,
): Pick<Backend, 'read' | 'unslide' | 'readTokens' | 'saveAppData' | 'createAnonymous' | 'end'> {
  function keysOf({ tag, name }: Place) {
    return {
      session: keys.session(tag, name),
      tombstone: keys.tombstone(tag, name),
      sessionsOfUser: keys.sessionsOfUser(tag),
    }
  }
  return {
    async read(place, { now, idle, application = '' }) {
      return readReply(list(await link.run(read(keysOf(place), { name: place.name, application, now, idle }))))
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
    async createAnonymous(place, appData, { now, idle, absolute, application = '' }) {
      const ends = Math.min(now + idle, absolute)
      return number(await link.run(createAnonymous(keysOf(place), { application, now, ends, absolute, appData }))) === 1
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
  const [kind, ...rest] = reply
  const state = number(kind)
  if (state === 3) return { state: 'newer' }
  if (state === 2) return { state: 'foreign', note: bytes(rest[0]) }
  if (state === 0) return { state: 'none', reason: reasonOf(rest[0]), note: bytes(rest[1]) }
  // Alive is what the script says so of, not what is left when it says nothing that is known.
  if (state !== 1) throw odd('state of a session')
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

function signInOperations(link: Runner, keys: Keys): Pick<Backend, 'claimSid' | 'signIn' | 'forgetGone'> {
  return {
    async claimSid(sidName, tag, claimFor) {
      return number(await link.run(claimSid({ pointer: keys.pointer(sidName) }, { tag, claimFor }))) === 1
    },
    async signIn(record) {
      const { outcome } = record
      const [state, others, more, older, left] = list(
        await link.runConfirmed(signInCall(keys, record, undefined), signInCall(keys, record, outcome)),
      )
      if (number(state) !== 1) return undefined
      // A replica was waited for: only now may anybody be told. Without it, duplicates come too late.
      if (outcome !== undefined && number(left) !== 1) await settle(link, keys, outcome).catch(function tooLate() {})
      return { others: texts(others), more: number(more) === 1, older: texts(older) }
    },
    async forgetGone(tag, names) {
      const each = names.map((name) => ({ name, session: keys.session(tag, name) }))
      await link.run(forgetGone({ sessionsOfUser: keys.sessionsOfUser(tag) }, {}, each))
    },
  }
}

function signInCall(keys: Keys, record: SignInRecord, outcome: PendingOutcome | undefined) {
  const { place, sidName, claimSidFor = 0, until: ends, application = '', ...args } = record
  const { tag, name } = place
  const nothing = keys.nothing(tag)
  return signIn(
    {
      session: keys.session(tag, name),
      tombstone: keys.tombstone(tag, name),
      sessionsOfUser: keys.sessionsOfUser(tag),
      barredUser: keys.barredUser(tag),
      nothing,
      sessionsOfSid: sidName === undefined ? nothing : keys.sessionsOfSid(tag, sidName),
      barredSid: sidName === undefined ? nothing : keys.barredSid(tag, sidName),
      sessionsWithoutSid: sidName === undefined ? keys.sessionsWithoutSid(tag) : nothing,
      barredWithoutSid: sidName === undefined ? keys.barredWithoutSid(tag) : nothing,
      pointer: sidName === undefined || claimSidFor === 0 ? nothing : keys.pointer(sidName),
      outcome: outcome === undefined ? nothing : keys.outcome(outcome.slot),
    },
    { ...args, name, tag, application, sidName: sidName ?? '', ends, claimFor: claimSidFor, answer: outcome?.outcome },
  )
}

function listingOperations(link: Runner, keys: Keys): Pick<Backend, 'namesListed' | 'lookAt'> {
  return {
    async namesListed(tag) {
      return texts(await link.run(namesListed({ sessionsOfUser: keys.sessionsOfUser(tag) }, {})))
    },
    async lookAt(tag, names, now) {
      if (names.length === 0) return []
      const each = names.map((name) => ({ session: keys.session(tag, name), tombstone: keys.tombstone(tag, name) }))
      const seen = list(await link.run(lookAt({ sessionsOfUser: keys.sessionsOfUser(tag) }, { now }, each)))
      return names.map((_, index) => listedReply(list(seen[index])))
    },
  }
}

function listedReply([until, absolute, note]: readonly unknown[]): Listed | undefined {
  if (number(until) === 0) return undefined
  return { until: number(until), absolute: number(absolute), note: bytes(note) }
}
