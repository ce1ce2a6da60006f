/** The scopes CIS2 grants, and the UserInfo claims that each brings. */
import type { Claims } from './jwt.js'
import type { SimulatorUser } from './users.js'

const PERSON = ['title', 'given_name', 'middle_names', 'initials', 'family_name', 'display_name', 'name'] as const

/** UserInfo claims by scope. `selectedrole` and `changedrole` speak through the ID token. */
export const SCOPES: Readonly<Record<string, readonly string[]>> = {
  openid: ['sub'],
  profile: ['name', 'family_name', 'given_name', 'uid'],
  email: ['email'],
  nhsperson: ['nhsid_useruid', 'idassurancelevel', 'uid', ...PERSON],
  associatedorgs: ['nhsid_user_orgs'],
  nationalrbacaccess: ['nhsid_nrbac_roles', 'nhsid_useruid', 'name'],
  professionalmemberships: ['gmc_id', 'gmp_id', 'nmc_id', 'gphc_id', 'gdc_id', 'gdp_id', 'rcn_id', 'consultant_id'],
  organisationalmemberships: ['nhsid_org_memberships', 'nhsid_org_roles'],
  selectedrole: [],
  changedrole: [],
}

function organisationOf(user: SimulatorUser, code: string): string | undefined {
  return user.organisations.find(({ org_code }) => org_code === code)?.org_name
}

function membershipsOf(user: SimulatorUser): Claims[] {
  const byOrganisation = new Map(user.roles.map((role) => [role.org_code, role]))
  return [...byOrganisation.values()].map(({ person_orgid, org_code }) => ({
    person_orgid,
    org_name: organisationOf(user, org_code),
    org_code,
  }))
}

/** Every claim CIS2 has of a person. */
function allClaims(user: SimulatorUser): Claims {
  return {
    sub: user.sub,
    nhsid_useruid: user.sub,
    uid: user.sub,
    // CIS2's order: family name, given name, title.
    name: [user.familyName, user.givenName, user.title].filter((part) => part !== undefined).join(' '),
    title: user.title,
    given_name: user.givenName,
    middle_names: user.middleNames,
    initials: user.initials,
    family_name: user.familyName,
    display_name: user.name,
    email: user.email,
    idassurancelevel: String(user.identityAssuranceLevel),
    nhsid_user_orgs: user.organisations,
    nhsid_nrbac_roles: user.roles,
    nhsid_org_memberships: membershipsOf(user),
    nhsid_org_roles: membershipsOf(user),
    ...user.professionalIds,
    ...user.userInfoClaims,
  }
}

function singleForm(value: unknown): unknown {
  return Array.isArray(value) && value.length === 1 ? (value as unknown[])[0] : value
}

/** UserInfo's claims for the scopes granted; `undefined` ones vanish in JSON. */
export function userInfoClaims(user: SimulatorUser, scopes: readonly string[]): Claims {
  const granted = new Set(scopes.flatMap((scope) => SCOPES[scope] ?? []))
  const entries = Object.entries(allClaims(user)).filter(([name]) => granted.has(name))
  const shaped = entries.map(([name, value]) => [name, user.singleObjectLists ? singleForm(value) : value] as const)
  return structuredClone(Object.fromEntries(shaped))
}
