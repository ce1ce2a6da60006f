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
  /** The code, as CIS2 sent it. */
  readonly code: string
  /** What the code stands for; missing where CIS2 sent none. */
  readonly name?: string
}

/** A team within an organisation; CIS2 sends the name always, the code sometimes. */
export interface Workgroup {
  /** The 12-digit code; missing where CIS2 sent none. */
  readonly code?: string
  /** The team's local name. */
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
  /** What the role lets the user do, beyond what its code does by national policy: codes such as `B0278`. */
  readonly activities: readonly CodedName[]
  /** Specialties of the role: codes such as `P0020:Q0300:T0640`. */
  readonly areasOfWork: readonly CodedName[]
  /** Teams of the organisation in which the role is held. */
  readonly workgroups: readonly Workgroup[]
}

/** Registration numbers with the professional bodies. */
export interface ProfessionalIds {
  /** General Medical Council (`gmc_id`). */
  readonly gmc?: string
  /** General medical practitioner code (`gmp_id`). */
  readonly gmp?: string
  /** Nursing and Midwifery Council (`nmc_id`). */
  readonly nmc?: string
  /** General Pharmaceutical Council (`gphc_id`). */
  readonly gphc?: string
  /** General Dental Council (`gdc_id`). */
  readonly gdc?: string
  /** General dental practitioner code (`gdp_id`). */
  readonly gdp?: string
  /** Royal College of Nursing (`rcn_id`). */
  readonly rcn?: string
  /** Consultant code (`consultant_id`). */
  readonly consultant?: string
}

/** Who is signed in: from the validated ID token and UserInfo, allow-listed and frozen. */
export interface Cis2User {
  /** The person's 12-digit identifier: the same for every application, never reused. */
  readonly sub: string
  /**
   * The person's full name as CIS2 writes it, often `SURNAME Forename Mr`; made from the other names, or `sub`, where
   * it is missing.
   */
  readonly name: string
  /** The name for a page, `Ngozi Okafor` (`display_name`). */
  readonly displayName?: string
  /** For example `Ms`. */
  readonly title?: string
  /** First name (`given_name`). */
  readonly givenName?: string
  /** All middle names in one text (`middle_names`). */
  readonly middleNames?: string
  /** Surname (`family_name`). */
  readonly familyName?: string
  /** Initials of the first and middle names. */
  readonly initials?: string
  /** E-mail address; often missing, and it identifies nobody. */
  readonly email?: string
  /** The authenticator assurance level that this sign-in reached. */
  readonly aal: AssuranceLevel
  /** How well the person's identity was proved. */
  readonly identityAssuranceLevel: IdentityAssuranceLevel
  /** The class that CIS2 says the sign-in satisfied, for the record: decide by `aal`. */
  readonly acr?: string
  /** How the user authenticated, in words of CIS2 that may grow, for example `N3_SMARTCARD`. */
  readonly amr: readonly string[]
  /** From `acr` and `amr`; undefined when neither is known. */
  readonly authenticator?: Authenticator
  /** `auth_time`: when the user authenticated, in epoch seconds. */
  readonly authenticatedAt: number
  /** The role chosen at sign-in; undefined when none was, or when it is not among `roles`. */
  readonly selectedRole?: Cis2Role
  /** All national RBAC roles of the user. Which one counts is `selectedRole` alone. */
  readonly roles: readonly Cis2Role[]
  /** Organisations that the user belongs to, with names where CIS2 sent them. */
  readonly organisations: readonly CodedName[]
  /** Registration numbers; empty unless the scope `professionalmemberships` is asked for and granted. */
  readonly professionalIds: ProfessionalIds
}
