// Mutants that are the same program in other words: no test can tell them apart. Each is listed with the reason.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const FIELDS = ['file', 'line', 'mutator', 'from', 'to']

/** Those of one room. */
export function equivalentsOf(room) {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'equivalent.json'), 'utf8'))[room] ?? []
}

/** Whether a mutant is one of these. */
export function isListed(listed, key) {
  return listed.some((entry) => FIELDS.every((field) => entry[field] === key[field]))
}
