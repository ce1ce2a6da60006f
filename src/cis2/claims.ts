/** Claims as they arrive on the wire: their types, and nothing that runs. */

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
