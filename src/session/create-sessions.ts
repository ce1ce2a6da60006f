/** The session layer, put together. */
import type { IncomingMessage, ServerResponse } from 'node:http'

import type { Emit } from '../events.js'
import type { Cis2Config } from '../options/cis2-config.js'
import type { Measure } from '../telemetry/telemetry.js'
import { announcingBackend } from './announcing-backend.js'
import type { Backend, Place } from './backend.js'
import type { Context, ReportContext } from './context.js'
import { endAll } from './end-sessions.js'
import { endVisit } from './express-session/end-visit.js'
import { attend, lookAgain } from './express-session/attend.js'
import { ExpressStore } from './express-session/express-store.js'
import type { SessionClient, SessionRequest } from './express-session/express-store.js'
import { createLoad, leaveVisit } from './express-session/load.js'
import { endListed, listSessions } from './list-sessions.js'
import { endByLogoutToken } from './logout-by-token.js'
import { measuredBackend } from './measured-backend.js'
import { createMemoryBackend } from './memory/backend.js'
import { createPendingSignIns } from './pending/pending-sign-ins.js'
import { createRedisBackend } from './redis/backend.js'
import { createSealer } from './records/seal.js'
import { createSessionClient } from './express-session/session-client.js'
import { createSessionRecords } from './records/session-record.js'
import { deriveSecrets } from './records/session-secrets.js'
import type { Loaded, Sessions, SessionStatus } from './sessions.js'
import { cookiesWithPrefix } from './set-cookie.js'
import { startSession } from './start-session.js'
import { createVisits } from './express-session/visit.js'
import type { Identity, Visit } from './express-session/visit.js'
import { createWatch } from './watch.js'
import type { Watched } from './watch.js'

/**
 * @param store - Where sessions are kept; by default what the configuration names.
 * @param measure - Told of every operation of the store.
 */
export function createSessions(given: Cis2Config, emit: Emit, store?: Backend, measure?: Measure): Sessions {
  const config = withWholeMilliseconds(given)
  const chosen = store ?? createBackend(config, emit)
  const measured = measure === undefined ? chosen : measuredBackend(chosen, measure)
  const backend = announcingBackend(measured, (place, reason) => {
    watch.ended(place, reason)
  })
  const { client, ...context } = createContext(config, emit, backend)
  const { visits } = context
  const watch = createWatch<Identity & Watched>({
    clock: config.clock,
    hear: (since) => backend.hear(since),
    look: (identity) => lookAgain(client, identity),
  })
  const watchIdentity = (identity: Identity) => watch.add({ ...identity, ...placeOf(identity) })
  const load = createLoad(context)

  async function unslide(req: IncomingMessage): Promise<void> {
    const visit = visits.get(req)
    if (visit?.address === undefined || visit.granted === 0) return
    const { address, granted } = visit
    visit.granted = 0
    await backend.unslide(address, granted, config.clock())
  }

  return {
    ...createPendingSignIns(context),
    load,
    async attend(req, passive) {
      const attended = await attend(context, client, req, passive)
      return attended && { session: attended.session, watch: () => watchIdentity(attended.identity) }
    },
    watch(req) {
      const identity = visits.get(req)?.identity
      return identity === undefined ? undefined : watchIdentity(identity)
    },
    isStranger(req: SessionRequest) {
      const { cookieName } = config.session
      return req.session === undefined && !cookiesWithPrefix(req, cookieName).has(cookieName)
    },
    start: (req, res, session) => startSession(context, req, res, session),
    end: (req, res, reason) => endVisit(context, req, res, reason),
    endAll: (which, reason) => endAll(context, which, reason),
    list: (sub, req) => listSessions(context, sub, req === undefined ? undefined : visits.get(req)?.address),
    endListed: async (which, reason) => Number(await endListed(context, which, reason)),
    endByLogoutToken: (token) => endByLogoutToken(context, token),
    unslide,
    async leave(req, res) {
      const left = await leaveVisit(context, req, res)
      if (left) await unslide(req)
      return left
    },
    async status(req: IncomingMessage, res: ServerResponse, extend: boolean) {
      const loaded = await load(req, res, !extend)
      if (loaded.store === 'unavailable') throw loaded.error
      return statusOf(loaded, visits.get(req))
    },
    ready: () => backend.ready(),
    health: () => backend.health(),
    close() {
      watch.close()
      return backend.close()
    },
  }
}

function statusOf({ session }: Loaded, visit: Visit | undefined): SessionStatus {
  if (session !== undefined) {
    return {
      signedIn: true,
      idleExpiresAt: session.idleExpiresAt,
      absoluteExpiresAt: session.absoluteExpiresAt,
    }
  }
  const reason = visit?.reason
  // A sign-out of her own is no news to the user.
  return reason === undefined || reason === 'sign-out' ? { signedIn: false } : { signedIn: false, reason }
}

/** Redis counts lifetimes in whole milliseconds; a clock of finer grain is not wrong for that. */
function withWholeMilliseconds(config: Cis2Config): Cis2Config {
  const { clock } = config
  return { ...config, clock: () => Math.floor(clock()) }
}

function createBackend(config: Cis2Config, emit: Emit): Backend {
  const { clock, session } = config
  const { redis } = session
  if (redis === 'memory') return createMemoryBackend(clock)
  return createRedisBackend({ session: { ...session, redis }, clock, emit })
}

function placeOf({ address: { tag, name } }: Identity): Place {
  return { tag, name }
}

function createContext(config: Cis2Config, emit: Emit, backend: Backend): Context & { readonly client: SessionClient } {
  const secrets = deriveSecrets(config.session)
  const sealer = createSealer(secrets)
  const visits = createVisits()
  const reporting: ReportContext = { config, emit, backend, records: createSessionRecords(sealer) }
  const client = createSessionClient(reporting)
  const store = new ExpressStore(client, visits, config.baseUrl.secure)
  return { ...reporting, secrets, sealer, visits, store, client }
}
