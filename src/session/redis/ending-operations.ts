/** Ending sessions by `sid` and by user, and the one use of a logout token, on Redis. */
import type { Backend, Claimed, LogoutClaim } from '../backend.js'
import type { Bell } from './bell.js'
import type { Keys } from './keys.js'
import type { Runner } from './link.js'
import { bytes, list, number, texts } from './replies.js'
import { endNamed, namesOfSid, namesOfUser } from './scripts/ending-scripts.js'
import { claimSidLogout, claimSubLogout, dropClaim, settleClaim, tagsOfSid } from './scripts/logout-scripts.js'

const NOTHING = Buffer.alloc(0)

export function endingOperations(
  link: Runner,
  keys: Keys,
  bell: Bell,
): Pick<Backend, 'namesOfSid' | 'namesOfUser' | 'endNamed'> {
  return {
    async namesOfSid(tag, { sidName, bar, withoutSidUpTo }) {
      const nothing = keys.nothing(tag)
      const where = {
        sessionsOfSid: keys.sessionsOfSid(tag, sidName),
        barredSid: keys.barredSid(tag, sidName),
        nothing,
        sessionsWithoutSid: withoutSidUpTo === undefined ? nothing : keys.sessionsWithoutSid(tag),
        barredWithoutSid: withoutSidUpTo === undefined ? nothing : keys.barredWithoutSid(tag),
      }
      return texts(await link.runConfirmed(namesOfSid(where, { bar, upTo: withoutSidUpTo ?? 0 })))
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
        sessionsWithoutSid: sidName === undefined ? nothing : keys.sessionsWithoutSid(tag),
        claim: settle === undefined ? nothing : keys.claim(settle.claim.slot, settle.claim.tokenName),
        endings: bell.endings(tag),
      }
      const each = names.map((name) => ({
        name,
        session: keys.session(tag, name),
        tombstone: keys.tombstone(tag, name),
      }))
      const lifetime = settle?.lifetime ?? 0
      bell.ring(names)
      const notes = list(await link.runConfirmed(endNamed(where, { reason, now, lifetime }, each)))
      return notes.map((note) => bytes(note) ?? NOTHING)
    },
  }
}

export function logoutOperations(
  link: Runner,
  keys: Keys,
): Pick<Backend, 'tagsOfSid' | 'claimSidLogout' | 'claimSubLogout' | 'settleClaim' | 'dropClaim'> {
  function keysOf({ slot, tokenName }: LogoutClaim) {
    return { claim: keys.claim(slot, tokenName), nothing: keys.nothing(slot) }
  }
  return {
    async tagsOfSid(sidName, bar) {
      const where = { pointer: keys.pointer(sidName), nothing: keys.nothing(sidName) }
      return texts(await link.runConfirmed(tagsOfSid(where, { bar })))
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
