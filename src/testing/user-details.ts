/** Finds what is wrong with the details of a test's user: a misspelt name in a test proves nothing, silently. */
import { isRecord } from '../primitives/is-record.js'
import { readMembers } from '../primitives/read-members.js'
import { ROLE_CODE, type RoleDetails } from './a-role.js'
import type { Cis2Role, Cis2User } from '../cis2/user.js'

/** What a test says about a user; everything else is filled in. */
export interface UserDetails extends Omit<Partial<Cis2User>, 'roles' | 'selectedRole'> {
  /**
   * The selected role: `'R8001'`, `'S8000:G8000:R8001'`, or details. `null`: none was selected.
   * Default: `R8001` (nurse) at `A99901`, without activities.
   */
  readonly role?: string | RoleDetails | null
  /** All roles of the user, written the same way; `role` is added when it is not among them. */
  readonly roles?: readonly (string | RoleDetails)[]
  /** The selected role in full, for a variant of another user: `aUser({ ...user, aal: 2 })`. */
  readonly selectedRole?: Cis2Role | undefined
}

/** A test of one value, and what the value must be, for the message. */
interface Rule {
  readonly holds: (value: unknown) => boolean
  readonly must: string
}

const text: Rule = { holds: (value) => typeof value === 'string' && value.trim() !== '', must: 'must be a text' }
const optionalText: Rule = orUndefined(text)
const codedName: Rule = {
  holds: (value) => isRecord(value) && text.holds(value.code) && optionalText.holds(value.name),
  must: 'must be { code, name? }',
}
const codeOrCodedName = either(text, codedName, 'must be a code or { code, name? }')
const workgroup: Rule = {
  holds: (value) => text.holds(value) || (isRecord(value) && text.holds(value.name) && optionalText.holds(value.code)),
  must: 'must be a name or { name, code? }',
}
const roleCode: Rule = {
  holds: (value) => typeof value === 'string' && ROLE_CODE.test(value),
  must: 'must be a code such as R8001 or S8000:G8000:R8001',
}

// The compiler refuses these tables when a member is added and not listed here.
const ROLE_RULES: Readonly<Record<keyof RoleDetails, Rule>> = {
  id: text,
  code: roleCode,
  jobRole: text,
  name: text,
  organisation: codeOrCodedName,
  activities: listOf(codeOrCodedName),
  areasOfWork: listOf(codeOrCodedName),
  workgroups: listOf(workgroup),
}

type Fact = Exclude<keyof UserDetails, 'role' | 'roles' | 'selectedRole'>

const USER_RULES: Readonly<Record<Fact, Rule>> = {
  // OpenID Connect Core 1.0, section 2.
  sub: {
    holds: (value) => typeof value === 'string' && /^[\x21-\x7e]{1,255}$/.test(value),
    must: 'must be a text of at most 255 visible ASCII characters, such as 555000000001',
  },
  name: text,
  displayName: optionalText,
  title: optionalText,
  givenName: optionalText,
  middleNames: optionalText,
  familyName: optionalText,
  initials: optionalText,
  email: optionalText,
  aal: { holds: (value) => value === 1 || value === 2 || value === 3, must: 'must be 1, 2 or 3' },
  identityAssuranceLevel: {
    holds: (value) => value === 0 || value === 1 || value === 2 || value === 3,
    must: 'must be 0, 1, 2 or 3',
  },
  acr: optionalText,
  amr: listOf(text),
  authenticator: optionalText,
  authenticatedAt: {
    holds: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
    must: 'must be a whole number of epoch seconds',
  },
  organisations: listOf(codedName),
  professionalIds: {
    holds: (value) => isRecord(value) && Object.values(value).every(optionalText.holds),
    must: 'must be an object of texts, such as { gmc: "C9999999" }',
  },
}

const USER_NAMES = [...Object.keys(USER_RULES), 'role', 'roles', 'selectedRole']

/** One line for each problem. */
export function checkUserDetails(details: unknown): string[] {
  if (!isRecord(details)) return ['aUser() takes an object such as { role: "R8001" }']
  const { role, roles, selectedRole, ...facts } = details
  return [
    ...checkFacts(facts, USER_RULES, '', USER_NAMES),
    ...checkSelected(details),
    ...(role === undefined || role === null ? [] : checkRole(role, 'role')),
    ...(selectedRole === undefined ? [] : checkRole(selectedRole, 'selectedRole')),
    ...checkRoles(roles),
  ]
}

function checkSelected(details: Readonly<Record<string, unknown>>): string[] {
  const { role, roles, selectedRole } = details
  if (role !== undefined && selectedRole !== undefined) return ['role and selectedRole say the same: give one of them']
  // A constant that is undefined because its name is misspelt must not become the default.
  if (Object.hasOwn(details, 'role') && role === undefined)
    return ['role must not be undefined; null is "none selected"']
  const several = Array.isArray(roles) && roles.length > 1
  if (several && role === undefined && selectedRole === undefined) {
    return ['role must say which of the roles is selected; null is "none selected"']
  }
  return []
}

function checkRoles(roles: unknown): string[] {
  if (roles === undefined) return []
  if (!Array.isArray(roles)) return ['roles must be a list']
  return roles.flatMap((role: unknown, index) => checkRole(role, `roles[${index}]`))
}

function checkRole(role: unknown, name: string): string[] {
  if (isRecord(role)) return checkFacts(role, ROLE_RULES, `${name}.`, Object.keys(ROLE_RULES))
  return roleCode.holds(role) ? [] : [`${name} ${roleCode.must}`]
}

function checkFacts(
  value: Readonly<Record<string, unknown>>,
  rules: Readonly<Record<string, Rule>>,
  prefix: string,
  known: readonly string[],
): string[] {
  const problems: string[] = []
  const members = readMembers(value, { known, unknown: (name) => `"${prefix}${name}" is not known` }, problems)
  for (const [name, member] of members) {
    const rule = rules[name]
    if (rule?.holds(member) === false) problems.push(`${prefix}${name} ${rule.must}`)
  }
  return problems
}

function orUndefined({ holds, must }: Rule): Rule {
  return { holds: (value) => value === undefined || holds(value), must }
}

function either(one: Rule, other: Rule, must: string): Rule {
  return { holds: (value) => one.holds(value) || other.holds(value), must }
}

function listOf({ holds, must }: Rule): Rule {
  return { holds: (value) => Array.isArray(value) && value.every(holds), must: `must be a list; each ${must}` }
}
