/** The store's client: where connect-redis's calls become operations of the backend. */
import type { ReadResult } from '../backend.js'
import { absoluteLifetime, applicationOf, idleLifetime, lastMoment, reportEnded } from '../context.js'
import type { ReportContext } from '../context.js'
import type { FoundSession, SessionClient } from './express-store.js'
import type { SessionAddress } from '../records/session-id.js'
import { removeUnreadable, reportUnreadable } from '../unreadable.js'
import type { Identity, Visit } from './visit.js'

type LiveResult = Extract<ReadResult, { state: 'live' }>

export function createSessionClient(context: ReportContext): SessionClient {
  const { backend, records, config } = context
  const application = applicationOf(context)

  async function read(
    address: SessionAddress,
    idle: number,
    visit: Visit | undefined,
  ): Promise<LiveResult | undefined> {
    const result = await backend.read(address, { now: config.clock(), idle, application })
    if (result.state === 'live') return result
    noteEnd(context, address, result, visit)
    return undefined
  }

  return {
    async get(address, visit) {
      const idle = visit === undefined || visit.passive ? 0 : idleLifetime(context)
      const result = await read(address, idle, visit)
      if (result === undefined) return undefined
      const found = readLive(context, address, result)
      if (found === undefined) {
        await removeUnreadable(context, address)
        return undefined
      }
      if (config.clock() < found.absolute) return found
      // The record allows for more than the configuration does (any more). The second read tells of the end, once.
      await backend.end(address, 'absolute', config.clock())
      await read(address, 0, visit)
      return undefined
    },

    async set(address, text, create) {
      const now = config.clock()
      const sealed = records.sealAppData(address.id, text)
      if (create) {
        const absolute = now + absoluteLifetime(context)
        await backend.createAnonymous(address, sealed, { now, idle: idleLifetime(context), absolute, application })
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
  address: SessionAddress,
  result: Exclude<ReadResult, { state: 'live' }>,
  visit: Visit | undefined,
): void {
  const { tag, name } = address
  if (result.state === 'newer') {
    if (visit !== undefined) visit.unknown = address
    return
  }
  if (result.state === 'foreign') {
    reportUnreadable(context, tag, result.note)
    return
  }
  if (result.note !== undefined) reportEnded(context, tag, [result.note], 'absolute')
  if (visit === undefined) return
  visit.reason = result.reason
  visit.endedName = name
}

/** Undefined when any part of the record cannot be read: it is then no session. */
function readLive(
  context: ReportContext,
  address: SessionAddress,
  result: LiveResult,
): (FoundSession & { readonly absolute: number }) | undefined {
  const { records } = context
  const app = result.appData === undefined ? undefined : records.openAppData(address.id, result.appData)
  if (result.appData !== undefined && app === undefined) return undefined
  const anonymous = result.small === undefined && result.user === undefined
  const identity = anonymous ? undefined : identityOf(context, address, result)
  if (!anonymous && identity === undefined) return undefined
  return {
    absolute: identity?.absolute ?? result.absolute,
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
  context: ReportContext,
  address: SessionAddress,
  { small, user, absolute: stored, until }: LiveResult,
): Identity | undefined {
  if (small === undefined || user === undefined) return undefined
  const opened = context.records.open(address.id, { small, user })
  // The deadline that the scripts judge by is readable in the store, so it is compared with the sealed one.
  if (opened?.small.absolute !== stored) return undefined
  const { signedInAt, subject } = opened.small
  const absolute = lastMoment(context, { absolute: stored, signedInAt, authenticatedAt: subject.authenticatedAt })
  return { address, opened, absolute, until: Math.min(until, absolute) }
}
