/** From the claims of a checked sign-in to the user that applications see. */
import { deepFreeze } from '../primitives/deep-freeze.js'

import type { AccessSubject } from './access-subject.js'
import { authenticatorOf } from './authenticators.js'
import type { CheckedIdToken, CheckedUserInfo } from './checked-claims.js'
import {
  asText,
  countRoles,
  findSelectedRole,
  ownText,
  ownValue,
  parseOrganisations,
  parseRoles,
  textsOf,
} from './roles.js'
import type { Cis2User, ProfessionalIds } from './user.js'

const ROLES = 'nhsid_nrbac_roles'

/**
 * Builds the user from a checked ID token and the UserInfo that belongs to it.
 *
 * Only what {@link Cis2User} names is taken over, text claims only when they are text; the rest is dropped.
 * Who it is, how strong the sign-in was and which role was chosen come from the signed ID token alone.
 *
 * Throws `SignInRefusedError('too-large')` when a list is longer than anybody's; `recordOfUser` measures the whole.
 */
export function toCis2User(idToken: CheckedIdToken, { claims }: CheckedUserInfo): Cis2User {
  const organisations = parseOrganisations(ownValue(claims, 'nhsid_user_orgs'))
  const roles = parseRoles(ownValue(claims, ROLES), organisations)
  const user = withoutUndefined({
    // `uid` and `nhsid_useruid` repeat it in UserInfo, without a promise to be the same: `sub` alone identifies.
    ...signInFacts(idToken),
    ...personalFacts(claims, idToken.sub),
    selectedRole: findSelectedRole(roles, asText(idToken.selectedRoleId)),
    roles,
    organisations,
    professionalIds: professionalIds(claims),
  })
  return deepFreeze<Cis2User>(user)
}

/** What the guard reads of a user on every request. */
export function toAccessSubject(user: Cis2User): AccessSubject {
  const { sub, aal, authenticatedAt, selectedRole } = user
  if (selectedRole === undefined) return deepFreeze({ sub, aal, authenticatedAt })
  return deepFreeze({
    sub,
    aal,
    authenticatedAt,
    selectedRole: {
      id: selectedRole.id,
      code: selectedRole.code,
      jobRole: selectedRole.jobRole,
      organisation: selectedRole.organisation.code,
      activities: selectedRole.activities.map((activity) => activity.code),
      workgroups: selectedRole.workgroups.flatMap(({ code, name }) => (code === undefined ? [name] : [code, name])),
    },
  })
}

/** What became of the roles that CIS2 sent: one that cannot be read is dropped, and must not vanish in silence. */
export interface RoleCounts {
  /** How many roles CIS2 sent. */
  readonly sent: number
  /** How many of them have an id, a role code and an organisation. */
  readonly read: number
  /** Whether the role that was selected at CIS2 is among those. */
  readonly selectedFound: boolean
}

/** Counts for the user that {@link toCis2User} made of the same UserInfo. */
export function roleCountsOf({ claims }: CheckedUserInfo, { selectedRole }: Cis2User): RoleCounts {
  return Object.freeze({ ...countRoles(ownValue(claims, ROLES)), selectedFound: selectedRole !== undefined })
}

function signInFacts({ sub, aal, identityAssuranceLevel, authenticatedAt, ...asSent }: CheckedIdToken) {
  const acr = asText(asSent.acr)
  const amr = textsOf(asSent.amr)
  return { sub, aal, identityAssuranceLevel, acr, amr, authenticator: authenticatorOf(acr, amr), authenticatedAt }
}

function personalFacts(userInfo: Readonly<Record<string, unknown>>, sub: string) {
  const displayName = ownText(userInfo, 'display_name')
  const givenName = ownText(userInfo, 'given_name')
  const familyName = ownText(userInfo, 'family_name')
  const bothNames = [givenName, familyName].filter((part) => part !== undefined).join(' ')
  return {
    name: ownText(userInfo, 'name') ?? displayName ?? (bothNames === '' ? sub : bothNames),
    displayName,
    title: ownText(userInfo, 'title'),
    givenName,
    middleNames: ownText(userInfo, 'middle_names'),
    familyName,
    initials: ownText(userInfo, 'initials'),
    email: ownText(userInfo, 'email'),
  }
}

function professionalIds(userInfo: Readonly<Record<string, unknown>>): ProfessionalIds {
  return withoutUndefined({
    gmc: ownText(userInfo, 'gmc_id'),
    gmp: ownText(userInfo, 'gmp_id'),
    nmc: ownText(userInfo, 'nmc_id'),
    gphc: ownText(userInfo, 'gphc_id'),
    gdc: ownText(userInfo, 'gdc_id'),
    gdp: ownText(userInfo, 'gdp_id'),
    rcn: ownText(userInfo, 'rcn_id'),
    consultant: ownText(userInfo, 'consultant_id'),
  })
}

/** `T` with the members that may be undefined made optional instead. */
type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

function withoutUndefined<T extends object>(object: T): Present<T> {
  const present: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(object)) if (value !== undefined) present[name] = value
  return present as Present<T>
}
