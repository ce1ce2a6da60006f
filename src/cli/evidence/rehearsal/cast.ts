/** The two people who sign in while the tests run: nobody's names, every authenticator. */
import { knownAuthenticators, type SimulatorUser } from '../../../simulator/index.js'

const ORGANISATION = { org_code: 'A99999', org_name: 'ORGANISATION OF THE REHEARSAL' }

function person(sub: string, familyName: string, roles: SimulatorUser['roles']): SimulatorUser {
  return {
    sub,
    name: `Rehearsal ${familyName}`,
    givenName: 'Rehearsal',
    familyName,
    description: familyName,
    email: `${familyName.toLowerCase()}@rehearsal.invalid`,
    authenticators: knownAuthenticators(),
    identityAssuranceLevel: 3,
    organisations: [ORGANISATION],
    roles,
  }
}

/** Has one role, with which most applications do something. */
export const STAFF = person('555000099901', 'Withrole', [
  {
    person_orgid: '555000099911',
    person_roleid: '555000099921',
    org_code: ORGANISATION.org_code,
    role_name: '"Clinical":"Clinical Provision":"Clinical Practitioner Access Role"',
    role_code: 'S8000:G8000:R8000',
  },
])

/** Is catered for. */
export const ROLELESS = person('555000099902', 'Norole', [])

/** Texts that must be in no answer to a refusal. */
export const PERSONAL: readonly string[] = [STAFF, ROLELESS].flatMap(({ sub, familyName, email = '' }) => [
  sub,
  familyName,
  email,
])
