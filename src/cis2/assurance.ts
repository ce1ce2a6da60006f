/** Assurance levels: reading them from claims that may be text or number, and what each `acr` value stands for. */

/** Authenticator assurance level of a sign-in. */
export type AssuranceLevel = 1 | 2 | 3

/** Identity assurance level: how well the person's identity was proved. */
export type IdentityAssuranceLevel = 0 | 1 | 2 | 3

/**
 * Reads `authentication_assurance_level`. CIS2 sends text, some of its environments a number.
 *
 * Anything but exactly one of the levels is undefined, so that an odd claim never counts as a level.
 */
export function parseAssuranceLevel(value: unknown): AssuranceLevel | undefined {
  switch (value) {
    case 1:
    case '1':
      return 1
    case 2:
    case '2':
      return 2
    case 3:
    case '3':
      return 3
    default:
      return undefined
  }
}

/** Reads `id_assurance_level`, with the same strictness as {@link parseAssuranceLevel}. */
export function parseIdentityAssuranceLevel(value: unknown): IdentityAssuranceLevel | undefined {
  return value === 0 || value === '0' ? 0 : parseAssuranceLevel(value)
}

/** Sent as `acr_values` for each level, unless the `acrValues` option says otherwise. */
export const DEFAULT_ACR_VALUES: Readonly<Record<AssuranceLevel, string>> = Object.freeze({
  1: 'AAL1_USERPASS',
  2: 'AAL2_OR_AAL3_ANY',
  3: 'AAL3_ANY',
})

interface AcrLevels {
  /** The weakest sign-in that satisfies the value. */
  readonly least: AssuranceLevel
  /** The strongest. */
  readonly greatest: AssuranceLevel
}

function exactly(level: AssuranceLevel): AcrLevels {
  return { least: level, greatest: level }
}

const KNOWN_ACR_VALUES: ReadonlyMap<string, AcrLevels> = new Map([
  ['AAL1_USERPASS', exactly(1)],
  ['AAL2_ANY', exactly(2)],
  ['AAL2_TOTP', exactly(2)],
  ['AAL2_NHSMAIL', exactly(2)],
  ['AAL2_OR_AAL3_ANY', { least: 2, greatest: 3 }],
  ['AAL3_ANY', exactly(3)],
  ['AAL3_SMARTCARD', exactly(3)],
  ['AAL3_N3_SMARTCARD', exactly(3)],
  ['AAL3_CIS2_SMARTCARD', exactly(3)],
  ['AAL3_IOS', exactly(3)],
  ['AAL3_FIDO2', exactly(3)],
])

/** The single values of a space-separated `acr_values` text. */
function acrValuesIn(acrText: string): string[] {
  return acrText.split(' ').filter((value) => value !== '')
}

/**
 * The level that a sign-in asked for with these `acr_values` reaches at least.
 *
 * Several values may be given, separated by spaces: CIS2 uses the first one it knows, so the weakest counts.
 * Undefined when one of them is unknown to us: then nothing can be promised.
 */
export function leastLevelOfAcr(acrText: string): AssuranceLevel | undefined {
  let least: AssuranceLevel | undefined
  for (const value of acrValuesIn(acrText)) {
    const levels = KNOWN_ACR_VALUES.get(value)
    if (levels === undefined) return undefined
    if (least === undefined || levels.least < least) least = levels.least
  }
  return least
}

/** Those of the space-separated `acr_values` that are known, and whose strongest sign-in stays below the level. */
export function acrValuesBelow(level: AssuranceLevel, acrText: string): string[] {
  return acrValuesIn(acrText).filter((value) => {
    const levels = KNOWN_ACR_VALUES.get(value)
    return levels !== undefined && levels.greatest < level
  })
}
