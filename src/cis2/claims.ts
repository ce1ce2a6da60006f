/** Claims as they arrive on the wire: their types, and nothing that runs. */

/** The ID token's claims that we read. */
export interface IdTokenClaims {
  iss: string
  sub: string
  aud: string | string[]
  azp?: string
  exp: number
  iat: number
  auth_time: number
  nonce?: string
  acr?: string
  amr?: string[]
  /** `"3"` or `3`. */
  authentication_assurance_level?: string | number
  /** `"3"` or `3`. */
  id_assurance_level?: string | number
  selected_roleid?: string
  sid?: string
  at_hash?: string
}

/** One entry of `nhsid_nrbac_roles`. */
export interface NrbacRoleClaim {
  person_orgid: string
  person_roleid: string
  org_code: string
  role_name: string
  role_code: string
  activities?: string[]
  activity_codes?: string[]
  workgroups?: string[]
  /** CIS2's own spelling. */
  workgroups_codes?: string[]
  aow?: string[]
  aow_codes?: string[]
}

/** One entry of `nhsid_user_orgs`. */
export interface UserOrgClaim {
  org_code: string
  org_name?: string
}

/** UserInfo's claims that we read. Lists may be single objects, null or absent. */
export interface UserInfoClaims {
  sub: string
  nhsid_useruid?: string
  uid?: string
  name?: string
  title?: string
  given_name?: string
  middle_names?: string
  initials?: string
  family_name?: string
  display_name?: string
  email?: string
  idassurancelevel?: string
  nhsid_user_orgs?: UserOrgClaim[] | UserOrgClaim | null
  nhsid_nrbac_roles?: NrbacRoleClaim[] | NrbacRoleClaim | null
  nhsid_org_memberships?: unknown
  nhsid_org_roles?: unknown
  gmc_id?: string
  gmp_id?: string
  nmc_id?: string
  gphc_id?: string
  gdc_id?: string
  gdp_id?: string
  rcn_id?: string
  consultant_id?: string
}
