/** Reads an object of options member by member, so that one pass finds every problem. */
import type { z } from 'zod'

import { isRecord } from '../primitives/is-record.js'
import { readMembers } from '../primitives/read-members.js'
import { placeOf } from './places.js'

/** Stands for a value whose problem has been reported; rules that need the value skip it. No option is null. */
export const UNREADABLE = null

/** A value, or the sign that it could not be read. */
export type Readable<T> = T | typeof UNREADABLE

/** What {@link readFields} gives for a table of schemas. */
export type Fields<Shape extends Readonly<Record<string, z.ZodType>>> = {
  -readonly [Name in keyof Shape]: Readable<z.output<Shape[Name]>>
}

/**
 * Reads the own members of an object, each by its schema, and refuses names that the table does not have.
 *
 * Inherited members do not count, and one named `__proto__` (a gift of JSON) is passed over.
 * Undefined when the value is no object. Messages name the member, and never show what it holds.
 *
 * @param path - Where the object stands, `''` for the options themselves.
 */
export function readFields<Shape extends Readonly<Record<string, z.ZodType>>>(
  shape: Shape,
  value: unknown,
  path: string,
  problems: string[],
): Fields<Shape> | undefined {
  if (!isRecord(value)) {
    problems.push(`${path === '' ? 'The options' : path} must be an object`)
    return undefined
  }
  const unknown = (name: string) => `${JSON.stringify(pathTo(path, name))} is not an option`
  const members = readMembers(value, { known: Object.keys(shape), unknown, placeOf }, problems)
  const fields = Object.entries(shape).map(([name, schema]) => [
    name,
    readField(schema, members.get(name), pathTo(path, name), problems),
  ])
  return Object.fromEntries(fields) as Fields<Shape>
}

/** Reads one value by its schema. */
export function readField<T>(schema: z.ZodType<T>, value: unknown, path: string, problems: string[]): Readable<T> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const found = result.error.issues.map((issue) => `${path}${indexes(issue.path)} ${issue.message}`)
  // Two rules about one value may say the same: a number that is neither whole nor in range.
  problems.push(...new Set(found))
  return UNREADABLE
}

/** `T` with every member readable. */
export type Read<T> = { [Name in keyof T]: Exclude<T[Name], typeof UNREADABLE> }

/** The members, when each could be read. */
export function whenRead<T extends object>(members: T): Readable<Read<T>> {
  return Object.values(members).includes(UNREADABLE) ? UNREADABLE : (members as Read<T>)
}

function pathTo(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}

function indexes(path: readonly PropertyKey[]): string {
  return path.map((key) => `[${String(key)}]`).join('')
}
