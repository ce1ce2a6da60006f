/** What the simulator knows of a person, and the rules for it. */
import { z } from 'zod'

import type { NrbacRoleClaim, UserOrgClaim } from '../cis2/claims.js'
import type { SimulatorAuthenticator } from './authenticators.js'

/** A make-believe member of NHS staff. Roles and organisations are written as CIS2 sends them. */
export interface SimulatorUser {
  /** Twelve digits. */
  sub: string
  /** How people call her; the `name` claim is put together in CIS2's own order. */
  name: string
  /** What this person is good for in a test. */
  description: string
  /** The claim `given_name`. */
  givenName: string
  /** The claim `family_name`. */
  familyName: string
  /** The claim `title`. */
  title?: string | undefined
  /** The claim `middle_names`. */
  middleNames?: string | undefined
  /** The claim `initials`. */
  initials?: string | undefined
  /** The claim `email`; left out where it is undefined. */
  email?: string | undefined
  /** The ways this person can sign in; at least one. */
  authenticators: SimulatorAuthenticator[]
  /** How well this person was proved: the claim `id_assurance_level`. */
  identityAssuranceLevel: 0 | 1 | 2 | 3
  /** National RBAC roles, as CIS2 sends them in `nhsid_nrbac_roles`. */
  roles: NrbacRoleClaim[]
  /** Organisations, as CIS2 sends them in `nhsid_user_orgs`. */
  organisations: UserOrgClaim[]
  /** Claims of the scope `professionalmemberships`, for example `{ gmc_id: 'C9999999' }`. */
  professionalIds?: Record<string, string> | undefined
  /** Assurance levels as numbers, where CIS2 usually sends strings. */
  levelsAsNumbers?: boolean | undefined
  /** A list of one arrives as a bare object. */
  singleObjectLists?: boolean | undefined
  /** Replaces claims of the ID token. `null` is sent as `null`. */
  idTokenClaims?: Record<string, unknown> | undefined
  /** Replaces claims of UserInfo. `null` is sent as `null`. */
  userInfoClaims?: Record<string, unknown> | undefined
}

const roleSchema = z.strictObject({
  person_orgid: z.string(),
  person_roleid: z.string().min(1),
  org_code: z.string(),
  role_name: z.string(),
  role_code: z.string(),
  activities: z.array(z.string()).optional(),
  activity_codes: z.array(z.string()).optional(),
  workgroups: z.array(z.string()).optional(),
  workgroups_codes: z.array(z.string()).optional(),
  aow: z.array(z.string()).optional(),
  aow_codes: z.array(z.string()).optional(),
})

const authenticatorSchema = z.strictObject({
  name: z.string().min(1),
  aal: z.literal([1, 2, 3]),
  amr: z.array(z.string()),
  acr: z.string(),
})

/** The rules for a person, from code or from a file. */
export const userSchema = z.strictObject({
  sub: z.string().regex(/^\d{12}$/, { error: 'must be 12 digits' }),
  name: z.string().min(1),
  description: z.string(),
  givenName: z.string(),
  familyName: z.string(),
  title: z.string().optional(),
  middleNames: z.string().optional(),
  initials: z.string().optional(),
  email: z.string().optional(),
  authenticators: z.array(authenticatorSchema).min(1),
  identityAssuranceLevel: z.literal([0, 1, 2, 3]),
  roles: z.array(roleSchema),
  organisations: z.array(z.strictObject({ org_code: z.string(), org_name: z.string().optional() })),
  professionalIds: z.record(z.string(), z.string()).optional(),
  levelsAsNumbers: z.boolean().optional(),
  singleObjectLists: z.boolean().optional(),
  idTokenClaims: z.record(z.string(), z.unknown()).optional(),
  userInfoClaims: z.record(z.string(), z.unknown()).optional(),
})
