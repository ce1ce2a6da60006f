/** Who signs in, how, and in which role: what a test says in words, found among the simulator's people. */
import { nearestName } from '../primitives/nearest-name.js'
import { decideAcr, type SimulatorAuthenticator } from '../simulator/authenticators.js'
import { roleIsWanted } from '../simulator/sign-in.js'
import type { SimulatorUser } from '../simulator/users.js'
import { TestCis2Error } from './test-cis2-error.js'

/**
 * A role of a persona: its code in full or the last part (`R8001`), its id (`person_roleid`), or a code at an
 * organisation for those who hold the same role at several.
 */
export type RoleChoice = string | { readonly code: string; readonly organisation: string }

/** What the application asked CIS2 for. */
export interface Asked {
  readonly acrValues: string
  readonly scopes: readonly string[]
}

type PersonaRole = SimulatorUser['roles'][number]

/** By name or by `sub`. Throws {@link TestCis2Error} with the nearest name when there is nobody. */
export function findPersona(users: readonly SimulatorUser[], persona: string): SimulatorUser {
  const found = users.find(({ name, sub }) => name === persona || sub === persona)
  if (found !== undefined) return found
  const names = users.map(({ name }) => name)
  throw new TestCis2Error(
    `Nobody is called "${persona}"; did you mean "${nearestName(persona, names) ?? ''}"? There are: ${names.join(', ')}.`,
  )
}

/** The strongest that the application lets in, or the one that reaches exactly the level that the test asks for. */
export function chooseAuthenticator(
  { name, authenticators }: SimulatorUser,
  asked: Asked,
  aal: 1 | 2 | 3 | undefined,
): SimulatorAuthenticator {
  const strongestFirst = [...authenticators].sort((one, other) => other.aal - one.aal)
  const own = strongestFirst.map((each) => `${each.name} (AAL${each.aal})`).join(' and ')
  const reaching = strongestFirst.filter((each) => aal === undefined || each.aal === aal)
  if (reaching.length === 0) {
    throw new TestCis2Error(`${name} has no authenticator that reaches AAL${String(aal)}, only ${own}.`)
  }
  const { admits } = decideAcr(asked.acrValues)
  const [chosen] = reaching.filter((each) => admits(each))
  if (chosen === undefined) {
    throw new TestCis2Error(
      `${name} cannot sign in ${aal === undefined ? '' : `at AAL${aal} `}with ${own}: ` +
        `the application asks CIS2 for ${asked.acrValues}, which its option "aal" decides.`,
    )
  }
  return chosen
}

/** The id of the role that is chosen at sign-in; undefined when CIS2 will not ask for one. */
export function chooseRole(
  persona: SimulatorUser,
  asked: Asked,
  authenticator: SimulatorAuthenticator,
  choice: RoleChoice | undefined,
): string | undefined {
  const { name, roles } = persona
  const isAsked = roleIsWanted(asked.scopes, authenticator)
  if (choice === undefined) {
    if (isAsked && roles.length > 1) {
      throw new TestCis2Error(`${name} has ${roles.length} roles; say which: { role: … }, of ${listOf(roles)}.`)
    }
    return isAsked ? roles[0]?.person_roleid : undefined
  }
  if (!isAsked) {
    throw new TestCis2Error(`${name} is asked for no role: the application's scopes have no "selectedrole".`)
  }
  return findRole(persona, choice).person_roleid
}

function findRole({ name, roles }: SimulatorUser, choice: RoleChoice): PersonaRole {
  const [found, ...others] = roles.filter((role) => isMeant(role, choice))
  const words = typeof choice === 'string' ? `"${choice}"` : `"${choice.code}" at "${choice.organisation}"`
  if (found === undefined) {
    throw new TestCis2Error(
      roles.length === 0 ? `${name} has no role at all.` : `${name} has no role ${words}, only ${listOf(roles)}.`,
    )
  }
  if (others.length > 0) {
    throw new TestCis2Error(`${name} has several roles ${words}; say which by id, of ${listOf([found, ...others])}.`)
  }
  return found
}

function isMeant(role: PersonaRole, choice: RoleChoice): boolean {
  if (typeof choice === 'string') return role.person_roleid === choice || hasCode(role, choice)
  return hasCode(role, choice.code) && role.org_code === choice.organisation
}

function hasCode({ role_code }: PersonaRole, code: string): boolean {
  return role_code === code || jobRoleOf(role_code) === code
}

function jobRoleOf(code: string): string {
  return code.slice(code.lastIndexOf(':') + 1)
}

/** `R8001 at A99901 (555000010101)` */
function listOf(roles: readonly PersonaRole[]): string {
  return roles
    .map(({ person_roleid, role_code, org_code }) => `${jobRoleOf(role_code)} at ${org_code} (${person_roleid})`)
    .join(', ')
}
