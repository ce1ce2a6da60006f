/** Which CIS2 an application signs in at, and what it asks of it. */
import { z } from 'zod'

import type { AssuranceLevel } from '../cis2/assurance.js'
import { DEFAULT_ACR_VALUES, acrValuesBelow } from '../cis2/assurance.js'
import type { Cis2Environment } from '../cis2/environments.js'
import { DEFAULT_ID_TOKEN_ALGORITHMS, ENVIRONMENTS, environmentOf } from '../cis2/environments.js'
import type { Readable } from './fields.js'
import { UNREADABLE, readFields } from './fields.js'

/** Where CIS2 is, and how its tokens are signed. */
export interface ProviderChoice {
  readonly issuer: string
  readonly idTokenAlgorithms: readonly string[]
}

/** Makes one issuer out of the options `environment` and `issuer`, of which exactly one must be given. */
export function parseProvider(
  environment: Readable<Cis2Environment | undefined>,
  issuer: Readable<string | undefined>,
  aal: Readable<AssuranceLevel>,
  problems: string[],
): Readable<ProviderChoice> {
  if (environment === UNREADABLE || issuer === UNREADABLE) return UNREADABLE
  if (environment !== undefined && issuer !== undefined) {
    problems.push('environment and issuer must not both be given')
    return UNREADABLE
  }
  const text = environment === undefined ? issuer : ENVIRONMENTS[environment].issuer
  if (text === undefined) {
    problems.push('environment or issuer is missing: exactly one must be given')
    return UNREADABLE
  }
  // The live issuer written out is the live environment as well.
  const name = environment ?? environmentOf(text)
  if (name === 'live' && aal === 1) problems.push('aal must not be 1 in the live environment')
  const idTokenAlgorithms = name === undefined ? DEFAULT_ID_TOKEN_ALGORITHMS : ENVIRONMENTS[name].idTokenAlgorithms
  return { issuer: text, idTokenAlgorithms }
}

const acrValue = z
  .string('must be text')
  .regex(/^[\w.:/-]+( [\w.:/-]+)*$/, 'must be acr_values separated by single spaces')
  .optional()

/** Reads `acrValues`, and fills in the usual text for the levels it leaves out. */
export function parseAcrValues(value: unknown, problems: string[]): Readable<Readonly<Record<AssuranceLevel, string>>> {
  const fields = readFields(
    { 1: acrValue, 2: acrValue, 3: acrValue },
    value === undefined ? {} : value,
    'acrValues',
    problems,
  )
  if (fields === undefined) return UNREADABLE
  const levels: readonly AssuranceLevel[] = [1, 2, 3]
  const texts: Record<AssuranceLevel, string> = { ...DEFAULT_ACR_VALUES }
  for (const level of levels) {
    const text = fields[level]
    if (text === UNREADABLE || text === undefined) continue
    texts[level] = text
    for (const weak of acrValuesBelow(level, text)) {
      problems.push(`acrValues.${level} names ${weak}, which cannot reach AAL${level}`)
    }
  }
  return Object.freeze(texts)
}
