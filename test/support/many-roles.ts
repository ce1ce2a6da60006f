/** Roles of somebody who works everywhere, such as a locum or a service desk: in CIS2's own shape and length. */
import type { NrbacRoleClaim, UserOrgClaim } from '../../src/cis2/claims.js'

/** Activities of the national list, of which a role has 25. */
const ACTIVITIES = Array.from({ length: 120 }, (_, index) => ({
  code: `B${String(index).padStart(4, '0')}`,
  name: `Perform Activity ${index} Of The National List`,
}))

/** 40 are 51 KB of UserInfo. */
export function manyRoles(count: number): { roles: NrbacRoleClaim[]; organisations: UserOrgClaim[] } {
  const roles = Array.from({ length: count }, (_, index): NrbacRoleClaim => {
    const activities = Array.from({ length: 25 }, (_each, nth) => ACTIVITIES[(index * 7 + nth) % ACTIVITIES.length])
    return {
      person_orgid: String(555000010000 + index),
      person_roleid: String(555000020000 + index),
      org_code: `A${String(index).padStart(5, '0')}`,
      role_name: '"Clinical":"Clinical Provision":"Nurse Access Role"',
      role_code: 'S8000:G8000:R8001',
      activities: activities.map((activity) => activity?.name ?? ''),
      activity_codes: activities.map((activity) => activity?.code ?? ''),
    }
  })
  const organisations = roles.map(({ org_code }) => ({ org_code, org_name: `SURGERY OF ${org_code}` }))
  return { roles, organisations }
}
