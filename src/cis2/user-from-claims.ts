/** Builds the user from the claims of a validated ID token and of UserInfo. */
import { SignInRefusedError } from '../errors.js'
import { deepFreeze } from '../primitives/deep-freeze.js'
import type { AccessSubject } from './access-subject.js'
import { parseAssuranceLevel, parseIdentityAssuranceLevel } from './assurance.js'
import { authenticatorOf } from './authenticators.js'
import { findSelectedRole, ownText, ownValue, parseOrganisations, parseRoles, textsOf } from './roles.js'
import { isSubject } from './subject.js'
import type { Cis2User, ProfessionalIds } from './user.js'

/**
 * Builds the user from the claims of a validated ID token and of the UserInfo that belongs to it.
 *
 * Only what {@link Cis2User} names is taken over, text claims only when they are text; the rest is dropped.
 * Who it is, how strong the sign-in was and which role was chosen come from the signed ID token alone.
 * An identity assurance level that is missing or odd counts as 0.
 *
 * Throws `SignInRefusedError`: `claims` when `sub`, `authentication_assurance_level` or `auth_time` is missing or
 * odd, `too-large` when a list is longer than anybody's; `recordOfUser` measures the whole.
 *
 * @param idToken - Claims of the ID token, every check of it passed.
 * @param userInfo - Claims of UserInfo, its `sub` already compared.
 */
export function toCis2User(idToken: Record<string, unknown>, userInfo: Record<string, unknown>): Cis2User {
  const signIn = signInFacts(idToken)
  const organisations = parseOrganisations(ownValue(userInfo, 'nhsid_user_orgs'))
  const roles = parseRoles(ownValue(userInfo, 'nhsid_nrbac_roles'), organisations)
  const user = withoutUndefined({
    // `uid` and `nhsid_useruid` repeat it in UserInfo, without a promise to be the same: `sub` alone identifies.
    ...signIn,
    ...personalFacts(userInfo, signIn.sub),
    selectedRole: findSelectedRole(roles, ownText(idToken, 'selected_roleid')),
    roles,
    organisations,
    professionalIds: professionalIds(userInfo),
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

function signInFacts(idToken: Record<string, unknown>) {
  const sub = ownValue(idToken, 'sub')
  if (!isSubject(sub)) throw unusable('sub')
  const aal = parseAssuranceLevel(ownValue(idToken, 'authentication_assurance_level'))
  if (aal === undefined) throw unusable('authentication_assurance_level')
  const authenticatedAt = ownValue(idToken, 'auth_time')
  if (!isEpochSeconds(authenticatedAt)) throw unusable('auth_time')
  const acr = ownText(idToken, 'acr')
  const amr = textsOf(ownValue(idToken, 'amr'))
  return {
    sub,
    aal,
    // The lowest is assumed, so that an application that switched the check off still gets a level.
    identityAssuranceLevel: parseIdentityAssuranceLevel(ownValue(idToken, 'id_assurance_level')) ?? 0,
    acr,
    amr,
    authenticator: authenticatorOf(acr, amr),
    authenticatedAt,
  }
}

function unusable(claim: string): SignInRefusedError {
  return new SignInRefusedError('claims', `The ID token's ${claim} is missing or unusable.`)
}

function isEpochSeconds(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}

function personalFacts(userInfo: Record<string, unknown>, sub: string) {
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

function professionalIds(userInfo: Record<string, unknown>): ProfessionalIds {
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
