/** The store's client: where connect-redis's calls become operations of the backend. */
import type { ReadResult } from '../backend.js'
import { absoluteLifetime, idleLifetime, reportEnded } from '../context.js'
import type { ReportContext } from '../context.js'
import type { FoundSession, SessionClient } from './express-store.js'
import type { SessionAddress } from '../records/session-id.js'
import { removeUnreadable, reportUnreadable } from '../unreadable.js'
import type { Identity, Visit } from './visit.js'

type LiveResult = Extract<ReadResult, { state: 'live' }>

export function createSessionClient(context: ReportContext): SessionClient {
  const { backend, records, config } = context

  return {
    async get(address, visit) {
      const idle = visit === undefined || visit.passive ? 0 : idleLifetime(context)
      const result = await backend.read(address, { now: config.clock(), idle })
      if (result.state !== 'live') {
        noteEnd(context, address, result, visit)
        return undefined
      }
      const found = readLive(context, address, result)
      if (found === undefined) await removeUnreadable(context, address)
      return found
    },

    async set(address, text, create) {
      const now = config.clock()
      const sealed = records.sealAppData(address.id, text)
      if (create) {
        const absolute = now + absoluteLifetime(context)
        await backend.createAnonymous(address, sealed, { now, idle: idleLifetime(context), absolute })
      } else {
        // False: it has ended meanwhile, and stays ended. The change is dropped with it.
        await backend.saveAppData(address, sealed, now)
      }
    },

    async end(address) {
      const { ended, note } = await backend.end(address, 'sign-out', config.clock())
      if (ended && note !== undefined) reportEnded(context, address.tag, [note], 'sign-out')
    },
  }
}

/** Why there is no session (any more), for the browser and, once, for the audit stream. */
function noteEnd(
  context: ReportContext,
  { tag }: SessionAddress,
  result: Exclude<ReadResult, { state: 'live' }>,
  visit: Visit | undefined,
): void {
  if (result.state === 'foreign') {
    reportUnreadable(context, tag, result.note)
    return
  }
  if (result.note !== undefined) reportEnded(context, tag, [result.note], 'absolute')
  if (visit !== undefined) visit.reason = result.reason
}

/** Undefined when any part of the record cannot be read: it is then no session. */
function readLive({ records }: ReportContext, address: SessionAddress, result: LiveResult): FoundSession | undefined {
  const app = result.appData === undefined ? undefined : records.openAppData(address.id, result.appData)
  if (result.appData !== undefined && app === undefined) return undefined
  const anonymous = result.small === undefined && result.user === undefined
  const identity = anonymous ? undefined : identityOf(records, address, result)
  if (!anonymous && identity === undefined) return undefined
  return {
    data: app?.data ?? {},
    note(visit) {
      visit.address = address
      visit.identity = identity
      // A reload reads again, and grants nothing.
      if (result.granted > 0) visit.granted = result.granted
      visit.saved = { id: address.id, text: app?.text === '{}' ? undefined : app?.text }
    },
  }
}

function identityOf(
  records: ReportContext['records'],
  address: SessionAddress,
  { small: sealed, user, absolute, until }: LiveResult,
): Identity | undefined {
  if (sealed === undefined || user === undefined) return undefined
  const small = records.openSmall(address.id, sealed)
  // The deadline that the scripts judge by is readable in the store, so it is compared with the sealed one.
  return small?.absolute === absolute ? { address, small, user, until } : undefined
}
