/** What the package itself is attacked with, group by group: from `docs/security-cases.md`. */
import type { CaseGroupRow, UntestedCases } from '../report.js'
import { headingsOf, plainText, readTable, type TableRow } from './read-tables.js'

/** @param page - The text of `docs/security-cases.md`. */
export function describeSecurityCases(page: string): CaseGroupRow[] {
  return headingsOf(page).flatMap((heading) => {
    const rows = readTable(page, heading)
    return rows.length === 0 ? [] : [describeGroup(plainText(heading), rows)]
  })
}

function describeGroup(group: string, rows: readonly TableRow[]): CaseGroupRow {
  const tested = rows.filter(isTested)
  const cases = new Set(tested.flatMap((row) => expandCases(casesOf(row))))
  return {
    group,
    cases: joinCases(cases),
    count: cases.size,
    where: [...new Set(tested.flatMap((row) => citedFiles(provedIn(row))))],
    untested: rows.filter((row) => !isTested(row)).map(describeUntested),
    proof: 'package test',
  }
}

/** A row whose last cell begins with "not" (applicable, tested, offered, run) may name a test that stands nearby. */
function isTested(row: TableRow): boolean {
  return citedFiles(provedIn(row)).length > 0 && !/^not\b/.test(provedIn(row))
}

function describeUntested(row: TableRow): UntestedCases {
  // Columns are named by each table; between number and proof stands what happens.
  const [, what = ''] = Object.values(row)
  return { cases: casesOf(row), why: plainText(`${what}: ${provedIn(row)}`) }
}

function casesOf(row: TableRow): string {
  return row.case ?? ''
}

function provedIn(row: TableRow): string {
  return row['proved in'] ?? ''
}

function citedFiles(cell: string): string[] {
  return [...cell.matchAll(/`(test\/[^`\s]+)`/g)].map(([, file = '']) => file)
}

/** `RED-1, RED-3 to RED-5` of RED-1, RED-3, RED-4, RED-5 in any order, kind by kind. */
function joinCases(cases: Iterable<string>): string {
  const numbers = new Map<string, number[]>()
  for (const id of cases) {
    const [kind = '', number] = id.split('-')
    numbers.set(kind, [...(numbers.get(kind) ?? []), Number(number)])
  }
  return [...numbers].flatMap(([kind, all]) => runsOf(all).map((run) => nameRun(kind, run))).join(', ')
}

function nameRun(kind: string, { first, last }: Run): string {
  return first === last ? `${kind}-${first}` : `${kind}-${first} to ${kind}-${last}`
}

interface Run {
  readonly first: number
  readonly last: number
}

function runsOf(numbers: readonly number[]): Run[] {
  const runs: Run[] = []
  for (const number of [...numbers].sort((one, other) => one - other)) {
    const open = runs.at(-1)
    if (open?.last === number - 1) runs.splice(-1, 1, { first: open.first, last: number })
    else runs.push({ first: number, last: number })
  }
  return runs
}

/** `RED-1, RED-3 to RED-5`: RED-1, RED-3, RED-4, RED-5. */
export function expandCases(text: string): string[] {
  return [...text.matchAll(/([A-Z]+)-(\d+)(?: to (?:[A-Z]+-)?(\d+))?/g)].flatMap(([, prefix = '', first, last]) => {
    const begin = Number(first)
    const length = Number(last ?? first) - begin + 1
    return Array.from({ length }, (_, index) => `${prefix}-${begin + index}`)
  })
}
