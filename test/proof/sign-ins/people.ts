/** Honest people, no two alike: names, roles, levels and spellings that CIS2 may send. */
import type { Draws } from '../draws.js'
import type { Claims, Person } from './provider.js'

const GIVEN = [
  'Ngozi',
  'Zoë',
  'Siân',
  'Łukasz',
  'Ólafur',
  "D'Arcy",
  '李',
  'محمد',
  'Anne-Marie',
  'Nguyễn',
  'X',
  'Владимир',
]
const FAMILY = [
  'Okafor',
  "O'Neill",
  'Smith-Jones',
  'Ó Súilleabháin',
  'van der Berg',
  '王',
  'Ž',
  'McDonald',
  'Müller',
  'de la Cruz',
]
const JOBS = ['S8000:G8000:R8001', 'S8000:G8000:R8000', 'S0010:G0020:R8003', 'S8002:G8003:R0260', 'S0080:G0450:R5090']

/** @param number - Of the sign-in: nobody else has its `sub`. */
export function drawPerson(draws: Draws, number: number): Person {
  const sub = String(555_000_000_000 + number)
  const roles = Array.from({ length: draws.below(6) }, (_, at) => role(draws, number, at))
  const [given, family] = [draws.pick(GIVEN), draws.pick(FAMILY)]
  const idToken: Claims = {}
  if (draws.percent(20)) idToken.authentication_assurance_level = 3
  if (draws.percent(20)) idToken.id_assurance_level = 3
  if (roles.length > 0 && draws.percent(80)) idToken.selected_roleid = draws.pick(roles).person_roleid
  if (draws.percent(20)) idToken.aud = ['proof-client']
  if (draws.percent(10)) idToken.amr = draws.pick([[], ['N3_SMARTCARD', 'x'], 'WINDOWS_HELLO'])
  if (draws.percent(20)) idToken.acr = draws.pick(['AAL2_OR_AAL3_ANY', 'AAL1_USERPASS', ''])
  return {
    sub,
    idToken,
    userInfo: {
      nhsid_useruid: sub,
      name: `${family} ${given} Ms`,
      ...(draws.percent(80)
        ? { given_name: given, family_name: family, title: 'Ms', initials: given.slice(0, 1) }
        : {}),
      ...(draws.percent(50) ? { email: `${number}@example.nhs.net`, display_name: `${given} ${family}` } : {}),
      ...(draws.percent(50) ? { gmc_id: `C${number}`, nmc_id: '99A9999E' } : {}),
      nhsid_user_orgs: [{ org_code: 'A99901', org_name: 'RIVERSIDE SURGERY' }],
      ...(roles.length > 0 ? { nhsid_nrbac_roles: roles } : {}),
    },
  }
}

function role(draws: Draws, number: number, at: number): Claims {
  return {
    person_orgid: '555011112222',
    person_roleid: String(600_000_000_000 + number * 10 + at),
    org_code: draws.pick(['A99901', 'RXX', 'X26']),
    role_name: '"Clinical":"Clinical Provision":"Nurse Access Role"',
    role_code: draws.pick(JOBS),
    ...(draws.percent(50) ? { activities: ['Perform Prescription Preparation'], activity_codes: ['B0278'] } : {}),
    ...(draws.percent(30) ? { workgroups: ['Immunisation team'], workgroups_codes: ['555033334444'] } : {}),
    ...(draws.percent(30) ? { aow: ['"Pathology":"Pathology"'], aow_codes: ['P0020:Q0300:T0640'] } : {}),
  }
}
