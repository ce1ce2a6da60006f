/** `requireCis2(requirement)`: the guard's rule as Express middleware. */
import type { Request, RequestHandler } from 'express'

import { decideAccess, type AccessCheck, type CheckAnswers } from '../cis2/access.js'
import { parseRequirement, type ParsedRequirement, type Requirement } from '../cis2/requirement.js'
import {
  CrossOriginError,
  ForbiddenError,
  NotMountedError,
  NotSignedInError,
  StepUpRequiredError,
  StoreUnavailableError,
} from '../errors.js'
import { cis2UserOf, guardContextOf, type GuardContext } from './request.js'

const NO_ANSWERS: CheckAnswers<Request> = new Map()

/** Methods that change nothing, which may come from anywhere. RFC 9110, section 9.2.1. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/**
 * Lets a request through only when its user meets the requirement.
 *
 * Nobody signed in, or a level or freshness too low: a page navigation is redirected to sign in, anything else gets
 * 401. A role, activity, organisation or workgroup that the *selected* role does not hold: 403. A request that
 * changes something from another origin: 403. Store unreachable: 503. Whatever fails, nobody is let through.
 *
 * Throws `ConfigError` when the requirement is misspelt, empty or of the wrong type.
 *
 * @param requirement - What the user must have. Nothing, or `{}`, asks for a sign-in and no more.
 *
 * @example
 * ```ts
 * app.post('/prescriptions', requireCis2({ aal: 3, roles: ['R8000'] }), prescribe)
 * ```
 *
 * @see [RFC 9470: OAuth 2.0 Step Up Authentication Challenge Protocol](https://www.rfc-editor.org/rfc/rfc9470)
 */
export function requireCis2(requirement: Requirement<Request> = {}): RequestHandler {
  const parsed = parseRequirement<Request>(requirement)
  return function requireCis2Guard(req, res, next) {
    const context = guardContextOf(req)
    if (context === undefined) {
      next(new NotMountedError('requireCis2() needs app.use(cis2Auth(...)) before the route.'))
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
    const judged = judge(req, context, parsed)
    if (judged instanceof Promise) judged.then(passOrRefuse, refuse)
    else passOrRefuse(judged)
  }
}

/** At once, unless the store or a check of the application's has to be asked. */
type Judgement = Error | undefined | Promise<Error | undefined>

/** Undefined when the request may pass; else the error that says why not. */
function judge(req: Request, context: GuardContext, requirement: ParsedRequirement<Request>): Judgement {
  if (context.store === 'unavailable') return new StoreUnavailableError()
  const { subject } = context
  if (subject === undefined) return new NotSignedInError()
  if (!SAFE_METHODS.has(req.method) && requirement.crossOrigin === 'refuse' && !context.isSameOrigin()) {
    return new CrossOriginError()
  }
  if (!requirement.extendSession) return context.unslide().then(() => judgeAccess(req, context, requirement))
  return judgeAccess(req, context, requirement)
}

function judgeAccess(
  req: Request,
  context: GuardContext,
  requirement: ParsedRequirement<Request>,
  answers: CheckAnswers<Request> = NO_ANSWERS,
): Judgement {
  const decision = decideAccess(context.subject, requirement, context.now(), answers)
  switch (decision.outcome) {
    case 'pass':
      return undefined
    case 'not-signed-in':
      return new NotSignedInError()
    case 'step-up':
      return new StepUpRequiredError(decision)
    case 'forbidden':
      return new ForbiddenError()
    case 'check':
      return holds(decision.check, req).then((held) =>
        judgeAccess(req, context, requirement, new Map([...answers, [decision.check, held]])),
      )
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
