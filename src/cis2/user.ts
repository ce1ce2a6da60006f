/** The signed-in member of NHS staff, as application code sees them. */
import type { AssuranceLevel, IdentityAssuranceLevel } from './assurance.js'

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
