// The person that every server signs in: ten roles, about 6 KB with her tokens as an application usually keeps them.
import { randomBytes } from 'node:crypto'

const ORGANISATIONS = [
  { org_code: 'A99901', org_name: 'RIVERSIDE SURGERY' },
  { org_code: 'RZZ99', org_name: 'NORTH TEST TRUST' },
]
const JOBS = ['R8000', 'R8001', 'R8002', 'R8003', 'R8004', 'R8005', 'R8006', 'R8007', 'R8008', 'R8009']

/** The roles that the guard of every server asks for; the selected role is one of them. */
export const ACCEPTED_JOBS = ['R8000', 'R8001']
export const SELECTED_ROLE = '555000090101'
export const SUBJECT = '555000000901'

function role(job, index) {
  return {
    person_orgid: String(555018090100 + index),
    person_roleid: String(555000090101 + index),
    org_code: ORGANISATIONS[index % 2].org_code,
    role_name: `"Clinical":"Clinical Provision":"Access Role of Number ${index}"`,
    role_code: `S8000:G8000:${job}`,
    activities: ['Perform Prescription Preparation', 'View Patient Medication', 'Amend Patient Demographics'],
    activity_codes: ['B0278', 'B0401', 'B0825'],
    workgroups: ['Immunisation team'],
    workgroups_codes: ['555033334444'],
  }
}

/** As the simulator takes her, with so many of her roles. */
export function simulatorUser(roles = JOBS.length) {
  return {
    sub: SUBJECT,
    name: 'Ngozi Okafor',
    description: 'Has ten roles.',
    givenName: 'Ngozi',
    familyName: 'Okafor',
    title: 'Ms',
    email: 'ngozi.okafor@example.nhs.net',
    authenticators: [{ name: 'smartcard', aal: 3, amr: ['CIS2_SMARTCARD'], acr: 'AAL3_ANY' }],
    identityAssuranceLevel: 3,
    roles: JOBS.slice(0, roles).map(role),
    organisations: ORGANISATIONS,
  }
}

/** As UserInfo says it. */
export function userInfo(roles = JOBS.length) {
  const { sub, givenName, familyName, title, email, name, ...user } = simulatorUser(roles)
  return {
    sub,
    nhsid_useruid: sub,
    uid: sub,
    name: `${familyName} ${givenName} ${title}`,
    title,
    given_name: givenName,
    family_name: familyName,
    display_name: name,
    email,
    idassurancelevel: '3',
    nhsid_user_orgs: user.organisations,
    nhsid_nrbac_roles: user.roles,
  }
}

/** What an application that does it by hand keeps: `req.session.signedIn`. */
export function usualSession() {
  return {
    user: { ...userInfo(), aal: 3, selected_roleid: SELECTED_ROLE },
    idToken: randomText(1_100),
    accessToken: randomText(600),
  }
}

function randomText(length) {
  return randomBytes(length).toString('base64url').slice(0, length)
}
