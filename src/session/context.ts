/** What the parts of the session layer have in common: one per `createSessions`. */
import type { ServerResponse } from 'node:http'

import type { Emit } from '../events.js'
import type { Cis2Config } from '../options/cis2-config.js'
import type { Backend } from './backend.js'
import type { ExpressStore } from './express-session/express-store.js'
import type { Sealer } from './records/seal.js'
import type { SessionRecords } from './records/session-record.js'
import { nameOf } from './records/session-id.js'
import { tagOfUser } from './records/session-secrets.js'
import type { SessionSecrets } from './records/session-secrets.js'
import { addCookie } from './set-cookie.js'
import type { Visits } from './express-session/visit.js'

/** What keeping, reading and reporting records takes. */
export interface ReportContext {
  readonly config: Cis2Config
  readonly emit: Emit
  readonly backend: Backend
  readonly records: SessionRecords
}

export interface Context extends ReportContext {
  readonly secrets: SessionSecrets
  readonly sealer: Sealer
  readonly visits: Visits
  readonly store: ExpressStore
}

/** A user's tag for new sessions, then those under older secrets, where sessions may live still. */
export function tagsOfUser({ secrets, config }: Context, sub: string): readonly [string, ...string[]] {
  const [first, ...older] = secrets
  return [tagOfUser(first, config.issuer, sub), ...older.map((secret) => tagOfUser(secret, config.issuer, sub))]
}

/** Names the application in its sessions, so that another with the same secret and prefix does not take them for its own. */
export function applicationOf({ config }: Pick<Context, 'config'>): string {
  return nameOf(`${config.issuer}\0${config.clientId}`)
}

/** Lifetime of what must outlive every session, in milliseconds. */
export function absoluteLifetime({ config }: Pick<Context, 'config'>): number {
  return config.session.absoluteTimeoutSeconds * 1000
}

/**
 * When a session is over at the latest, in epoch milliseconds: at the moment that it was made with, or sooner when the
 * configuration allows for less by now. Counted from the authentication, as in `startSession`; clocks differ.
 */
export function lastMoment(
  context: Pick<Context, 'config'>,
  session: { readonly absolute: number; readonly signedInAt: number; readonly authenticatedAt: number },
): number {
  const { absolute, signedInAt, authenticatedAt } = session
  const begun = authenticatedAt > signedInAt ? signedInAt * 1000 + 999 : authenticatedAt * 1000
  return Math.min(absolute, begun + absoluteLifetime(context))
}

export function idleLifetime({ config }: Pick<Context, 'config'>): number {
  return config.session.idleTimeoutSeconds * 1000
}

/**
 * Reports the end of sessions; notes are sealed under the tag. An anonymous session has none, and nobody to report.
 *
 * @param nobody - `'unknown'`: report it all the same, for the record that said who it was is what cannot be read.
 */
export function reportEnded(
  context: ReportContext,
  tag: string,
  notes: readonly Buffer[],
  reason: string,
  nobody: 'anonymous' | 'unknown' = 'anonymous',
): void {
  for (const note of notes) {
    if (note.length === 0 && nobody === 'anonymous') continue
    context.emit({ type: 'session.ended', reason, ...(note.length === 0 ? {} : context.records.openNote(tag, note)) })
  }
}

/** Clears the session's cookie: the same attributes, or the browser keeps it. */
export function clearSessionCookie({ config }: Context, res: ServerResponse): void {
  if (!res.headersSent) addCookie(res, config.baseUrl, config.session.cookieName, '', 0)
}
