/** National RBAC roles and organisations: out of CIS2's claims, whatever shape their lists have. */
import { SignInRefusedError } from '../errors.js'

import type { Cis2Role, CodedName, Workgroup } from './user.js'

/**
 * Reads one own property of a claim object; undefined for anything else.
 *
 * Own properties only: a claim named `__proto__`, or a prototype that somebody else polluted, reaches nothing.
 */
export function ownValue(object: unknown, name: string): unknown {
  if (typeof object !== 'object' || object === null || !Object.hasOwn(object, name)) return undefined
  return (object as Readonly<Record<string, unknown>>)[name]
}

/** Reads one text claim, byte for byte; undefined when it is no text, or blank. */
export function ownText(object: unknown, name: string): string | undefined {
  return asText(ownValue(object, name))
}

/** A text, byte for byte; undefined when it is none, or blank. */
export function asText(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}

/** Far more than anybody has of anything; so many roles would not fit into a user's record. */
const MAX_ENTRIES = 1000

/**
 * A list claim as a list: CIS2 sends a list of one as a bare value, and an empty one as null or not at all.
 * Throws `SignInRefusedError('too-large')` before work is spent on a list that no person can have.
 */
export function asList(claim: unknown): readonly unknown[] {
  if (claim === undefined || claim === null) return []
  if (!Array.isArray(claim)) return [claim]
  if (claim.length > MAX_ENTRIES) throw new SignInRefusedError('too-large', 'A list among the claims is too long.')
  return claim
}

/** The texts of a list claim; entries that are no text are left out. */
export function textsOf(claim: unknown): string[] {
  return asList(claim)
    .map(asText)
    .filter((text) => text !== undefined)
}

/** Reads `nhsid_user_orgs`; entries without a code are left out, and so are repeated ones. */
export function parseOrganisations(claim: unknown): CodedName[] {
  const organisations = new Map<string, CodedName>()
  for (const entry of asList(claim)) {
    const code = ownText(entry, 'org_code')
    if (code !== undefined && !organisations.has(code)) {
      organisations.set(code, codedName(code, ownText(entry, 'org_name')))
    }
  }
  return [...organisations.values()]
}

/**
 * Reads `nhsid_nrbac_roles`. Entries without an id, a role code or an organisation code are left out,
 * and so are exact repetitions.
 *
 * @param organisations - Where the names of the roles' organisations are found: a role carries the code alone.
 */
export function parseRoles(claim: unknown, organisations: readonly CodedName[]): Cis2Role[] {
  const organisationsByCode = new Map(organisations.map((organisation) => [organisation.code, organisation]))
  const rolesById = new Map<string, Cis2Role>()
  const roles: Cis2Role[] = []
  for (const entry of asList(claim)) {
    const role = parseRole(entry, organisationsByCode)
    if (role === undefined) continue
    const earlier = rolesById.get(role.id)
    if (earlier !== undefined && JSON.stringify(earlier) === JSON.stringify(role)) continue
    rolesById.set(role.id, role)
    roles.push(role)
  }
  return roles
}

/**
 * The role chosen at sign-in: the one whose id is `selected_roleid`, never simply the first.
 *
 * Undefined when no id was sent, when it names no role, and when two different roles claim it.
 */
export function findSelectedRole(roles: readonly Cis2Role[], selectedRoleId: unknown): Cis2Role | undefined {
  const matches = roles.filter((role) => role.id === selectedRoleId)
  return matches.length === 1 ? matches[0] : undefined
}

/** How many entries `nhsid_nrbac_roles` has, and how many of them {@link parseRoles} can read. */
export function countRoles(claim: unknown): { readonly sent: number; readonly read: number } {
  const entries = asList(claim)
  return { sent: entries.length, read: entries.filter((entry) => keysOf(entry) !== undefined).length }
}

/** What an entry must have to be a role. */
function keysOf(entry: unknown) {
  const id = ownText(entry, 'person_roleid')
  const code = ownText(entry, 'role_code')
  const organisationCode = ownText(entry, 'org_code')
  if (id === undefined || code === undefined || organisationCode === undefined) return undefined
  return { id, code, organisationCode }
}

function parseRole(entry: unknown, organisations: ReadonlyMap<string, CodedName>): Cis2Role | undefined {
  const keys = keysOf(entry)
  if (keys === undefined) return undefined
  const { id, code, organisationCode } = keys
  const jobRole = code.slice(code.lastIndexOf(':') + 1)
  return {
    id,
    code,
    jobRole,
    name: plainName(ownText(entry, 'role_name')) ?? jobRole,
    organisation: organisations.get(organisationCode) ?? { code: organisationCode },
    activities: codedNames(ownValue(entry, 'activity_codes'), ownValue(entry, 'activities')),
    areasOfWork: codedNames(ownValue(entry, 'aow_codes'), ownValue(entry, 'aow')),
    // CIS2's own spelling, with two plurals.
    workgroups: workgroups(ownValue(entry, 'workgroups_codes'), ownValue(entry, 'workgroups')),
  }
}

/**
 * The last of the quoted parts of a name: CIS2 sends `"Clinical":"Clinical Provision":"Nurse Access Role"`,
 * quotes included. A name without quotes stays as it is.
 */
function plainName(text: string | undefined): string | undefined {
  return asText(text?.split('":"').at(-1)?.replaceAll('"', '').trim())
}

function codedName(code: string, name: string | undefined): CodedName {
  return name === undefined ? { code } : { code, name }
}

/**
 * Joins two parallel lists, `activity_codes[i]` being named by `activities[i]`.
 * Lists of different lengths are not parallel: the codes then stay without names, for a wrong name misleads.
 */
function codedNames(codesClaim: unknown, namesClaim: unknown): CodedName[] {
  const codes = asList(codesClaim)
  const names = asList(namesClaim)
  const parallel = codes.length === names.length
  const result: CodedName[] = []
  for (const [index, value] of codes.entries()) {
    const code = asText(value)
    if (code !== undefined) result.push(codedName(code, parallel ? plainName(asText(names[index])) : undefined))
  }
  return result
}

/** Like {@link codedNames}, except that here the name is sent always and the code sometimes. */
function workgroups(codesClaim: unknown, namesClaim: unknown): Workgroup[] {
  const codes = asList(codesClaim)
  const names = asList(namesClaim)
  if (codes.length === names.length) return names.flatMap((name, index) => workgroup(codes[index], name))
  return [
    ...names.flatMap((name) => workgroup(undefined, name)),
    ...codes.flatMap((code) => workgroup(code, undefined)),
  ]
}

function workgroup(codeValue: unknown, nameValue: unknown): Workgroup[] {
  const code = asText(codeValue)
  const name = asText(nameValue) ?? code
  if (name === undefined) return []
  return [code === undefined ? { name } : { code, name }]
}
