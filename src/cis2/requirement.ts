/** What a guard asks for: as the application writes it, and compiled for judging every request. */
import { ConfigError } from '../errors.js'

import type { AccessCheck, SelectedRoleCodes } from './access-subject.js'
import type { AssuranceLevel } from './assurance.js'
import { CODE_FORMS, type CodeForm } from './codes.js'
import { isRecord } from '../primitives/is-record.js'
import { readMembers } from '../primitives/read-members.js'

/** Conditions that must all hold. Those on the role are judged on the selected role only. */
export interface RequirementAlternative<Request = unknown> {
  /** The sign-in reached at least this authenticator assurance level. Otherwise 401 `CIS2_STEP_UP_REQUIRED`. */
  aal?: AssuranceLevel
  /**
   * The selected role is any of these: a full code `S8000:G8000:R8001`, or its last part `R8001`; exact match.
   * Otherwise, and without a selected role, 403 `CIS2_FORBIDDEN`. A text that is no such code throws when the route is
   * defined, here and in `activities` and `organisations`.
   */
  roles?: readonly string[]
  /** The selected role has any of these activity codes, for example `B0278`. Otherwise 403. */
  activities?: readonly string[]
  /** The selected role is at any of these organisations, by ODS code. Otherwise 403. */
  organisations?: readonly string[]
  /** The selected role is in any of these workgroups, by code or by name. Otherwise 403. */
  workgroups?: readonly string[]
  /** The user authenticated at most this many seconds ago; at least 60. Otherwise 401 `CIS2_STEP_UP_REQUIRED`. */
  maxAuthAgeSeconds?: number
  /** A rule of the application's own, asked when all else holds. Anything but `true`, and throwing, is 403. */
  check?: AccessCheck<Request>
}

/** What `requireCis2` asks for. All keys given must hold; `{}` asks for a sign-in and no more. */
export interface Requirement<Request = unknown> extends RequirementAlternative<Request> {
  /** At least one of these must hold as well: role **or** activity. */
  anyOf?: readonly RequirementAlternative<Request>[]
  /**
   * Whether a request that changes something (not GET, HEAD or OPTIONS) may come from another origin. Default
   * `'refuse'`: 403 `CIS2_CROSS_ORIGIN`.
   */
  crossOrigin?: 'refuse' | 'allow'
  /**
   * Whether the request counts as the user's activity and slides the session's idle time. Default `true`. `false` is
   * for what a page asks by itself, such as polling.
   */
  extendSession?: boolean
}

/** One way to meet a requirement, compiled. */
export interface ParsedRule<Request> {
  readonly aal: AssuranceLevel | undefined
  readonly maxAuthAgeSeconds: number | undefined
  readonly roleConditions: readonly RoleCondition[]
  readonly checks: readonly AccessCheck<Request>[]
}

/** One of the role's codes of a kind must be among those accepted. */
export interface RoleCondition {
  /** The key of the requirement that asks for it. */
  readonly key: RoleKey
  readonly codesOf: (role: SelectedRoleCodes) => readonly string[]
  readonly accepted: ReadonlySet<string>
}

/** A requirement after {@link parseRequirement}. */
export interface ParsedRequirement<Request = unknown> {
  /** One of these must hold; each includes what is asked beside `anyOf`. Never empty. */
  readonly alternatives: readonly ParsedRule<Request>[]
  readonly crossOrigin: 'refuse' | 'allow'
  readonly extendSession: boolean
}

/** The keys that are judged on the selected role. */
export type RoleKey = 'roles' | 'activities' | 'organisations' | 'workgroups'

/** The keys that refuse somebody whom a stronger sign-in would not help. */
export type RefusingKey = RoleKey | 'check' | 'anyOf'

const CODES_OF: Readonly<Record<RoleKey, RoleCondition['codesOf']>> = {
  roles: (role: SelectedRoleCodes) => [role.code, role.jobRole],
  activities: (role: SelectedRoleCodes) => role.activities,
  organisations: (role: SelectedRoleCodes) => [role.organisation],
  workgroups: (role: SelectedRoleCodes) => role.workgroups,
}

const ROLE_KEYS = ['roles', 'activities', 'organisations', 'workgroups'] as const satisfies readonly RoleKey[]

// The compiler refuses these tables when a key is added and not listed here.
const ALTERNATIVE_KEYS = Object.keys({
  aal: true,
  roles: true,
  activities: true,
  organisations: true,
  workgroups: true,
  maxAuthAgeSeconds: true,
  check: true,
} satisfies Record<keyof RequirementAlternative, true>)

const REQUIREMENT_KEYS = [
  ...ALTERNATIVE_KEYS,
  ...Object.keys({ anyOf: true, crossOrigin: true, extendSession: true } satisfies Record<
    Exclude<keyof Requirement, keyof RequirementAlternative>,
    true
  >),
]

/** Least `maxAuthAgeSeconds`: nobody signs in again and comes back within less. */
const MIN_AUTH_AGE_SECONDS = 60

/**
 * Compiles a requirement, once, when the route is defined.
 *
 * Throws `ConfigError` with every problem: unknown keys, empty lists, values of a wrong type. A key that is given
 * with the value undefined is a problem too: a mistyped constant must not weaken a guard.
 *
 * @param requirement - A {@link Requirement}; undefined is the same as `{}`.
 */
export function parseRequirement<Request = unknown>(requirement: unknown): ParsedRequirement<Request> {
  const problems: string[] = []
  const members = membersOf(requirement === undefined ? {} : requirement, REQUIREMENT_KEYS, 'requirement', problems)
  const base = parseRule<Request>(members, '', problems)
  const crossOrigin = members.has('crossOrigin') ? members.get('crossOrigin') : 'refuse'
  if (crossOrigin !== 'refuse' && crossOrigin !== 'allow') problems.push(`crossOrigin must be 'refuse' or 'allow'`)
  const extendSession = members.has('extendSession') ? members.get('extendSession') : true
  if (typeof extendSession !== 'boolean') problems.push('extendSession must be true or false')
  const alternatives = members.has('anyOf') ? parseAnyOf(members.get('anyOf'), base, problems) : [base]
  if (problems.length > 0) throw new ConfigError(problems)
  return Object.freeze({
    alternatives: Object.freeze(alternatives),
    crossOrigin: crossOrigin === 'allow' ? 'allow' : 'refuse',
    extendSession: extendSession !== false,
  })
}

type Members = ReadonlyMap<string, unknown>

/** Of a plain object: anything inherited could be overlooked. */
function membersOf(value: unknown, known: readonly string[], name: string, problems: string[]): Members {
  if (!isPlainObject(value)) {
    problems.push(`${name} must be a plain object`)
    return new Map()
  }
  const unknown = (key: string) => `${name}: ${JSON.stringify(key)} is not a key`
  return readMembers(value, { known, unknown, strict: true }, problems)
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (!isRecord(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // The prototype of a plain object has none itself, in whichever realm it was made.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function parseAnyOf<Request>(value: unknown, base: ParsedRule<Request>, problems: string[]): ParsedRule<Request>[] {
  if (!Array.isArray(value) || value.length === 0) {
    problems.push('anyOf must be a list of at least one requirement')
    return []
  }
  return Array.from(value, (entry: unknown, index) => {
    const name = `anyOf[${index}]`
    const known = problems.length
    const members = membersOf(entry, ALTERNATIVE_KEYS, name, problems)
    // An empty alternative always holds: the whole list would ask for nothing.
    if (members.size === 0 && problems.length === known) problems.push(`${name} must ask for something`)
    return both(base, parseRule(members, `${name}.`, problems))
  })
}

/** Reads the members of one rule; those with problems are reported and left out. */
function parseRule<Request>(members: Members, prefix: string, problems: string[]): ParsedRule<Request> {
  const roleConditions: RoleCondition[] = []
  for (const key of ROLE_KEYS) {
    if (!members.has(key)) continue
    const accepted = parseCodes(members.get(key), `${prefix}${key}`, CODE_FORMS[key], problems)
    roleConditions.push(Object.freeze({ key, codesOf: CODES_OF[key], accepted }))
  }
  const aal = members.get('aal')
  const isLevel = aal === 1 || aal === 2 || aal === 3
  if (members.has('aal') && !isLevel) problems.push(`${prefix}aal must be 1, 2 or 3`)
  const maxAuthAgeSeconds = members.get('maxAuthAgeSeconds')
  if (members.has('maxAuthAgeSeconds') && !isAge(maxAuthAgeSeconds)) {
    problems.push(`${prefix}maxAuthAgeSeconds must be a whole number of at least ${MIN_AUTH_AGE_SECONDS}`)
  }
  const check = members.get('check')
  if (members.has('check') && !isCheck<Request>(check)) problems.push(`${prefix}check must be a function`)
  return Object.freeze({
    aal: isLevel ? aal : undefined,
    maxAuthAgeSeconds: isAge(maxAuthAgeSeconds) ? maxAuthAgeSeconds : undefined,
    roleConditions: Object.freeze(roleConditions),
    checks: Object.freeze(isCheck<Request>(check) ? [check] : []),
  })
}

function isAge(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= MIN_AUTH_AGE_SECONDS
}

function isCheck<Request>(value: unknown): value is AccessCheck<Request> {
  return typeof value === 'function'
}

function parseCodes(value: unknown, name: string, code: CodeForm | undefined, problems: string[]): ReadonlySet<string> {
  const accepted = new Set<string>()
  if (!Array.isArray(value) || value.length === 0) {
    problems.push(`${name} must be a list of at least one text`)
    return accepted
  }
  for (const [index, entry] of Array.from<unknown>(value).entries()) {
    // Codes are compared exactly: one with spaces around it would never match, and nobody would know why.
    if (typeof entry !== 'string' || entry === '' || entry !== entry.trim()) {
      problems.push(`${name}[${index}] must be a text, not empty and without spaces around it`)
    } else if (code?.form.test(entry) === false) {
      problems.push(`${name}[${index}] ${code.wanted}`)
    } else {
      accepted.add(entry)
    }
  }
  return accepted
}

/** Whether only a user with a selected role can meet it. */
export function needsRole<Request>({ alternatives }: ParsedRequirement<Request>): boolean {
  return alternatives.every(({ roleConditions }) => roleConditions.length > 0)
}

/** What a sign-in and a role must meet to meet both rules. */
function both<Request>(one: ParsedRule<Request>, other: ParsedRule<Request>): ParsedRule<Request> {
  return Object.freeze({
    aal: pick(Math.max, one.aal, other.aal),
    maxAuthAgeSeconds: pick(Math.min, one.maxAuthAgeSeconds, other.maxAuthAgeSeconds),
    roleConditions: Object.freeze([...one.roleConditions, ...other.roleConditions]),
    checks: Object.freeze([...one.checks, ...other.checks]),
  })
}

function pick<N extends number>(choose: (a: number, b: number) => number, one: N | undefined, other: N | undefined) {
  if (one === undefined || other === undefined) return one ?? other
  return choose(one, other) === one ? one : other
}
