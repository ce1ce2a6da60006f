/** A national RBAC role for a test, from as little as its code. */
import type { Cis2Role, CodedName, Workgroup } from '../cis2/user.js'

/** What a test says about a role; everything else is filled in. A whole `Cis2Role` is fine too. */
export interface RoleDetails {
  /** `person_roleid`: names this user in this role. Default: one of the test's own. */
  readonly id?: string
  /** The full code, `S8000:G8000:R8001`, or its last part, `R8001`. Default `R8001`. */
  readonly code?: string
  /** The last part of the code: for a whole `Cis2Role`, where it follows from `code`. */
  readonly jobRole?: string
  /** The role's name. Default: that of the national list, where the code is a usual one. */
  readonly name?: string
  /** ODS code, or code and name. Default `A99901`. */
  readonly organisation?: string | CodedName
  /** Activities of the role, by code, or code and name. Default: none. */
  readonly activities?: readonly (string | CodedName)[]
  /** Areas of work, by code, or code and name. Default: none. */
  readonly areasOfWork?: readonly (string | CodedName)[]
  /** Names, or codes and names. */
  readonly workgroups?: readonly (string | Workgroup)[]
}

/** Full code and name of often used roles of the national list, by the last part of the code. */
const USUAL_ROLES: Readonly<Record<string, readonly [code: string, name: string]>> = {
  R8000: ['S8000:G8000:R8000', 'Clinical Practitioner Access Role'],
  R8001: ['S8000:G8000:R8001', 'Nurse Access Role'],
  R8002: ['S8000:G8000:R8002', 'Nurse Manager Access Role'],
  R8003: ['S8000:G8000:R8003', 'Health Professional Access Role'],
  R8008: ['S8001:G8002:R8008', 'Admin/Clinical Support Access Role'],
  R8015: ['S8001:G8005:R8015', 'Systems Support Access Role'],
  R8016: ['S8000:G8000:R8016', 'Midwife Access Role'],
}

/** How a code of a role looks: in full, or the last part alone. */
export const ROLE_CODE = /^(S\d{4}:G\d{4}:)?R\d{4}$/

/**
 * Builds a role.
 *
 * @param position - Tells the ids of several roles of one user apart.
 */
export function aRole(role: string | RoleDetails, position: number): Cis2Role {
  const details = typeof role === 'string' ? { code: role } : role
  const { id, code = 'R8001', name, organisation, activities, areasOfWork, workgroups }: RoleDetails = details
  const jobRole = code.slice(code.lastIndexOf(':') + 1)
  const [usualCode, usualName] = USUAL_ROLES[jobRole] ?? [`S8000:G8000:${jobRole}`, jobRole]
  return {
    id: id ?? String(555000010101 + position),
    code: code === jobRole ? usualCode : code,
    jobRole,
    name: name ?? usualName,
    organisation: organisationOf(organisation),
    activities: codedNames(activities),
    areasOfWork: codedNames(areasOfWork),
    workgroups: (workgroups ?? []).map((each) => (typeof each === 'string' ? { name: each } : { ...each })),
  }
}

function organisationOf(organisation: string | CodedName | undefined): CodedName {
  if (organisation === undefined) return { code: 'A99901', name: 'RIVERSIDE SURGERY' }
  return typeof organisation === 'string' ? { code: organisation } : { ...organisation }
}

function codedNames(list: readonly (string | CodedName)[] = []): CodedName[] {
  return list.map((each) => (typeof each === 'string' ? { code: each } : { ...each }))
}
