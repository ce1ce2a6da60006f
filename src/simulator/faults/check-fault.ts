/** Whether a fault, and a value for it, can be set. */
import { distance } from 'fastest-levenshtein'

import { describeFaults, type FaultName, FAULTS, type FaultValue, type FaultValueKind } from './index.js'

const MOST_BYTES = 100 * 1024 * 1024

const RULES: Readonly<
  Record<FaultValueKind, { readonly must: string; readonly allows: (value: FaultValue) => boolean }>
> = {
  seconds: { must: 'a number of seconds', allows: (value) => Number.isFinite(value) },
  status: { must: 'an HTTP status, 200 to 599', allows: (value) => isWhole(value, 200, 599) },
  bytes: { must: `a number of bytes, at most ${MOST_BYTES}`, allows: (value) => isWhole(value, 0, MOST_BYTES) },
  text: { must: 'a text', allows: (value) => value !== '' },
}

/** Whether a text is the name of a fault. */
export function isFaultName(name: string): name is FaultName {
  return Object.values(FAULTS).some((faults) => Object.hasOwn(faults, name))
}

/** What is wrong with setting a fault, in a sentence; undefined when it can be set. */
export function problemWithFault(name: string, value: FaultValue = true): string | undefined {
  const fault = describeFaults().find((each) => each.name === name)
  if (!fault) return `"${name}" is not a fault; the nearest are ${nearestNames(name).join(', ')}`
  if (value === true) return undefined
  if (fault.takes === undefined) return `"${name}" takes no value`
  const { must, allows } = RULES[fault.takes]
  return allows(value) ? undefined : `"${name}" takes ${must}, not ${JSON.stringify(value)}`
}

/** The three fault names that take the fewest edits to reach from a text. */
function nearestNames(name: string): FaultName[] {
  const misspelt = name.slice(0, 64)
  const byDistance = describeFaults().map((fault) => [distance(misspelt, fault.name), fault.name] as const)
  return byDistance
    .sort(([a], [b]) => a - b)
    .slice(0, 3)
    .map(([, each]) => each)
}

function isWhole(value: FaultValue, least: number, most: number): boolean {
  return Number.isInteger(value) && Number(value) >= least && Number(value) <= most
}
