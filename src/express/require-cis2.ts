/** `requireCis2(requirement)`: the guard's rule as Express middleware. */
import type { Request, RequestHandler, Response } from 'express'

import { decideAccess, leastDemand, shortKey, type CheckResults } from '../cis2/access.js'
import type { AccessCheck, AccessSubject } from '../cis2/access-subject.js'
import { refusedKey } from '../cis2/refused-key.js'
import { needsRole, parseRequirement, type ParsedRequirement, type Requirement } from '../cis2/requirement.js'
import {
  ConfigError,
  CrossOriginError,
  ForbiddenError,
  NotMountedError,
  NotSignedInError,
  StepUpRequiredError,
  StoreUnavailableError,
} from '../errors.js'
import { assertCalled } from './assert-called.js'
import { bystandersOf, guardContextOf, type GuardContext, type Instance } from './guard-context.js'
import { isPrefetch } from './navigation.js'
import { cis2UserOf } from './request.js'
import { refusePrefetch } from './respond.js'

const NO_RESULTS: CheckResults<Request> = new Map()

/** Methods that change nothing, which may come from anywhere. RFC 9110, section 9.2.1. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/**
 * Lets a request through only when its user meets the requirement.
 *
 * Nobody signed in, or a level or freshness too low: a page navigation is redirected to sign in, anything else gets
 * 401. A role, activity, organisation or workgroup that the *selected* role does not hold: 403. A request that
 * changes something from another origin: 403. Store unreachable: 503. Whatever fails, nobody is let through. A browser
 * that only looks ahead (`Sec-Purpose: prefetch`) gets 503: what it keeps, it could show after the sign-out.
 *
 * For an app with one `cis2Auth`. Where several have seen the request it answers 500, for it could judge the wrong
 * user: each instance has a guard of its own, `auth.requireCis2`.
 *
 * Throws `ConfigError` when the requirement is misspelt, empty or of the wrong type.
 *
 * @param requirement - What the user must have. Nothing, or `{}`, asks for a sign-in and no more.
 *
 * @example
 * ```ts
 * app.post('/prescriptions', requireCis2({ aal: 3, roles: ['R8000'] }), (req, res) => {
 *   res.sendStatus(201)
 * })
 * ```
 *
 * @see [RFC 9470: OAuth 2.0 Step Up Authentication Challenge Protocol](https://www.rfc-editor.org/rfc/rfc9470)
 */
export function requireCis2(requirement: Requirement<Request> = {}): RequestHandler {
  assertCalled(requirement, 'requireCis2 was handed to Express without being called: write requireCis2()')
  const parsed = parseRequirement<Request>(requirement)
  return createGuard(parsed, thatCanHold(parsed, contextOfTheOnly))
}

/** The same guard for one instance, which an app with several needs: `auth.requireCis2`. */
export type RequireCis2 = (requirement?: Requirement<Request>) => RequestHandler

export function createRequireCis2(own: Instance): RequireCis2 {
  return function requireOwnCis2(requirement = {}) {
    assertCalled(requirement, 'auth.requireCis2 was handed to Express without being called: write auth.requireCis2()')
    const parsed = parseRequirement<Request>(requirement)
    assertCanHold(parsed, own)
    return createGuard(parsed, (req, res) => contextOf(own, req, res))
  }
}

/** What CIS2 must be asked for, for a user to have a selected role. */
const ROLE_SCOPES = ['nationalrbacaccess', 'selectedrole'] as const

/** Throws `ConfigError` when no user can ever meet it, because the options do not ask CIS2 for what it judges. */
function assertCanHold(requirement: ParsedRequirement<Request>, { scopes }: Instance): void {
  if (scopes === undefined || !needsRole(requirement)) return
  const asked = scopes.split(' ')
  const missing = ROLE_SCOPES.filter((scope) => !asked.includes(scope))
  if (missing.length === 0) return
  throw new ConfigError([
    `the requirement asks for a role, which nobody can have: the option scopes lacks ${missing.join(' and ')}`,
  ])
}

/** The same, for a guard that learns only from a request which instance it stands behind. */
function thatCanHold(requirement: ParsedRequirement<Request>, find: FindContext): FindContext {
  let known: Instance | undefined
  function checked(context: GuardContext): GuardContext {
    if (context.instance !== known) assertCanHold(requirement, context.instance)
    known = context.instance
    return context
  }
  return function findChecked(req, res) {
    const found = find(req, res)
    return found instanceof Promise ? found.then(checked) : checked(found)
  }
}

/** The context to judge by; another instance's is there at once, or has to be loaded first. */
type FindContext = (req: Request, res: Response) => GuardContext | Promise<GuardContext>

/** Of the instance that alone has seen the request. Throws where there are several: it could judge the wrong user. */
function contextOfTheOnly(req: Request, res: Response): GuardContext | Promise<GuardContext> {
  const context = guardContextOf(req)
  const bystanders = bystandersOf(req)
  if (bystanders.length === 0) return context ?? notMounted('requireCis2() needs app.use(cis2Auth(...))')
  const [only, ...others] = bystanders
  if (only !== undefined && others.length === 0 && context === undefined) return only.takeOver(req, res)
  throw new ConfigError(['requireCis2() could mean any of several cis2Auth: use requireCis2 of the one that is meant'])
}

function contextOf(own: Instance, req: Request, res: Response): GuardContext | Promise<GuardContext> {
  const context = guardContextOf(req)
  if (context?.instance === own) return context
  return bystandersOf(req).includes(own)
    ? own.takeOver(req, res)
    : notMounted('auth.requireCis2() needs app.use(auth), of the same cis2Auth,')
}

function notMounted(what: string): never {
  throw new NotMountedError(`${what} before the route.`)
}

function createGuard(requirement: ParsedRequirement<Request>, find: FindContext): RequestHandler {
  return function requireCis2Guard(req, res, next) {
    let found: ReturnType<FindContext>
    try {
      found = find(req, res)
    } catch (error) {
      next(error)
      return
    }
    if (!(found instanceof Promise)) {
      guard(req, res, next, found, requirement)
      return
    }
    found.then((context) => {
      guard(req, res, next, context, requirement)
    }, next)
  }
}

function guard(
  req: Request,
  res: Response,
  next: (error?: unknown) => void,
  context: GuardContext,
  requirement: ParsedRequirement<Request>,
): void {
  if (isPrefetch(req)) {
    refusePrefetch(res)
    return
  }
  const refuse = (reason: unknown) => {
    // Answered while a check or the store was being waited for, by a time-out of the application's: nothing to add.
    if (!res.headersSent) context.refuse(refusalOf(reason), res, next)
  }
  function passOrRefuse(error: Error | undefined): void {
    if (error !== undefined || res.headersSent) {
      refuse(error)
      return
    }
    // A guarded answer holds patients' data: not for any cache, unless the handler says otherwise.
    if (!res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', 'no-store')
    res.vary('Cookie')
    next()
  }
  const judged = judge(req, context, requirement)
  if (judged instanceof Promise) judged.then(passOrRefuse, refuse)
  else passOrRefuse(judged)
}

/** At once, unless the store or a check of the application's has to be asked. */
type Judgement = Error | undefined | Promise<Error | undefined>

/** Undefined when the request may pass; else the error that says why not. */
function judge(req: Request, context: GuardContext, requirement: ParsedRequirement<Request>): Judgement {
  if (context.store === 'unavailable') return new StoreUnavailableError()
  const { subject } = context
  if (subject === undefined) return new NotSignedInError(undefined, leastDemand(requirement))
  if (!SAFE_METHODS.has(req.method) && requirement.crossOrigin === 'refuse' && !context.isSameOrigin()) {
    return new CrossOriginError()
  }
  const judged = () => judgeAccess(req, context, subject, requirement)
  return requirement.extendSession ? judged() : context.unslide().then(judged)
}

function judgeAccess(
  req: Request,
  context: GuardContext,
  subject: AccessSubject,
  requirement: ParsedRequirement<Request>,
  results: CheckResults<Request> = NO_RESULTS,
): Judgement {
  const decision = decideAccess(subject, requirement, context.now(), results)
  switch (decision.outcome) {
    case 'pass':
      return undefined
    case 'step-up':
      return new StepUpRequiredError(decision, shortKey(subject, decision))
    case 'check':
      return holds(decision.check, req).then((held) =>
        judgeAccess(req, context, subject, requirement, new Map([...results, [decision.check, held]])),
      )
    // Whatever is no reason to let the request pass.
    default:
      return new ForbiddenError(undefined, { key: refusedKey(subject, requirement, results) })
  }
}

/**
 * What Express can only take for an error. A check may reject with anything, and to `next()` nothing at all means
 * "go on", as `'route'` and `'router'` mean "go on elsewhere".
 */
function refusalOf(reason: unknown): object {
  return typeof reason === 'object' && reason !== null ? reason : new ForbiddenError(undefined, { cause: reason })
}

/** A check that throws does not let anybody through: the error is answered in its place. */
async function holds(check: AccessCheck<Request>, req: Request): Promise<boolean> {
  const held: unknown = await check(cis2UserOf(req), req)
  return held === true
}
