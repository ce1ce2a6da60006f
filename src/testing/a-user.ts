/** `aUser({...})`: a valid, frozen `Cis2User` for tests that never meet CIS2. */
import type { AssuranceLevel } from '../cis2/assurance.js'
import { deepFreeze } from '../primitives/deep-freeze.js'
import type { Authenticator, Cis2Role, Cis2User, CodedName } from '../cis2/user.js'
import { ConfigError } from '../errors.js'
import { aRole } from './a-role.js'
import { checkUserDetails, type UserDetails } from './user-details.js'

/** How people sign in at each level, unless the test says otherwise. */
const USUAL_SIGN_IN: Readonly<Record<AssuranceLevel, { authenticator: Authenticator; amr: string; acr: string }>> = {
  1: { authenticator: 'password', amr: 'pwd', acr: 'AAL1_USERPASS' },
  2: { authenticator: 'microsoft-authenticator', amr: 'TOTP', acr: 'AAL2_OR_AAL3_ANY' },
  3: { authenticator: 'smartcard', amr: 'N3_SMARTCARD', acr: 'AAL3_ANY' },
}

/**
 * Builds a valid user: a nurse who signed in this second with a smartcard, changed by what the test says.
 *
 * Throws `ConfigError`, naming every problem, for unknown names and values that no real user has.
 *
 * @example
 * ```ts
 * aUser()
 * aUser({ role: 'R8000', aal: 2 })
 * aUser({ role: { code: 'R8000', organisation: 'A99901', activities: ['B0420'] } })
 * aUser({ role: null })
 * ```
 */
export function aUser(details: UserDetails = {}): Cis2User {
  const problems = checkUserDetails(details)
  if (problems.length > 0) throw new ConfigError(problems)
  const { role, roles, selectedRole, ...facts } = details
  const { selected, held } = rolesOf(role === undefined ? selectedRole : role, roles)
  const usual = USUAL_SIGN_IN[details.aal ?? 3]
  return deepFreeze({
    sub: '555000000001',
    ...namesOf(details),
    aal: 3,
    identityAssuranceLevel: 3,
    acr: usual.acr,
    amr: [usual.amr],
    authenticator: usual.authenticator,
    authenticatedAt: Math.floor(Date.now() / 1000),
    organisations: organisationsOf(held),
    professionalIds: {},
    ...facts,
    roles: held,
    ...(selected === undefined ? {} : { selectedRole: selected }),
  })
}

/** The one role of a user is selected, as CIS2 has it; of several, the test says which. */
function rolesOf(
  role: UserDetails['role'],
  roles: UserDetails['roles'],
): { selected: Cis2Role | undefined; held: readonly Cis2Role[] } {
  const held = (roles ?? []).map(aRole)
  if (role === null) return { selected: undefined, held }
  if (role === undefined && roles !== undefined) return { selected: held[0], held }
  const selected = aRole(role ?? {}, held.length)
  const known = held.find((each) => isSameRole(each, selected, role))
  return known === undefined ? { selected, held: [selected, ...held] } : { selected: known, held }
}

/** By id when the test gives one; else the same code at the same organisation. */
function isSameRole(one: Cis2Role, other: Cis2Role, asWritten: UserDetails['role']): boolean {
  if (typeof asWritten === 'object' && asWritten?.id !== undefined) return one.id === other.id
  return one.code === other.code && one.organisation.code === other.organisation.code
}

/** Names that belong together: one of them given, the others are not made up. */
function namesOf({ name, givenName, familyName }: UserDetails): Partial<Cis2User> & { name: string } {
  if (name === undefined && givenName === undefined && familyName === undefined) {
    return { name: 'Alex Example', givenName: 'Alex', familyName: 'Example', email: 'alex.example@example.nhs.net' }
  }
  const parts = [givenName, familyName].filter((part) => part !== undefined)
  return { name: parts.length === 0 ? 'Alex Example' : parts.join(' ') }
}

function organisationsOf(roles: readonly Cis2Role[]): CodedName[] {
  return [...new Map(roles.map(({ organisation }) => [organisation.code, organisation])).values()]
}
