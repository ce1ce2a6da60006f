/** `GET /login` and `GET /change-role`: the two addresses that send the browser to CIS2. */
import type { Request } from 'express'

import type { AssuranceLevel } from '../../cis2/assurance.js'
import { MethodNotAllowedError, NavigationOnlyError } from '../../errors.js'
import type { SignedInSession } from '../../session/sessions.js'
import { isEmbedded, isStandIn } from '../navigation.js'
import { sessionOf, type Parts, type RouteHandler } from '../parts.js'
import { leaveForBaseUrl, markOf, onBaseUrl, seemsElsewhere } from '../own-host.js'
import { rawQueryOf } from '../raw-query.js'
import { redirect, sendStandInPage } from '../respond.js'
import { defaultReturnTo, safeReturnTo } from '../return-to.js'
import { beginSignIn, type SignInRequest } from '../sign-in.js'

/** Least `maxAge` that a link may ask for: less would refuse people who are slow at choosing their role. */
const LEAST_MAX_AGE_SECONDS = 60

export function createLogin(parts: Parts): RouteHandler {
  return createStart('login', parts, (req, session) => {
    const query = queryOf(req)
    const aal = aalOf(query)
    const maxAgeSeconds = maxAgeOf(query)
    const raises = session !== undefined && ((aal ?? 1) > session.subject.aal || maxAgeSeconds !== undefined)
    return { purpose: raises ? 'step-up' : 'sign-in', returnTo: only(query, 'returnTo'), aal, maxAgeSeconds }
  })
}

export function createChangeRole(parts: Parts): RouteHandler {
  return createStart('changeRole', parts, (req, session) => ({
    purpose: session === undefined ? 'sign-in' : 'change-role',
    returnTo: only(queryOf(req), 'returnTo'),
  }))
}

function createStart(
  name: 'login' | 'changeRole',
  parts: Parts,
  request: (req: Request, session: SignedInSession | undefined) => SignInRequest,
): RouteHandler {
  const { config } = parts
  return async function startSignIn(req, res, loaded) {
    if (isStandIn(req)) {
      sendStandInPage(res)
      return
    }
    if (req.method !== 'GET') throw new MethodNotAllowedError('GET')
    if (isEmbedded(req)) throw new NavigationOnlyError()
    const query = queryOf(req)
    const mark = markOf(query)
    if (mark === undefined && seemsElsewhere(req, config)) {
      leaveForBaseUrl(req, res, onBaseUrl(String(config.routes[name]), query, 'route', config))
      return
    }
    const session = sessionOf(loaded)
    const wanted = request(req, session)
    if (mark === 'page' && session !== undefined && suffices(session, wanted, config.clock() / 1000)) {
      redirect(res, 303, safeReturnTo(wanted.returnTo, config) ?? defaultReturnTo(config))
      return
    }
    await beginSignIn(req, res, parts, session, wanted)
  }
}

/** Whether a guard that asked for this sign-in would let its user through already. */
function suffices({ subject }: SignedInSession, { aal = 1, maxAgeSeconds = Infinity }: SignInRequest, now: number) {
  return subject.aal >= aal && now - subject.authenticatedAt <= maxAgeSeconds
}

function queryOf(req: Request): URLSearchParams {
  return new URLSearchParams(rawQueryOf(req))
}

/** A parameter that was given once; a repeated one is nobody's honest request. */
function only(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name)
  return values.length === 1 ? values[0] : undefined
}

function aalOf(query: URLSearchParams): AssuranceLevel | undefined {
  const text = only(query, 'aal')
  return text === '1' || text === '2' || text === '3' ? (Number(text) as AssuranceLevel) : undefined
}

function maxAgeOf(query: URLSearchParams): number | undefined {
  const text = only(query, 'maxAge')
  if (text === undefined || !/^\d{1,6}$/.test(text)) return undefined
  return Math.max(LEAST_MAX_AGE_SECONDS, Number(text))
}
