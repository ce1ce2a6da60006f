/** People whose claims are awkward in one way each. */
import type { SimulatorUser } from '../users.js'
import { person, RIVERSIDE, role } from './person.js'

/** People in whom something is odd, as it is in real data. */
export function awkwardPeople(): SimulatorUser[] {
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
