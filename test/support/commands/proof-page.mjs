// The table of docs/proof.md: one row for each proof, written by the command that ran it.
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

const PAGE = join(import.meta.dirname, '../../../docs/proof.md')

/** In the order of the table; `promised` is the count that this project has promised of it, 0 where it is no count. */
export const PROOFS = {
  'sign-ins': { title: 'Sign-ins', promised: 1_000_000 },
  'return-addresses': { title: 'Return addresses', promised: 1_000_000_000 },
  mutation: { title: 'Mutation testing', promised: 0 },
  fuzzing: { title: 'Fuzzing', promised: 0 },
  soak: { title: 'Soak', promised: 60 },
}

const HEAD = [
  'proof',
  'command',
  'count',
  'what was tried, and what came of it',
  'seed',
  'seconds',
  'date',
  'machine',
  'result',
]
const COUNT = HEAD.indexOf('count')
const NOT_RUN = ['', '', 'not run', '', '', '', '', '']

/** Writes what a run has found into its row of docs/proof.md; returns whether the row is its own now. */
export function recordProof(run) {
  const before = readFileSync(PAGE, 'utf8')
  const after = withRow(before, run)
  if (after === before) return false
  writeFileSync(PAGE, after)
  return true
}

/**
 * The page with the row of this run. A run that held does not replace a greater one, unless it is as great as
 * promised; a run that failed is always written.
 */
export function withRow(page, { proof, command, count, figures, seed, seconds, passed, date = new Date() }) {
  const { title, promised = Infinity } = PROOFS[proof]
  const rows = new Map(rowsOf(page).map((cells) => [cells[0], cells]))
  if (passed && count < promised && count < countIn(rows.get(title))) return page
  rows.set(title, [
    title,
    `\`${command}\``,
    count.toLocaleString('en'),
    figures,
    seed === undefined ? '' : String(seed),
    Math.round(seconds).toLocaleString('en'),
    date.toISOString().slice(0, 10),
    `${availableParallelism()} cores, Node ${process.versions.node.split('.')[0]}`,
    passed ? 'held' : '**failed**',
  ])
  const titles = Object.values(PROOFS).map((one) => one.title)
  return page.replace(TABLE, `${table([HEAD, ...titles.map((one) => rows.get(one) ?? [one, ...NOT_RUN])])}\n`)
}

const TABLE = /^\| proof +\|.*\n(?:\|.*\n)+/m

function rowsOf(page) {
  const [found] = TABLE.exec(page) ?? []
  if (found === undefined) throw new Error('docs/proof.md has no table that begins with "proof"')
  return found
    .trim()
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}

function countIn(cells) {
  return Number(cells?.[COUNT]?.replaceAll(',', '') ?? 0) || 0
}

/** As the formatter would write it. */
function table(rows) {
  const escaped = rows.map((cells) => cells.map((cell) => cell.replaceAll(/(?<!\\)\|/g, '\\|').replaceAll('\n', ' ')))
  const widths = HEAD.map((_, column) => Math.max(3, ...escaped.map((cells) => cells[column].length)))
  const line = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`
  const [head, ...others] = escaped.map(line)
  return [head, line(widths.map((width) => '-'.repeat(width))), ...others].join('\n')
}
