/** Prints findings: for people, or as JSON. */
import packageMetadata from '../../../package.json' with { type: 'json' }
import { type Paint, printable } from '../paint.js'
import { type Finding, type Outcome, pageOf } from './findings.js'

const COLOURS = { ok: 'green', warning: 'yellow', problem: 'red' } as const

function count(findings: readonly Finding[], outcome: Outcome): number {
  return findings.filter((finding) => finding.outcome === outcome).length
}

export function formatText(findings: readonly Finding[], paint: Paint): string {
  const width = Math.max(...findings.map(({ check }) => check.length))
  const lines = findings.flatMap((finding) => [
    `${paint(COLOURS[finding.outcome], finding.outcome.padEnd(7))}  ${finding.check.padEnd(width)}  ${printable(finding.message)}`,
    ...detailsOf(finding).map(([name, text]) => `           ${name.padEnd(9)} ${printable(text)}`),
  ])
  const [problems, warnings] = [count(findings, 'problem'), count(findings, 'warning')]
  const summary = `${plural(problems, 'problem')}, ${plural(warnings, 'warning')}, ${count(findings, 'ok')} ok`
  return `${lines.join('\n')}\n\n${paint('bold', summary)}\n`
}

function detailsOf({
  check,
  outcome,
  cause,
  cure,
  otherCauses = [],
  restsOn,
}: Finding): [name: string, text: string][] {
  const doubt: [string, string][] = restsOn === undefined ? [] : [['rests on:', restsOn]]
  if (cause === undefined || cure === undefined) return doubt
  return [
    ['cause:', cause],
    ['cure:', cure],
    ...otherCauses.map((text): [string, string] => ['or:', text]),
    ...doubt,
    ...(outcome === 'ok' ? [] : ([['read on:', pageOf(check)]] as [string, string][])),
  ]
}

function plural(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** Raised when a member changes its meaning or goes; new ones may come. */
const SCHEMA_VERSION = 1

export function formatJson(findings: readonly Finding[]): string {
  const report = {
    schemaVersion: SCHEMA_VERSION,
    version: packageMetadata.version,
    problems: count(findings, 'problem'),
    warnings: count(findings, 'warning'),
    findings: findings.map((finding) => ({ ...finding, page: pageOf(finding.check) })),
  }
  return `${JSON.stringify(report, null, 2)}\n`
}

/** 0: nothing is wrong, though there may be warnings. 1: something is. */
export function exitCodeOf(findings: readonly Finding[]): 0 | 1 {
  return count(findings, 'problem') === 0 ? 0 : 1
}
