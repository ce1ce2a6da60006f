/** What the cast is made of: places, roles and a person with the usual things filled in. */
import type { NrbacRoleClaim, UserOrgClaim } from '../../cis2/claims.js'
import { type AuthenticatorName, authenticatorNamed } from '../authenticators.js'
import type { SimulatorUser } from '../users.js'

export const RIVERSIDE: UserOrgClaim = { org_code: 'A99901', org_name: 'RIVERSIDE SURGERY' }
export const NORTH_TRUST: UserOrgClaim = { org_code: 'RZZ99', org_name: 'NORTH TEST TRUST' }
export const HILLTOP: UserOrgClaim = { org_code: 'A99902', org_name: 'HILLTOP MEDICAL CENTRE' }

/** Job roles of the national list, with the quoted names that CIS2 sends. */
const JOBS = {
  clinician: ['S8000:G8000:R8000', '"Clinical":"Clinical Provision":"Clinical Practitioner Access Role"'],
  nurse: ['S8000:G8000:R8001', '"Clinical":"Clinical Provision":"Nurse Access Role"'],
  nurseManager: ['S8000:G8000:R8002', '"Clinical":"Clinical Provision":"Nurse Manager Access Role"'],
  healthProfessional: ['S8000:G8000:R8003', '"Clinical":"Clinical Provision":"Health Professional Access Role"'],
  midwife: ['S8000:G8000:R8016', '"Clinical":"Clinical Provision":"Midwife Access Role"'],
  support: ['S8001:G8002:R8008', '"Support":"Support":"Admin/Clinical Support Access Role"'],
  systems: ['S8001:G8005:R8015', '"Support":"Systems Support":"Systems Support Access Role"'],
  privacy: ['S8002:G8003:R0001', '"Admin and Clerical":"Admin and Clerical":"Privacy Officer"'],
} as const

const ACTIVITIES = {
  B0278: 'Perform Prescription Preparation',
  B0401: 'View Patient Medication',
  B0420: 'Independent Prescribing',
  B0820: 'View Patient Demographics',
  B0825: 'Amend Patient Demographics',
  B1611: 'Access Sensitive Flagged Records',
} as const

type ActivityCode = keyof typeof ACTIVITIES

/** The `person_roleid` is the number given, so that tests and readers can name it. */
export function role(id: number, job: keyof typeof JOBS, org: UserOrgClaim, ...codes: ActivityCode[]): NrbacRoleClaim {
  const [roleCode, roleName] = JOBS[job]
  const activities = codes.map((code) => ACTIVITIES[code])
  return {
    person_orgid: `55501${String(id).slice(-7)}`,
    person_roleid: String(id),
    org_code: org.org_code,
    role_name: roleName,
    role_code: roleCode,
    ...(codes.length > 0 ? { activities, activity_codes: codes } : {}),
  }
}

type Person = Omit<SimulatorUser, 'name' | 'sub' | 'authenticators' | 'identityAssuranceLevel' | 'organisations'> &
  Partial<Pick<SimulatorUser, 'identityAssuranceLevel' | 'organisations'>> & {
    sub: number
    with: AuthenticatorName[]
  }

export function person({ sub, with: names, ...rest }: Person): SimulatorUser {
  const handle = `${rest.givenName}.${rest.familyName}`.toLowerCase().replaceAll(' ', '')
  return {
    email: `${handle}@example.nhs.net`,
    identityAssuranceLevel: 3,
    organisations: [RIVERSIDE],
    ...rest,
    sub: String(sub),
    name: `${rest.givenName} ${rest.familyName}`,
    authenticators: names.map(authenticatorNamed),
  }
}
