/** What is wrong with a value, in words for the person who wrote it. */
import type { z } from 'zod'

type RawIssue = z.core.$ZodRawIssue

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return KINDS[typeof value] ?? typeof value
}

/** A sentence without its subject: the path goes before it. For zod's `error`; `undefined` leaves a rule's own words. */
export function sayProblem(issue: RawIssue): string | undefined {
  const { code, input } = issue
  if (code === 'invalid_type') {
    if (input === undefined) return 'is missing'
    return `must be ${KINDS[issue.expected] ?? issue.expected}, not ${kindOf(input)}`
  }
  if (code === 'invalid_value') return `must be ${oneOf(issue.values)}${input === undefined ? '; it is missing' : ''}`
  if (code === 'too_small') return sizeProblem(issue.origin, `at least ${issue.minimum}`, input)
  if (code === 'too_big') return sizeProblem(issue.origin, `at most ${issue.maximum}`, input)
  if (code === 'invalid_union')
    return input === undefined ? 'is missing' : 'is none of the values that are possible here'
  return undefined
}

function oneOf(values: readonly unknown[]): string {
  const texts = values.map((value) => JSON.stringify(value))
  const last = texts.at(-1) ?? ''
  return texts.length < 2 ? last : `${texts.slice(0, -1).join(', ')} or ${last}`
}

function sizeProblem(origin: string, size: string, input: unknown): string {
  if (input === '' || (Array.isArray(input) && input.length === 0)) return 'must not be empty'
  return origin === 'array' || origin === 'string' ? `must have ${size}` : `must be ${size}`
}

/** One line per problem, each beginning with the place of what is wrong: `clients.0.redirectUris`. */
export function describeIssues(error: z.ZodError, where = ''): string[] {
  return error.issues.flatMap(({ path, message, ...issue }) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => `${where}${[...path, key].join('.')}: not known`)
    }
    return [`${where}${path.length > 0 ? path.join('.') : 'value'}: ${message}`]
  })
}
