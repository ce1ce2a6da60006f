/** Loading a request's session: express-session does it, and the store tells who is signed in along the way. */
import type { IncomingMessage, ServerResponse } from 'node:http'

import session from 'express-session'

import { SessionConflictError, StoreUnavailableError } from '../../errors.js'
import { forgetSession, refuseSession } from './request-session.js'
import { rememberMethods } from './response-methods.js'
import { saveBeforeEnd } from './save-before-end.js'
import type { Context } from '../context.js'
import { endVisit } from './end-visit.js'
import type { SessionRequest } from './express-store.js'
import { quietExpressSession } from './quiet-debug.js'
import { appTextOf } from '../records/session-record.js'
import type { Loaded } from '../sessions.js'
import { createSignedIn } from '../signed-in.js'
import { storeUnavailable } from '../store-errors.js'
import { Visit } from './visit.js'
import { createWithItsCookie } from './with-its-cookie.js'

type Middleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void

export function createLoad(context: Context) {
  const middleware = createMiddleware(context)
  const withItsCookie = createWithItsCookie(context)

  /** Lets express-session read, with the cookie as it knows it. */
  function read(req: IncomingMessage, res: ServerResponse, visit: Visit, done: (error: unknown) => void): void {
    withItsCookie(req, (address) => {
      context.store.arrive(visit, address, () => {
        middleware(req, res, done)
      })
    })
  }

  return async function load(req: SessionRequest, res: ServerResponse, passive: boolean): Promise<Loaded> {
    if (req.session !== undefined) {
      throw new SessionConflictError(
        'req.session exists before cis2Auth(). Remove the other session middleware (express-session or one like it), ' +
          'or a second app.use() of the same cis2Auth().',
      )
    }
    const visit = new Visit(passive)
    context.visits.set(req, visit)
    const ran = storeIsKnownToBeDown(context) ?? (await run(read, req, res, visit))
    if (ran instanceof StoreUnavailableError) {
      visit.error = ran
      refuseSession(req, ran)
      return { store: 'unavailable', session: undefined, error: ran }
    }
    visit.unhook = saveBeforeEnd(req, res, () => save(context, req, res, visit), ran)
    const { identity } = visit
    return { store: 'ok', session: identity === undefined ? undefined : createSignedIn(context, identity) }
  }
}

/** See `Sessions.leave`. An anonymous session that the store does not have yet is not made for this. */
export async function leaveVisit(context: Context, req: SessionRequest, res: ServerResponse): Promise<boolean> {
  const visit = context.visits.get(req)
  if (visit?.error === undefined && visit?.address !== undefined) await save(context, req, res, visit)
  if (visit?.unhook?.() === false) return false
  forgetSession(req)
  return true
}

/** When the store is known not to answer, nobody is sent to sign in, cookie or not. */
function storeIsKnownToBeDown({ backend }: Context): StoreUnavailableError | undefined {
  return backend.health().status === 'down' ? new StoreUnavailableError() : undefined
}

/**
 * Runs express-session; returns what made it fail, and what it hooked into the response is taken out again. Else
 * returns how to take that out.
 */
async function run(
  read: (req: IncomingMessage, res: ServerResponse, visit: Visit, done: (error: unknown) => void) => void,
  req: IncomingMessage,
  res: ServerResponse,
  visit: Visit,
): Promise<StoreUnavailableError | (() => boolean)> {
  const hooked = rememberMethods(res)
  const loaded = new Promise<unknown>((resolve) => {
    read(req, res, visit, resolve)
  })
  const unhook = hooked()
  const error = await loaded
  if (error === undefined) return unhook
  unhook()
  return storeUnavailable(error)
}

/** express-session over our store, which is the `store` of the context. */
function createMiddleware({ config, secrets, store }: Context): Middleware {
  quietExpressSession()
  const middleware = session({
    store,
    name: config.session.cookieName,
    secret: secrets.map((secret) => secret.cookie),
    genid: (req) => store.newId(req),
    resave: false,
    saveUninitialized: false,
    rolling: false,
    unset: 'destroy',
  })
  store.adopt()
  // Express's own request and response extend Node's, which is all that express-session uses.
  return middleware as unknown as Middleware
}

/** What has to be in the store before the answer leaves; undefined when nothing has. */
function save(context: Context, req: SessionRequest, res: ServerResponse, visit: Visit): Promise<void> | undefined {
  const { session: current, sessionID } = req as { session: SessionRequest['session'] | null; sessionID?: string }
  if (current === undefined || current === null) {
    // Set to null, deleted or destroyed by the application: it wants the session gone, and the browser is told no lie
    // about that either. Without an id it is gone already.
    return sessionID === undefined ? undefined : endVisit(context, req, res, 'sign-out')
  }
  if (appTextOf(current) === visit.saved?.text) return undefined
  return new Promise((resolve, reject) => {
    current.save((error) => {
      if (error === undefined || error === null) resolve()
      else reject(storeUnavailable(error))
    })
  })
}
