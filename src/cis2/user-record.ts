/** A user as text, which is what a session keeps: every code and name once, however many roles repeat it. */
import { SignInRefusedError } from '../errors.js'
import { deepFreeze } from '../primitives/deep-freeze.js'

import type { Cis2Role, Cis2User, CodedName, Workgroup } from './user.js'

/** Greatest size of what is said of the person herself; an honest one has 1 KB. */
const MAX_FACTS_BYTES = 64 * 1024

/** Greatest size of the whole. 300 roles of 25 activities take 45 KB; 10,000 names of which no two are alike, this. */
const MAX_TEXT_BYTES = 512 * 1024

/** A role: its id, then where the parts that roles have in common stand in their table. */
type RoleRow = readonly [
  id: string,
  kind: number,
  organisation: number,
  activities: readonly number[],
  areasOfWork: readonly number[],
  workgroups: readonly number[],
]

type CodedRow = readonly [code: string, name?: string]
type WorkgroupRow = readonly [name: string, code?: string]
type KindRow = readonly [code: string, jobRole: string, name: string]

interface UserRecord {
  readonly facts: Omit<Cis2User, 'roles' | 'selectedRole' | 'organisations'>
  /** Where they stand in `coded`. */
  readonly organisations: readonly number[]
  /** Those that the user holds, then the selected role when it is none of them. */
  readonly roles: readonly RoleRow[]
  readonly held: number
  /** Where the selected role stands among `roles`; left out when none is selected. */
  readonly selected?: number
  readonly kinds: readonly KindRow[]
  readonly coded: readonly CodedRow[]
  readonly workgroups: readonly WorkgroupRow[]
}

/** Rows of a table, each kept once. */
class Table<Row extends CodedRow | WorkgroupRow | KindRow> {
  readonly rows: Row[] = []
  readonly #places = new Map<string, number>()

  /** Where the row stands; added when it is new. */
  placeOf(row: Row): number {
    const key = keyOf(row)
    const known = this.#places.get(key)
    if (known !== undefined) return known
    this.#places.set(key, this.rows.length)
    return this.rows.push(row) - 1
  }
}

/** Another for every other row: each word says where it ends. */
function keyOf(row: readonly (string | undefined)[]): string {
  let key = ''
  for (const word of row) if (word !== undefined) key += `${String(word.length)}:${word}`
  return key
}

/** Throws `SignInRefusedError('too-large')` above 512 KB of UTF-8, or 64 KB without roles and organisations. */
export function recordOfUser({ roles, selectedRole, organisations, ...facts }: Cis2User): string {
  const kinds = new Table<KindRow>()
  const coded = new Table<CodedRow>()
  const workgroups = new Table<WorkgroupRow>()

  const placesOf = (list: readonly CodedName[]) => list.map((each) => coded.placeOf(codedRow(each)))

  function rowOf(role: Cis2Role): RoleRow {
    return [
      role.id,
      kinds.placeOf([role.code, role.jobRole, role.name]),
      coded.placeOf(codedRow(role.organisation)),
      placesOf(role.activities),
      placesOf(role.areasOfWork),
      role.workgroups.map((each) => workgroups.placeOf(workgroupRow(each))),
    ]
  }

  const selected = selectedRole === undefined ? undefined : roles.indexOf(selectedRole)
  const isElsewhere = selected === -1
  const all = selectedRole !== undefined && isElsewhere ? [...roles, selectedRole] : roles
  const record: UserRecord = {
    facts,
    organisations: placesOf(organisations),
    roles: all.map(rowOf),
    held: roles.length,
    ...(selected === undefined ? {} : { selected: isElsewhere ? roles.length : selected }),
    kinds: kinds.rows,
    coded: coded.rows,
    workgroups: workgroups.rows,
  }
  const text = JSON.stringify(record)
  const size = Buffer.byteLength(text)
  // The whole is hardly ever so large that a part of it has to be measured.
  if (size > MAX_FACTS_BYTES) assertSize(Buffer.byteLength(JSON.stringify(facts)), MAX_FACTS_BYTES)
  assertSize(size, MAX_TEXT_BYTES)
  return text
}

function assertSize(bytes: number, most: number): void {
  if (bytes > most) throw new SignInRefusedError('too-large', `The user's claims exceed ${most / 1024} KB.`)
}

/** The user of a text that {@link recordOfUser} made, frozen. Roles share what they have in common. */
export function userOfRecord(text: string): Cis2User {
  const record = JSON.parse(text) as UserRecord
  const coded = record.coded.map(([code, name]) => (name === undefined ? { code } : { code, name }))
  const workgroups = record.workgroups.map(([name, code]) => (code === undefined ? { name } : { code, name }))

  function roleOf([id, kind, organisation, activities, areasOfWork, groups]: RoleRow): Cis2Role {
    const [code, jobRole, name] = at(record.kinds, kind)
    return {
      id,
      code,
      jobRole,
      name,
      organisation: at(coded, organisation),
      activities: activities.map((place) => at(coded, place)),
      areasOfWork: areasOfWork.map((place) => at(coded, place)),
      workgroups: groups.map((place) => at(workgroups, place)),
    }
  }

  const roles = record.roles.map(roleOf)
  return deepFreeze<Cis2User>({
    ...record.facts,
    ...(record.selected === undefined ? {} : { selectedRole: at(roles, record.selected) }),
    roles: roles.slice(0, record.held),
    organisations: record.organisations.map((place) => at(coded, place)),
  })
}

function codedRow({ code, name }: CodedName): CodedRow {
  return name === undefined ? [code] : [code, name]
}

function workgroupRow({ code, name }: Workgroup): WorkgroupRow {
  return code === undefined ? [name] : [name, code]
}

function at<Row>(table: readonly Row[], place: number): Row {
  const row = table[place]
  // We wrote both: it can only be damage.
  if (row === undefined) throw new RangeError('A stored user names something that is not in its tables.')
  return row
}
