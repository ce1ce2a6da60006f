/** The middleware itself: loads the session, tells the request who is signed in, answers our routes. */
import type { Request, RequestHandler, Response } from 'express'

import { ConfigError, MountError, SignOutNotConfirmedError } from '../errors.js'
import type { RouteName } from '../options/cis2-options.js'
import type { Loaded } from '../session/sessions.js'
import { createBackChannelLogout } from './routes/back-channel-logout.js'
import { createCallback } from './routes/callback.js'
import { bystandersOf, guardContextOf, setBystanders, type GuardContext, type Instance } from './guard-context.js'
import { createDraining, type Draining } from './drain.js'
import { createExposeSession } from './expose-session.js'
import { createMeetings } from './instances.js'
import { isPrefetch } from './navigation.js'
import { createJwks } from './routes/jwks.js'
import { createChangeRole, createLogin } from './routes/login.js'
import { createLogout } from './routes/logout.js'
import { assertLocal } from './local-only.js'
import type { Parts, RouteHandler } from './parts.js'
import { keepPropertiesInTables } from './plain-properties.js'
import { createRefuse } from './refusals.js'
import { createOwnHeaders, refusePrefetch } from './respond.js'
import { createRouteTable } from './routes.js'
import { createSessionStatus } from './routes/session-status.js'
import { createTurns } from './turns.js'
import { letBrowserNameItsOrigin } from './same-origin.js'

/** Routes that decide for themselves whether and how the session is loaded. */
const WITHOUT_SESSION: ReadonlySet<RouteName> = new Set(['jwks', 'backChannelLogout', 'session'])

/** Routes that a browser may ask for ahead of time: the page that asks whether to sign out does nothing by itself. */
const ANSWERED_AHEAD: ReadonlySet<RouteName> = new Set(['jwks', 'logout'])

/** Routes that go on without one when the browser has none, which is how nearly everybody arrives there. */
const WITH_SESSION_IF_ANY: ReadonlySet<RouteName> = new Set(['login', 'changeRole'])

const NOBODY: Loaded = { store: 'ok', session: undefined }

/** The middleware of one instance, and what else there is one of. */
export interface Middleware {
  readonly middleware: RequestHandler
  readonly instance: Instance
  readonly drain: Draining['drain']
}

export function createMiddleware(given: Omit<Parts, 'turns'>): Middleware {
  const parts: Parts = { ...given, turns: createTurns() }
  const { config, sessions } = parts
  const draining = createDraining()
  const table = createRouteTable(config)
  const handlers = createHandlers(parts)
  const setOwnHeaders = createOwnHeaders(config.baseUrl.secure)
  const refuse = createRefuse(config, setOwnHeaders)
  const identity = {
    paths: new Set(table.keys()),
    cookieName: config.session.cookieName,
    keyPrefix: config.session.keyPrefix,
  }
  const { meet, serves } = createMeetings(identity)
  const instance: Instance = { ...identity, scopes: config.scopes, meet, takeOver }
  const exposeSession = createExposeSession({ ...parts, instance, setOwnHeaders, refuse })

  async function answer(req: Request, res: Response, route: RouteName): Promise<void> {
    const takeBack = setOwnHeaders(res)
    const isPutOff = WITH_SESSION_IF_ANY.has(route) && sessions.isStranger(req)
    let loaded: Loaded | undefined
    try {
      // Exposed for the application's own error pages.
      if (!WITHOUT_SESSION.has(route) && !isPutOff) loaded = await loadAndExpose(req, res)
      if (await isStillWanted(res, route, loaded)) await handlers[route](req, res, loaded ?? NOBODY)
    } catch (error) {
      // Whoever answers may be the application: its page keeps its own policy, has its session, knows who is signed in.
      if (!res.headersSent) takeBack()
      if (isPutOff) loaded = await sessions.load(req, res, isPassive(req))
      if (loaded !== undefined && !(error instanceof SignOutNotConfirmedError)) exposeSession(req, res, loaded)
      throw error
    }
  }

  /** Who is not signed in waits for a turn, and may have left meanwhile; what a logout token says is so whoever waits. */
  async function isStillWanted(res: Response, route: RouteName, loaded: Loaded | undefined): Promise<boolean> {
    if (loaded?.session !== undefined) return true
    await new Promise<void>((resolve) => {
      parts.turns.take(resolve)
    })
    return !res.destroyed || route === 'backChannelLogout'
  }

  async function loadAndExpose(req: Request, res: Response): Promise<Loaded> {
    const loaded = await sessions.load(req, res, isPassive(req))
    exposeSession(req, res, loaded)
    return loaded
  }

  async function takeOver(req: Request, res: Response): Promise<GuardContext> {
    const serving = guardContextOf(req)
    if (serving !== undefined) await relieve(serving, req)
    const others = bystandersOf(req).filter((one) => one !== instance)
    setBystanders(req, others)
    return exposeSession(req, res, await sessions.load(req, res, isPassive(req)))
  }

  function serve(req: Request, res: Response, next: (error?: unknown) => void, fail: (error: unknown) => void): void {
    keepPropertiesInTables(req, res)
    draining.watch(res)
    const route = table.get(req.path)
    letBrowserNameItsOrigin(req, res)
    if (route === undefined)
      loadAndExpose(req, res).then(() => {
        next()
      }, fail)
    else if (isPrefetch(req) && !ANSWERED_AHEAD.has(route)) refusePrefetch(res)
    else answer(req, res, route).catch(fail)
  }

  function cis2AuthMiddleware(req: Request, res: Response, next: (error?: unknown) => void): void {
    const fail = (error: unknown) => {
      refuse(error, req, res, next)
    }
    try {
      if (req.baseUrl !== '')
        throw new MountError(`cis2Auth() must be mounted at the root of the app, not at ${req.baseUrl}.`)
      assertLocal(req, config)
      if (!serves(instance, req)) {
        next()
        return
      }
      const serving = guardContextOf(req)
      if (serving === undefined) serve(req, res, next, fail)
      else
        relieve(serving, req).then(() => {
          serve(req, res, next, fail)
        }, fail)
    } catch (error) {
      fail(error)
    }
  }

  return { middleware: cis2AuthMiddleware, instance, drain: draining.drain }
}

/** Makes room on the request for another instance; the one that served it stands by. */
async function relieve(serving: GuardContext, req: Request): Promise<void> {
  if (!(await serving.leave())) {
    throw new ConfigError([
      'something wraps the response between two cis2Auth, such as compression(): mount it before the first of them',
    ])
  }
  setBystanders(req, [...bystandersOf(req), serving.instance])
}

function createHandlers(parts: Parts): Record<RouteName, RouteHandler> {
  return {
    login: createLogin(parts),
    callback: createCallback(parts),
    logout: createLogout(parts),
    changeRole: createChangeRole(parts),
    backChannelLogout: createBackChannelLogout(parts),
    jwks: createJwks(parts),
    session: createSessionStatus(parts),
  }
}

/** A page that polls says so, and does not keep its user signed in by it; a browser that only looks ahead does neither. */
function isPassive(req: Request): boolean {
  return req.headers['cis2-passive'] === '1' || isPrefetch(req)
}
