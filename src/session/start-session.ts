/** Signing in: a new session id, everything written before anybody is told, the old session ended. */
import type { IncomingMessage, ServerResponse } from 'node:http'

import { SignInRefusedError, StoreUnavailableError } from '../errors.js'
import { deepFreeze } from '../primitives/deep-freeze.js'
import type { PendingOutcome, SignedIn, SignInRecord } from './backend.js'
import { absoluteLifetime, applicationOf, idleLifetime, reportEnded, tagsOfUser } from './context.js'
import { carriedOver } from './carried-over.js'
import type { Context } from './context.js'
import { endAllOfUser } from './end-sessions.js'
import type { SessionRequest } from './express-session/express-store.js'
import { addressOf, newSessionId } from './records/session-id.js'
import type { SessionAddress } from './records/session-id.js'
import { parseAppData } from './records/session-record.js'
import type { SmallRecord } from './records/session-record.js'
import type { NewSession, SignedInSession } from './sessions.js'
import { cookiesSet, sessionCookieLine } from './set-cookie.js'
import { sidNameOf } from './sid-name.js'
import { createSignedIn } from './signed-in.js'
import type { Identity, Visit } from './express-session/visit.js'

/** See `Sessions.start`. */
export async function startSession(
  context: Context,
  req: IncomingMessage,
  res: ServerResponse,
  session: NewSession,
): Promise<SignedInSession> {
  const visit = context.visits.get(req)
  if (visit === undefined || visit.error !== undefined) throw visit?.error ?? new StoreUnavailableError()
  const appText = await carriedOver(context, req, visit, session)
  const made = await writeSession(context, visit, res, session, appText)
  await replaceOthers(context, visit, made)
  adoptSession(context, req, visit, made)
  return createSignedIn(context, made.identity)
}

type Completes = Exclude<NewSession['completes'], undefined>

interface Made {
  readonly identity: Identity
  readonly appText: string | undefined
  readonly signedIn: SignedIn
}

async function writeSession(
  context: Context,
  visit: Visit,
  res: ServerResponse,
  session: NewSession,
  appText: string | undefined,
): Promise<Made> {
  const { config, backend, records } = context
  const now = config.clock()
  const { sub, authenticatedAt } = session.user
  // From the authentication, which may be older than the sign-in; never from one that our clock has yet to see.
  const absolute = Math.min(now, authenticatedAt * 1000) + absoluteLifetime(context)
  if (absolute <= now) throw new SignInRefusedError('auth-time', 'The authentication is older than a session may last.')
  const [tag] = tagsOfUser(context, sub)
  const address = addressOfNew(newSessionId(tag))
  const until = Math.min(now + idleLifetime(context), absolute)
  const small: SmallRecord = deepFreeze({
    subject: session.subject,
    sid: session.sid,
    signedInAt: Math.floor(now / 1000),
    absolute,
  })
  const fields = records.seal(address.id, tag, session, small, appText)
  const sidName = session.sid === undefined ? undefined : sidNameOf(config, session.sid)
  const lifetime = absoluteLifetime(context)
  const inOneStep = backend.crossesSlots()
  if (sidName !== undefined && !inOneStep && !(await backend.claimSid(sidName, tag, lifetime))) throw signedOut()
  const signedIn = await backend
    .signIn({
      place: address,
      application: applicationOf(context),
      now,
      until,
      absolute,
      ...fields,
      sidName,
      authTime: authenticatedAt,
      alone: config.session.onePerUser,
      ...(inOneStep ? doneWithIt(context, visit, res, session, address) : {}),
      oldestAuthTime: Math.floor((now - lifetime) / 1000),
    })
    .catch(function takeBack(error: unknown) {
      // It may have been made all the same; nobody will ever have its cookie.
      void backend.end(address, 'replaced', now).catch(function timesOut() {})
      throw error
    })
  if (signedIn === undefined) throw signedOut()
  // They are only in the way: the sign-in is done.
  if (signedIn.older.length > 0) await backend.forgetGone(tag, signedIn.older).catch(function nextTime() {})
  return { identity: { address, opened: records.made(address.id, fields, small), absolute, until }, appText, signedIn }
}

/** What else is done in the step that signs in, where one step can. */
function doneWithIt(
  context: Context,
  visit: Visit,
  res: ServerResponse,
  { sid, completes }: NewSession,
  { id }: SessionAddress,
): Pick<SignInRecord, 'claimSidFor' | 'outcome'> {
  const { config, secrets } = context
  // While other sessions have yet to be ended the sign-in may fail: then duplicates are told afterwards.
  const isLastStep = visit.address === undefined && !config.session.onePerUser
  return {
    ...(sid === undefined ? {} : { claimSidFor: absoluteLifetime(context) }),
    ...(completes === undefined || !isLastStep
      ? {}
      : { outcome: outcomeOf(completes, [...cookiesSet(res), sessionCookieLine(config, secrets[0], id)]) }),
  }
}

/** The answer that is about to be sent, for duplicates of the callback: the session's cookie goes out with it. */
function outcomeOf({ callback, answer }: Completes, cookies: readonly string[]): PendingOutcome {
  return callback.duplicates.seal({ ...answer, cookies })
}

function addressOfNew(id: string): SessionAddress {
  const address = addressOf(id)
  if (address === undefined) throw new Error('A new session id has not the shape of one.')
  return address
}

function signedOut(): SignInRefusedError {
  return new SignInRefusedError('signed-out', 'CIS2 ended this sign-in before it was complete.')
}

/**
 * Ends what the new session replaces, once the new one is confirmed: a sign-in that fails leaves the old session as it
 * was. When this fails the new one goes instead, and nobody is told of it.
 */
async function replaceOthers(context: Context, visit: Visit, { identity, signedIn }: Made): Promise<void> {
  const { backend, config } = context
  const { address } = identity
  try {
    if (visit.address !== undefined) {
      const { note } = await backend.end(visit.address, 'replaced', config.clock())
      if (note !== undefined) reportEnded(context, visit.address.tag, [note], 'replaced')
    }
    if (config.session.onePerUser) {
      if (signedIn.others.length > 0) {
        const notes = await backend.endNamed(address.tag, { names: signedIn.others }, 'replaced', config.clock())
        reportEnded(context, address.tag, notes, 'replaced')
      }
      const tags = tagsOfUser(context, identity.opened.small.subject.sub)
      await endAllOfUser(context, signedIn.more ? tags : tags.slice(1), { except: address.name }, 'replaced')
    }
  } catch (error) {
    await backend.end(address, 'replaced', config.clock()).catch(function timesOut() {})
    throw error
  }
}

/** Makes the new session the request's own; express-session sets the cookie with the answer. */
function adoptSession({ store }: Context, req: SessionRequest, visit: Visit, { identity, appText }: Made): void {
  const { address } = identity
  visit.nextId = address.id
  store.renew(req)
  visit.nextId = visit.freshId = undefined
  if (req.session !== undefined && appText !== undefined) Object.assign(req.session, parseAppData(appText))
  visit.address = address
  visit.identity = identity
  visit.granted = 0
  visit.saved = { id: address.id, text: appText }
}
