/** Who may pass: the guard's rule as a pure function, without HTTP. */
import type { AccessCheck, AccessSubject, SelectedRoleCodes } from './access-subject.js'
import type { AssuranceLevel } from './assurance.js'
import { parseAssuranceLevel } from './assurance.js'
import type { ParsedRequirement, ParsedRule, RoleCondition } from './requirement.js'

/** What the guard decided. */
export type AccessDecision<Request = unknown> =
  | { readonly outcome: 'pass' }
  | { readonly outcome: 'not-signed-in' }
  /**
   * A new sign-in would do. Names everything that the requirement asks of that sign-in, not only what is missing:
   * else signing in again for freshness could lose the level, and the user would have to sign in twice.
   */
  | { readonly outcome: 'step-up'; readonly aal?: AssuranceLevel; readonly maxAuthAgeSeconds?: number }
  | { readonly outcome: 'forbidden' }
  /** It depends on this check: call it, add its result to `results`, decide again. */
  | { readonly outcome: 'check'; readonly check: AccessCheck<Request> }

/** Results of the checks that have been called so far. */
export type CheckResults<Request = unknown> = ReadonlyMap<AccessCheck<Request>, boolean>

type RoleRule = Pick<ParsedRule<never>, 'roleConditions'>
type SignInRule = Pick<ParsedRule<never>, 'aal' | 'maxAuthAgeSeconds'>

/** What the next sign-in must reach. */
interface Shortage {
  readonly aal?: AssuranceLevel
  readonly maxAuthAgeSeconds?: number
}

/** How far ahead of our clock a sign-in's time may be; the clock tolerance is never more. */
const MAX_CLOCK_SKEW_SECONDS = 300

/**
 * Decides whether a subject meets a requirement. Pure, and total: it never throws.
 *
 * In this order:
 * 1. nobody signed in → `not-signed-in`;
 * 2. the selected role fails, or fails every alternative of `anyOf` → `forbidden`, whatever the level,
 *    since a stronger sign-in would not help;
 * 3. an alternative holds and has no check left to ask → `pass`;
 * 4. an alternative holds but for a check → `check`; checks are asked one at a time, and only when all else
 *    holds, so that a check never sees a user below the level it was written for;
 * 5. an alternative lacks only level or freshness → `step-up` to the least demanding one;
 * 6. otherwise → `forbidden`.
 */
export function decideAccess<Request>(
  subject: AccessSubject | undefined,
  requirement: ParsedRequirement<Request>,
  nowSeconds: number,
  results: CheckResults<Request> = new Map(),
): AccessDecision<Request> {
  if (subject === undefined) return { outcome: 'not-signed-in' }
  const { selectedRole } = subject
  const candidates = requirement.alternatives.filter((rule) => roleHolds(selectedRole, rule))
  const shortages: Shortage[] = []
  let undecided: AccessCheck<Request> | undefined
  for (const rule of candidates) {
    const shortage = shortageOf(subject, rule, nowSeconds)
    const failed = rule.checks.some((check) => results.get(check) === false)
    const open = rule.checks.find((check) => !results.has(check))
    if (failed) continue
    if (shortage !== undefined) shortages.push(shortage)
    else if (open === undefined) return { outcome: 'pass' }
    else undecided ??= open
  }
  if (undecided !== undefined) return { outcome: 'check', check: undecided }
  const least = shortages.sort(byDemand)[0]
  return least === undefined ? { outcome: 'forbidden' } : { outcome: 'step-up', ...least }
}

/** What a sign-in must reach for somebody of whom nothing is known yet: the least that any alternative asks for. */
export function leastDemand<Request>({ alternatives }: ParsedRequirement<Request>): Shortage {
  const [least = {}] = alternatives.map(demandOf).sort(byDemand)
  return least
}

/** The key that a stronger or fresher sign-in would satisfy: the level first, for without it freshness is no use. */
export function shortKey(subject: AccessSubject, { aal }: Shortage): 'aal' | 'maxAuthAgeSeconds' {
  return reaches(subject.aal, aal) ? 'maxAuthAgeSeconds' : 'aal'
}

/** Whether every role condition of the rule holds for the selected role. */
function roleHolds(role: SelectedRoleCodes | undefined, rule: RoleRule): boolean {
  return rule.roleConditions.every((condition) => roleConditionHolds(role, condition))
}

/** Whether a role condition holds for the selected role. No selected role: none does. */
export function roleConditionHolds(
  role: SelectedRoleCodes | undefined,
  { codesOf, accepted }: Pick<RoleCondition, 'codesOf' | 'accepted'>,
): boolean {
  return role !== undefined && holdsAny(codesOf(role), accepted)
}

function holdsAny(codes: readonly string[], accepted: ReadonlySet<string>): boolean {
  return codes.some((code) => accepted.has(code))
}

/** What the rule asks of the sign-in, when this one does not reach it. */
function shortageOf(subject: AccessSubject, rule: SignInRule, nowSeconds: number): Shortage | undefined {
  const { aal, maxAuthAgeSeconds } = rule
  const holds = reaches(subject.aal, aal) && isFresh(subject.authenticatedAt, maxAuthAgeSeconds, nowSeconds)
  return holds ? undefined : demandOf(rule)
}

function demandOf({ aal, maxAuthAgeSeconds }: SignInRule): Shortage {
  return { ...(aal !== undefined && { aal }), ...(maxAuthAgeSeconds !== undefined && { maxAuthAgeSeconds }) }
}

function reaches(reached: unknown, needed: AssuranceLevel | undefined): boolean {
  if (needed === undefined) return true
  const level = typeof reached === 'number' ? parseAssuranceLevel(reached) : undefined
  return (level ?? 0) >= needed
}

function isFresh(authenticatedAt: number, maxAgeSeconds: number | undefined, nowSeconds: number): boolean {
  if (maxAgeSeconds === undefined) return true
  const ageSeconds = nowSeconds - authenticatedAt
  // Written so that NaN fails.
  return ageSeconds <= maxAgeSeconds && ageSeconds >= -MAX_CLOCK_SKEW_SECONDS
}

/** The lower level first, then the older sign-in that is still accepted. */
function byDemand(one: Shortage, other: Shortage): number {
  return (one.aal ?? 0) - (other.aal ?? 0) || oldestAccepted(other) - oldestAccepted(one)
}

function oldestAccepted(shortage: Shortage): number {
  return shortage.maxAuthAgeSeconds ?? Number.MAX_SAFE_INTEGER
}
