/** Prints findings: for people, or as JSON. */
import { type Paint, printable } from '../paint.js'
import type { Finding, Outcome } from './findings.js'

const COLOURS = { ok: 'green', warning: 'yellow', problem: 'red' } as const

function count(findings: readonly Finding[], outcome: Outcome): number {
  return findings.filter((finding) => finding.outcome === outcome).length
}

export function formatText(findings: readonly Finding[], paint: Paint): string {
  const width = Math.max(...findings.map(({ check }) => check.length))
  const lines = findings.flatMap(({ check, outcome, message, cause, cure }) => [
    `${paint(COLOURS[outcome], outcome.padEnd(7))}  ${check.padEnd(width)}  ${printable(message)}`,
    ...(cause === undefined ? [] : [`           cause: ${cause}`]),
    ...(cure === undefined ? [] : [`           cure:  ${cure}`]),
  ])
  const [problems, warnings] = [count(findings, 'problem'), count(findings, 'warning')]
  const summary = `${plural(problems, 'problem')}, ${plural(warnings, 'warning')}, ${count(findings, 'ok')} ok`
  return `${lines.join('\n')}\n\n${paint('bold', summary)}\n`
}

function plural(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

export function formatJson(findings: readonly Finding[]): string {
  const report = { problems: count(findings, 'problem'), warnings: count(findings, 'warning'), findings }
  return `${JSON.stringify(report, null, 2)}\n`
}

/** 0: nothing is wrong, though there may be warnings. 1: something is. */
export function exitCodeOf(findings: readonly Finding[]): 0 | 1 {
  return count(findings, 'problem') === 0 ? 0 : 1
}
