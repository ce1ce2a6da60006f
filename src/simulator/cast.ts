/** The cast: named people for every authenticator, level and awkward shape. None of them exists. */
import type { NrbacRoleClaim, UserOrgClaim } from '../cis2/claims.js'
import { type AuthenticatorName, authenticatorNamed } from './authenticators.js'
import type { SimulatorUser } from './users.js'

const RIVERSIDE: UserOrgClaim = { org_code: 'A99901', org_name: 'RIVERSIDE SURGERY' }
const NORTH_TRUST: UserOrgClaim = { org_code: 'RZZ99', org_name: 'NORTH TEST TRUST' }
const HILLTOP: UserOrgClaim = { org_code: 'A99902', org_name: 'HILLTOP MEDICAL CENTRE' }

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
function role(id: number, job: keyof typeof JOBS, org: UserOrgClaim, ...codes: ActivityCode[]): NrbacRoleClaim {
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

function person({ sub, with: names, ...rest }: Person): SimulatorUser {
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

/** Everyday users: one for each authenticator, with none, one, three and eight roles. */
function everydayPeople(): SimulatorUser[] {
  return [
    person({
      sub: 555000000101,
      givenName: 'Ngozi',
      familyName: 'Okafor',
      title: 'Ms',
      middleNames: 'Ada',
      initials: 'N',
      description: 'Practice nurse with a smartcard and one role. Has Microsoft Authenticator too: good for step-up.',
      with: ['smartcard', 'microsoft-authenticator'],
      professionalIds: { nmc_id: '99A9999E' },
      roles: [
        {
          ...role(555000010101, 'nurse', RIVERSIDE, 'B0278', 'B0401'),
          workgroups: ['Immunisation team'],
          workgroups_codes: ['555033334444'],
          aow: ['"Pathology":"Pathology":"Phlebotomy"'],
          aow_codes: ['P0020:Q0300:T0640'],
        },
      ],
    }),
    person({
      sub: 555000000102,
      givenName: 'Tom',
      familyName: 'Ashdown',
      title: 'Dr',
      description: 'GP who may prescribe (B0420). Windows Hello, or Microsoft Authenticator at AAL2.',
      with: ['windows-hello', 'microsoft-authenticator'],
      professionalIds: { gmc_id: 'C9999999', gmp_id: 'G9999998' },
      roles: [role(555000010201, 'clinician', RIVERSIDE, 'B0420', 'B0401', 'B0825')],
    }),
    person({
      sub: 555000000103,
      givenName: 'Priya',
      familyName: 'Raman',
      title: 'Mrs',
      description: 'Midwife with three roles in two organisations: sees the list of roles. Security key.',
      with: ['security-key'],
      organisations: [NORTH_TRUST, RIVERSIDE],
      roles: [
        role(555000010301, 'midwife', NORTH_TRUST, 'B0401'),
        role(555000010302, 'nurse', RIVERSIDE, 'B0278'),
        role(555000010303, 'support', NORTH_TRUST),
      ],
    }),
    person({
      sub: 555000000104,
      givenName: 'Gwen',
      familyName: 'Parry',
      title: 'Miss',
      description: 'Bank nurse with eight roles: sees the role page with search. Smartcard.',
      with: ['smartcard'],
      organisations: [RIVERSIDE, NORTH_TRUST, HILLTOP],
      roles: [
        role(555000010401, 'nurse', RIVERSIDE, 'B0278'),
        role(555000010402, 'nurse', NORTH_TRUST, 'B0278'),
        role(555000010403, 'nurse', HILLTOP, 'B0278'),
        role(555000010404, 'nurseManager', NORTH_TRUST, 'B0278', 'B0825'),
        role(555000010405, 'healthProfessional', HILLTOP, 'B0401'),
        role(555000010406, 'support', RIVERSIDE),
        role(555000010407, 'support', NORTH_TRUST),
        role(555000010408, 'support', HILLTOP),
      ],
    }),
    person({
      sub: 555000000105,
      givenName: 'Idris',
      familyName: 'Cole',
      title: 'Mr',
      description: 'Receptionist who can reach AAL2 only, with his NHS.net Connect account.',
      with: ['nhs-net-connect'],
      roles: [role(555000010501, 'support', RIVERSIDE, 'B0820')],
    }),
    person({
      sub: 555000000106,
      givenName: 'Mei',
      familyName: 'Tan',
      title: 'Ms',
      description: 'Pharmacist who can reach AAL2 only, with Microsoft Authenticator.',
      with: ['microsoft-authenticator'],
      professionalIds: { gphc_id: '9999999' },
      roles: [role(555000010601, 'healthProfessional', HILLTOP, 'B0401')],
      organisations: [HILLTOP],
    }),
    person({
      sub: 555000000107,
      givenName: 'Samira',
      familyName: 'Haddad',
      title: 'Ms',
      description: 'District nurse with the NHS iPad app.',
      with: ['ipad'],
      roles: [role(555000010701, 'nurse', NORTH_TRUST, 'B0278')],
      organisations: [NORTH_TRUST],
    }),
    person({
      sub: 555000000108,
      givenName: 'Callum',
      familyName: 'Reid',
      title: 'Mr',
      description: 'Healthcare assistant with a synced passkey: AAL2.',
      with: ['passkey'],
      roles: [role(555000010801, 'support', NORTH_TRUST, 'B0820')],
      organisations: [NORTH_TRUST],
    }),
    person({
      sub: 555000000109,
      givenName: 'Beatrice',
      familyName: 'Lund',
      title: 'Dr',
      description: 'Consultant with a device-bound passkey (AAL3) and every professional number.',
      with: ['passkey-app'],
      organisations: [NORTH_TRUST],
      professionalIds: {
        gmc_id: 'C9999997',
        gmp_id: 'G9999997',
        nmc_id: '99A9997E',
        gphc_id: '9999997',
        gdc_id: '999997',
        gdp_id: '999996',
        rcn_id: '9999995',
        consultant_id: 'C9999996',
      },
      roles: [role(555000010901, 'clinician', NORTH_TRUST, 'B0420', 'B1611')],
    }),
    person({
      sub: 555000000110,
      givenName: 'Harold',
      familyName: 'Stone',
      title: 'Mr',
      description:
        'Smartcard with the old Identity Agent: chooses one of two roles when the card goes in, whatever the scope.',
      with: ['smartcard-identity-agent'],
      roles: [role(555000011001, 'support', RIVERSIDE), role(555000011002, 'systems', RIVERSIDE)],
    }),
    person({
      sub: 555000000111,
      givenName: 'Rosa',
      familyName: 'Delgado',
      title: 'Ms',
      description: 'Has no role at all: selected_roleid is missing. Security key.',
      with: ['security-key'],
      roles: [],
    }),
  ]
}

/** People in whom something is odd, as it is in real data. */
function awkwardPeople(): SimulatorUser[] {
  return [
    person({
      sub: 555000000112,
      givenName: 'Kit',
      familyName: 'Barlow',
      title: 'Mx',
      description: 'Identity proved to level 2 only: an application that asks for 3 must refuse. Windows Hello.',
      with: ['windows-hello'],
      identityAssuranceLevel: 2,
      roles: [role(555000011201, 'nurse', RIVERSIDE)],
    }),
    person({
      sub: 555000000113,
      givenName: 'Tessa',
      familyName: 'Quill',
      title: 'Ms',
      description: 'Test user with user name and password: AAL1, never seen in live.',
      with: ['password'],
      roles: [role(555000011301, 'support', RIVERSIDE)],
    }),
    person({
      sub: 555000000114,
      givenName: 'Owen',
      familyName: 'Mbeki',
      description: 'No e-mail address and no title. Smartcard.',
      with: ['smartcard'],
      email: undefined,
      roles: [role(555000011401, 'nurse', RIVERSIDE, 'B0278')],
    }),
    person({
      sub: 555000000115,
      givenName: 'Lena',
      familyName: 'Fischer',
      title: 'Ms',
      description: 'Lists of one arrive as a bare object. Smartcard.',
      with: ['smartcard'],
      singleObjectLists: true,
      roles: [role(555000011501, 'nurse', RIVERSIDE, 'B0278')],
    }),
    person({
      sub: 555000000116,
      givenName: 'Femi',
      familyName: 'Adeyemi',
      title: 'Mr',
      description: 'Assurance levels arrive as numbers. Smartcard.',
      with: ['smartcard'],
      levelsAsNumbers: true,
      roles: [role(555000011601, 'nurse', RIVERSIDE)],
    }),
    person({
      sub: 555000000117,
      givenName: 'Ursula',
      familyName: 'Kane',
      title: 'Mrs',
      description: 'selected_roleid names a role that is not in her list. Smartcard.',
      with: ['smartcard'],
      idTokenClaims: { selected_roleid: '555099999999' },
      roles: [role(555000011701, 'privacy', RIVERSIDE, 'B1611')],
    }),
    person({
      sub: 555000000118,
      givenName: 'Dylan',
      familyName: 'Pryce-Jones',
      title: 'Mr',
      description: 'Organisations are null, so his role has an organisation code and no name. Smartcard.',
      with: ['smartcard'],
      userInfoClaims: { nhsid_user_orgs: null, nhsid_org_memberships: null },
      roles: [role(555000011801, 'systems', RIVERSIDE)],
    }),
  ]
}

/**
 * A fresh copy of the whole cast: the named people who can sign in unless a simulator is given others.
 *
 * @example
 * ```ts
 * const simulator = await startSimulator({ users: theCast().filter(({ roles }) => roles.length > 1) })
 * ```
 */
export function theCast(): SimulatorUser[] {
  return [...everydayPeople(), ...awkwardPeople()]
}
