/** The signed-in member of NHS staff, as application code sees them. */
import { SignInRefusedError } from '../errors.js'

import type { AccessSubject } from './access.js'
import type { AssuranceLevel, IdentityAssuranceLevel } from './assurance.js'
import { parseAssuranceLevel, parseIdentityAssuranceLevel } from './assurance.js'
import { authenticatorOf } from './authenticators.js'
import { deepFreeze } from '../primitives/deep-freeze.js'
import { findSelectedRole, ownText, ownValue, parseOrganisations, parseRoles, textsOf } from './roles.js'
import { isSubject } from './subject.js'

/** The kind of authenticator, from the `acr` and `amr` claims. */
export type Authenticator =
  | 'smartcard'
  | 'windows-hello'
  | 'passkey'
  | 'security-key'
  | 'ipad'
  | 'microsoft-authenticator'
  | 'nhs-net-connect'
  | 'password'

/** A code of a national list, with its name where CIS2 sent one. */
export interface CodedName {
  readonly code: string
  readonly name?: string
}

/** A team within an organisation; CIS2 sends the name always, the code sometimes. */
export interface Workgroup {
  readonly code?: string
  readonly name: string
}

/** One national RBAC role of the user. */
export interface Cis2Role {
  /** `person_roleid`: names this user in this role at this organisation. */
  readonly id: string
  /** The full code, `S8000:G8000:R8001`. */
  readonly code: string
  /** The last part of the code, `R8001`. */
  readonly jobRole: string
  /** The name without quotes and prefixes, `Nurse Access Role`. */
  readonly name: string
  /** ODS code, and the name where `nhsid_user_orgs` has it. */
  readonly organisation: CodedName
  readonly activities: readonly CodedName[]
  readonly areasOfWork: readonly CodedName[]
  readonly workgroups: readonly Workgroup[]
}

/** Registration numbers with the professional bodies. */
export interface ProfessionalIds {
  readonly gmc?: string
  readonly gmp?: string
  readonly nmc?: string
  readonly gphc?: string
  readonly gdc?: string
  readonly gdp?: string
  readonly rcn?: string
  readonly consultant?: string
}

/** Who is signed in: from the validated ID token and UserInfo, allow-listed and frozen. */
export interface Cis2User {
  /** The person's 12-digit identifier: the same for every application, never reused. */
  readonly sub: string
  readonly name: string
  readonly displayName?: string
  readonly title?: string
  readonly givenName?: string
  readonly middleNames?: string
  readonly familyName?: string
  readonly initials?: string
  readonly email?: string
  /** The authenticator assurance level that this sign-in reached. */
  readonly aal: AssuranceLevel
  /** How well the person's identity was proved. */
  readonly identityAssuranceLevel: IdentityAssuranceLevel
  readonly acr?: string
  readonly amr: readonly string[]
  /** From `acr` and `amr`; undefined when neither is known. */
  readonly authenticator?: Authenticator
  /** `auth_time`: when the user authenticated, in epoch seconds. */
  readonly authenticatedAt: number
  /** The role chosen at sign-in; undefined when none was, or when it is not among `roles`. */
  readonly selectedRole?: Cis2Role
  readonly roles: readonly Cis2Role[]
  readonly organisations: readonly CodedName[]
  readonly professionalIds: ProfessionalIds
}

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
